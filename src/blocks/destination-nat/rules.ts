import { QuipuError } from '../../contract/error.js';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../../wire/ipv4.js';
import { finish, mix } from '../flow-key.js';
import { addressNumber } from '../ipv4-prefix.js';

export const MOST_RULES = 4096;

/** Words of a slot: address, protocol and port (0: the slot is empty), the address and the port to put there. */
const SLOT = 4;
/** In place of protocol and port: the address occurs in some rule. */
export const ANY_PORT = 1 << 24;

/** `192.0.2.1:80/tcp -> 10.0.0.2:8080` as numbers. */
interface Rule {
  readonly protocol: number;
  readonly external: readonly [address: number, portNumber: number];
  readonly inside: readonly [address: number, portNumber: number];
}

/** Both ways of a set of rules, as hash tables with open addressing. */
export interface RuleTables {
  readonly toInside: Uint32Array;
  readonly toExternal: Uint32Array;
}

/** Protocol and port as one number, never 0. */
export function portKey(protocol: number, portNumber: number): number {
  return (protocol << 16) | portNumber;
}

/** Index of the slot for an address with this key, or -1. For `uses`: it allocates nothing. */
export function findRule(table: Uint32Array, address: number, key: number): number {
  const mask = table.length / SLOT - 1;
  let slot = hash(address, key) & mask;
  while (table[slot * SLOT + 1] !== 0) {
    if (table[slot * SLOT] === address && table[slot * SLOT + 1] === key) return slot * SLOT;
    slot = (slot + 1) & mask;
  }
  return -1;
}

function hash(address: number, key: number): number {
  return finish(mix(mix(0, address), key));
}

/** Throws QuipuError bad-config, which names the rule. */
export function ruleTables(texts: readonly string[]): RuleTables {
  const rules = texts.map(parseRule);
  if (rules.length < 1 || rules.length > MOST_RULES) {
    throw new QuipuError('bad-config', `rules: there are ${rules.length}: give 1 to ${MOST_RULES}`);
  }
  // At least half of the slots stay empty: each rule may bring two entries.
  const slots = 2 ** Math.ceil(Math.log2(rules.length * 4));
  const tables = { toInside: new Uint32Array(slots * SLOT), toExternal: new Uint32Array(slots * SLOT) };
  rules.forEach(({ protocol, external, inside }, index) => {
    const isNew =
      put(tables.toInside, external, protocol, inside) && put(tables.toExternal, inside, protocol, external);
    if (!isNew) {
      const text = `rules: "${texts[index]}": another rule has the same external or the same inside end`;
      throw new QuipuError('bad-config', text);
    }
  });
  return tables;
}

function put(
  table: Uint32Array,
  [address, portNumber]: Rule['external'],
  protocol: number,
  [toAddress, toPort]: Rule['inside'],
): boolean {
  const key = portKey(protocol, portNumber);
  if (findRule(table, address, key) >= 0) return false;
  fill(table, address, key, toAddress, toPort);
  if (findRule(table, address, ANY_PORT) < 0) fill(table, address, ANY_PORT, 0, 0);
  return true;
}

function fill(table: Uint32Array, address: number, key: number, toAddress: number, toPort: number): void {
  const mask = table.length / SLOT - 1;
  let slot = hash(address, key) & mask;
  while (table[slot * SLOT + 1] !== 0) slot = (slot + 1) & mask;
  table.set([address, key, toAddress, toPort], slot * SLOT);
}

function parseRule(text: string): Rule {
  const match = /^([0-9.]+):([0-9]{1,5})\/(tcp|udp)\s*->\s*([0-9.]+)(?::([0-9]{1,5}))?$/.exec(text);
  if (!match) {
    throw new QuipuError('bad-config', `rules: "${text}" is not like 192.0.2.1:80/tcp -> 10.0.0.2:8080`);
  }
  const [, external, portNumber, protocol, inside, insidePort = portNumber] = match;
  const end = (address: string, number: string) => {
    if (Number(number) > 65_535) {
      throw new QuipuError('bad-config', `rules: "${text}": ${number} is no port number`);
    }
    return [addressNumber(address, 'rules'), Number(number)] as const;
  };
  return {
    protocol: protocol === 'tcp' ? PROTOCOL_TCP : PROTOCOL_UDP,
    external: end(external, portNumber),
    inside: end(inside, insidePort),
  };
}
