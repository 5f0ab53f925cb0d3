import { prefixMask, prefixMasks } from './addresses.js';
import type { Cursor } from './cursor.js';
import { PROTOCOLS } from './names.js';
import type { Direction, HostFamily, Network, Primitive, Transport } from './syntax.js';

/** The words before an address or a number: `tcp src port`. */
export interface Qualifiers {
  readonly protocol: string | null;
  readonly direction: Direction | null;
  readonly kind: 'host' | 'net' | 'port' | 'portrange' | 'proto';
  /** Where they begin. */
  readonly at: number;
}

const HOST_FAMILIES: readonly HostFamily[] = ['ip', 'ip6', 'arp', 'rarp'];
const TRANSPORTS: readonly Transport[] = ['tcp', 'udp', 'sctp'];

/** `tcp`, `arp`: a protocol's name with nothing behind it. */
export function bareProtocol(cursor: Cursor, name: string, at: number): Primitive {
  const { tags } = cursor;
  const protocol = PROTOCOLS.get(name);
  if (protocol?.etherType !== undefined) return { kind: 'ether-type', value: protocol.etherType, tags };
  if (protocol?.number === undefined || protocol.family === undefined) {
    return cursor.fail(`${name} alone says nothing; write ${name} host, ${name} proto or ${name}[…]`, at);
  }
  return { kind: 'ip-protocol', family: protocol.family, value: protocol.number, tags };
}

export function broadcast(cursor: Cursor, protocol: string | null, at: number): Primitive {
  if (protocol === 'ip') return { kind: 'ip-broadcast', tags: cursor.tags };
  if (protocol !== null && PROTOCOLS.get(protocol)?.layer !== 'link') {
    return cursor.fail(`${protocol} has no broadcast; only ether and ip have`, at);
  }
  return { kind: 'ether-host', direction: 'destination', address: [255, 255, 255, 255, 255, 255] };
}

export function multicast(cursor: Cursor, protocol: string | null, at: number): Primitive {
  if (protocol === 'ip' || protocol === 'ip6') {
    return { kind: 'ip-multicast', family: protocol, tags: cursor.tags };
  }
  if (protocol !== null && PROTOCOLS.get(protocol)?.layer !== 'link') {
    return cursor.fail(`${protocol} has no multicast; only ether, ip and ip6 have`, at);
  }
  return { kind: 'ether-multicast' };
}

/** An address or number, and what its qualifiers make of it. */
export function value(cursor: Cursor, qualifiers: Qualifiers): Primitive {
  switch (qualifiers.kind) {
    case 'port':
    case 'portrange':
      return port(cursor, qualifiers);
    case 'proto':
      return protocolNumber(cursor, qualifiers);
    default:
      return isLink(qualifiers) ? etherHost(cursor, qualifiers) : host(cursor, qualifiers);
  }
}

function isLink({ protocol }: Qualifiers): boolean {
  return protocol !== null && PROTOCOLS.get(protocol)?.layer === 'link';
}

function etherHost(cursor: Cursor, { direction, kind }: Qualifiers): Primitive {
  if (kind === 'net') cursor.fail('Ethernet has no networks; write ether host');
  if (cursor.token.kind !== 'mac') {
    cursor.fail(`expected an Ethernet address such as 02:00:00:00:00:01, found ${cursor.found()}`);
  }
  return { kind: 'ether-host', direction: direction ?? 'either', address: cursor.take().parts };
}

function host(cursor: Cursor, qualifiers: Qualifiers): Primitive {
  const { protocol, direction, kind, at } = qualifiers;
  const family = HOST_FAMILIES.find((one) => one === (protocol ?? 'any')) ?? 'any';
  if (protocol !== null && family === 'any')
    cursor.fail(`${protocol} has no ${kind}s; use ip, ip6, arp or rarp`, at);
  const address = cursor.token;
  if (address.kind === 'mac') {
    cursor.fail("an Ethernet address needs 'ether' before it: ether host 02:00:00:00:00:01");
  }
  const isIpv6 = address.kind === 'ipv6';
  if (isIpv6 && family !== 'any' && family !== 'ip6') cursor.fail(`${family} has no IPv6 addresses`);
  if (!isIpv6 && family === 'ip6') cursor.fail(`expected an IPv6 address, found ${cursor.found()}`);
  const network = isIpv6 ? network6(cursor, kind) : network4(cursor, kind);
  for (const [i, word] of network.words.entries()) {
    if ((word & ~network.masks[i]) !== 0) {
      cursor.fail(`${address.text} has bits outside its mask; clear them or write host`, address.at);
    }
  }
  return {
    kind: 'network',
    family: isIpv6 ? 'ip6' : family,
    direction: direction ?? 'either',
    network,
    tags: cursor.tags,
  };
}

