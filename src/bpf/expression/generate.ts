import { all, any, type Condition, not, test } from './condition.js';
import { etherType, IPV4, IPV6, ipProtocol, is, masked, networkAt, notFragment, typeAt } from './headers.js';
import { linkType } from './link-type.js';
import { relation } from './relation.js';
import type { Direction, Expression, HostFamily, Primitive, Transport } from './syntax.js';
import type { Value, Values } from './values.js';

type Of<Kind extends Primitive['kind']> = Extract<Primitive, { kind: Kind }>;

/** TPIDs of VLAN tags: 802.1Q, 802.1ad, and the latter's forerunner. */
const TAGS = [0x8100, 0x88a8, 0x9100];
const TRANSPORTS = { sctp: 132, tcp: 6, udp: 17 } as const;
/** EtherType, and where source and destination address lie behind the link header; the order is that of the tests. */
const HOSTS: ReadonlyArray<
  readonly [family: HostFamily, etherType: number, source: number, destination: number]
> = [
  ['ip', IPV4, 12, 16],
  ['ip6', IPV6, 8, 24],
  ['arp', 0x0806, 14, 24],
  ['rarp', 0x8035, 14, 24],
];

/** What an expression means for the bytes of an Ethernet frame, as libpcap has it. `text` is for the places of errors. */
export function condition(values: Values, expression: Expression, text: string): Condition {
  switch (expression.kind) {
    case 'and':
      return all(...expression.parts.map((part) => condition(values, part, text)));
    case 'or':
      return any(...expression.parts.map((part) => condition(values, part, text)));
    case 'not':
      return not(condition(values, expression.part, text));
    case 'relation':
      return relation(values, expression, text);
    case 'ether-type':
      return linkType(values, expression.value, typeAt(expression.tags));
    case 'ip-protocol':
      return ipProtocol(values, expression.family, expression.value, expression.tags);
    case 'network':
      return network(values, expression);
    case 'port':
      return port(values, expression);
    case 'vlan':
      return vlan(values, expression);
    default:
      return linkOrMulticast(values, expression);
  }
}

function linkOrMulticast(
  values: Values,
  expression: Of<'ether-host' | 'ether-multicast' | 'ip-broadcast' | 'ip-multicast'>,
): Condition {
  switch (expression.kind) {
    case 'ether-host': {
      const { address, direction } = expression;
      const [high, low] = [number(address.slice(0, 2)), number(address.slice(2))];
      const at = (offset: number) =>
        all(is(values, values.load(4, offset + 2), low), is(values, values.load(2, offset), high));
      return towards(direction, at(6), at(0));
    }
    case 'ether-multicast':
      return test(values, values.load(1, 0), 'common', values.constant(1));
    case 'ip-broadcast': {
      const destination = values.load(4, networkAt(expression.tags) + 16);
      const isBroadcast = any(is(values, destination, 0), is(values, destination, 0xffffffff));
      return all(etherType(values, IPV4, expression.tags), isBroadcast);
    }
    default: {
      const { family, tags } = expression;
      if (family === 'ip6') {
        return all(etherType(values, IPV6, tags), is(values, values.load(1, networkAt(tags) + 24), 0xff));
      }
      const first = values.load(1, networkAt(tags) + 16);
      return all(etherType(values, IPV4, tags), test(values, first, 'at-least', values.constant(0xe0)));
    }
  }
}

function network(
  values: Values,
  { family, direction, network: { words, masks }, tags }: Of<'network'>,
): Condition {
  const matches = (offset: number) =>
    all(
      ...words.map((word, i) => {
        const loaded = values.load(4, networkAt(tags) + offset + 4 * i);
        return is(values, masked(values, loaded, masks[i]), word);
      }),
    );
  const version = words.length === 4 ? 'ip6' : 'ip';
  const wanted = HOSTS.filter(([one]) =>
    family === 'any' ? version === 'ip6' || one !== 'ip6' : one === family,
  );
  return any(
    ...wanted.map(([, type, source, destination]) =>
      all(etherType(values, type, tags), towards(direction, matches(source), matches(destination))),
    ),
  );
}

function port(values: Values, { transport, direction, low, high, tags }: Of<'port'>): Condition {
  const base = networkAt(tags);
  const matches = (at: Value) =>
    low === high
      ? is(values, at, low)
      : all(
          test(values, at, 'at-least', values.constant(low)),
          not(test(values, at, 'greater', values.constant(high))),
        );
  const ports = (offset: number, headerLength: Value | null) =>
    towards(
      direction,
      matches(values.load(2, base + offset, headerLength)),
      matches(values.load(2, base + offset + 2, headerLength)),
    );
  const carries = (at: number) => any(...numbersOf(transport).map((n) => is(values, values.load(1, at), n)));
  return any(
    all(etherType(values, IPV6, tags), carries(base + 6), ports(40, null)),
    all(
      etherType(values, IPV4, tags),
      carries(base + 9),
      notFragment(values, tags),
      ports(0, values.headerLength(base)),
    ),
  );
}

function numbersOf(transport: Transport): readonly number[] {
  return transport === 'any' ? Object.values(TRANSPORTS) : [TRANSPORTS[transport]];
}

function vlan(values: Values, { id, tags }: Of<'vlan'>): Condition {
  const tagged = any(...TAGS.map((type) => etherType(values, type, tags)));
  if (id === null) return tagged;
  return all(tagged, is(values, masked(values, values.load(2, networkAt(tags)), 0x0fff), id));
}

function towards(direction: Direction, source: Condition, destination: Condition): Condition {
  switch (direction) {
    case 'source':
      return source;
    case 'destination':
      return destination;
    case 'both':
      return all(source, destination);
    default:
      return any(source, destination);
  }
}

function number(bytes: readonly number[]): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}
