import { QuipuError } from '../contract/error.js';
import { readU32 } from '../wire/bytes.js';
import { parseMac } from '../wire/ethernet.js';
import { parseIpv4 } from '../wire/ipv4.js';

/** Prefixes that a block looks through, as numbers: `address & masks[i] === networks[i]`. */
export interface PrefixList {
  readonly networks: Int32Array;
  readonly masks: Int32Array;
}

/** An option that takes a list of words: an array, or one text in which spaces or commas stand between them. */
export function words(value: string | readonly string[]): string[] {
  const texts = typeof value === 'string' ? [value] : value;
  return texts.flatMap((text) => text.split(/[\s,]+/)).filter((word) => word !== '');
}

/** An IPv4 address in host order, 0 to 2^32 - 1. Throws QuipuError bad-config that begins with `what`. */
export function addressNumber(text: string, what: string): number {
  const bytes = parseIpv4(text);
  if (bytes === null) throw new QuipuError('bad-config', `${what}: "${text}" is not an IPv4 address`);
  return readU32(bytes, 0);
}

/** `10.0.0.0/8`, or an address, which is a prefix of 32 bits. Throws QuipuError bad-config that begins with `what`. */
export function prefixNumbers(text: string, what: string): { network: number; mask: number } {
  const match = /^([0-9.]+)(?:\/(0|[1-9][0-9]?))?$/.exec(text);
  const length = Number(match?.[2] ?? 32);
  if (!match || length > 32) {
    throw new QuipuError('bad-config', `${what}: "${text}" is not an IPv4 prefix such as 10.0.0.0/8`);
  }
  const network = addressNumber(match[1], what) | 0;
  const mask = length === 0 ? 0 : -1 << (32 - length);
  if ((network & ~mask) !== 0) {
    throw new QuipuError('bad-config', `${what}: "${text}" has bits set behind its first ${length}`);
  }
  return { network, mask };
}

/** Throws QuipuError bad-config that begins with `what`. */
export function prefixList(texts: readonly string[], what: string): PrefixList {
  const list = texts.map((text) => prefixNumbers(text, what));
  return {
    networks: Int32Array.from(list, ({ network }) => network),
    masks: Int32Array.from(list, ({ mask }) => mask),
  };
}

/** True when one of the prefixes covers the address. For `uses`: it allocates nothing. */
export function covers(networks: Int32Array, masks: Int32Array, address: number): boolean {
  for (let i = 0; i < networks.length; i++) if ((address & masks[i]) === networks[i]) return true;
  return false;
}

/** Six bytes of a station's own address. Throws QuipuError bad-config that begins with `what`. */
export function stationAddress(text: string, what: string): Uint8Array {
  const mac = parseMac(text);
  if (mac === null) {
    throw new QuipuError('bad-config', `${what}: "${text}" is not a MAC address such as 02:00:00:00:00:0a`);
  }
  if ((mac[0] & 1) === 1) throw new QuipuError('bad-config', `${what}: ${text} is a group address`);
  return mac;
}