function network6(cursor: Cursor, kind: Qualifiers['kind']): Network {
  const words = cursor.take().parts;
  return { words, masks: prefixMasks(prefixLength(cursor, kind, 128) ?? 128) };
}

/** Fewer than four parts stand for a network: `10.1` is 10.1.0.0/16. A number for a host is the address itself. */
function network4(cursor: Cursor, kind: Qualifiers['kind']): Network {
  const { kind: form, value: number } = cursor.token;
  if (form !== 'ipv4' && form !== 'number') {
    cursor.fail(`expected an address such as 10.0.0.1, found ${cursor.found()}; names are not looked up`);
  }
  const { parts } = cursor.take();
  let word = number;
  let mask = 0xffffffff;
  if (form === 'ipv4') {
    word = (parts.reduce((sum, part) => sum * 256 + part, 0) * 256 ** (4 - parts.length)) >>> 0;
    mask = prefixMask(8 * parts.length);
  } else if (kind === 'net') {
    for (; word !== 0 && word < 0x1000000; word *= 256) mask = (mask << 8) >>> 0;
  }
  const prefix = prefixLength(cursor, kind, 32);
  if (prefix !== null) {
    mask = prefixMask(prefix);
  } else if (cursor.accept('mask')) {
    if (kind !== 'net') cursor.fail('a mask belongs to a net, not to a host');
    if (cursor.token.kind !== 'ipv4' || cursor.token.parts.length !== 4) {
      cursor.fail(`expected a mask such as 255.255.0.0, found ${cursor.found()}`);
    }
    mask = cursor.take().parts.reduce((sum, part) => sum * 256 + part, 0);
  }
  return { words: [word], masks: [mask] };
}

function prefixLength(cursor: Cursor, kind: Qualifiers['kind'], most: number): number | null {
  if (!cursor.accept('/')) return null;
  const { kind: form, value: length } = cursor.token;
  if (form !== 'number' || length > most)
    cursor.fail(`expected a prefix of 0 to ${most} bits, found ${cursor.found()}`);
  if (kind !== 'net' && length !== most) cursor.fail('a host has no prefix; write net');
  cursor.take();
  return length;
}

function port(cursor: Cursor, { protocol, direction, kind, at }: Qualifiers): Primitive {
  const transport = protocol === null ? 'any' : TRANSPORTS.find((one) => one === protocol);
  if (transport === undefined)
    return cursor.fail(`${protocol} has no ports; only tcp, udp and sctp have`, at);
  const first = portNumber(cursor);
  let last = first;
  if (cursor.is('-')) {
    if (kind === 'port') cursor.fail('expected one port number; write portrange for several');
    cursor.take();
    last = portNumber(cursor);
  }
  const [low, high] = first <= last ? [first, last] : [last, first];
  return { kind: 'port', transport, direction: direction ?? 'either', low, high, tags: cursor.tags };
}

function portNumber(cursor: Cursor): number {
  const { kind, value: number } = cursor.token;
  if (kind !== 'number') {
    cursor.fail(`expected a port number from 0 to 65535, found ${cursor.found()}; names are not looked up`);
  }
  if (number > 0xffff) cursor.fail(`port number ${number} is too large; use 0 to 65535`);
  cursor.take();
  return number;
}

function protocolNumber(cursor: Cursor, qualifiers: Qualifiers): Primitive {
  const { protocol, direction, at } = qualifiers;
  if (direction !== null) cursor.fail('a protocol has no src or dst', at);
  const token = cursor.token;
  const isEther = isLink(qualifiers);
  if (!isEther && protocol !== null && protocol !== 'ip' && protocol !== 'ip6') {
    cursor.fail(`${protocol} carries no protocols; write ether proto, ip proto, ip6 proto or proto`, at);
  }
  const named = token.kind === 'word' ? PROTOCOLS.get(token.text.replace('\\', '')) : undefined;
  const number = token.kind === 'number' ? token.value : isEther ? named?.etherType : named?.number;
  if (number === undefined) {
    return cursor.fail(
      `expected a protocol's number or name (such as ${isEther ? '\\ip' : '\\tcp'}), found ${cursor.found()}`,
    );
  }
  cursor.take();
  if (isEther) return { kind: 'ether-type', value: number, tags: cursor.tags };
  const family = protocol === 'ip' || protocol === 'ip6' ? protocol : 'any';
  return { kind: 'ip-protocol', family, value: number, tags: cursor.tags };
}
