import { writeU16 } from '../wire/bytes.js';
import { internetChecksum } from '../wire/checksum.js';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, emitEthernet, parseMac } from '../wire/ethernet.js';
import { PROTOCOL_ICMPV6 } from '../wire/ipv4.js';
import { emitIpv6, IPV6_HEADER, ipv6PseudoSum, parseIpv6 } from '../wire/ipv6.js';
import { emitIpv6Fragment, IPV6_FRAGMENT_HEADER, PROTOCOL_IPV6_FRAGMENT } from '../wire/ipv6-fragment.js';

/** Sixteen bytes of an address that is known to be one. */
export function six(text: string): Uint8Array {
  const address = parseIpv6(text);
  if (address === null) throw new Error(`${text} is no IPv6 address`);
  return address;
}

/** An IPv6 packet with any payload. */
export function ipv6Packet(
  from: string,
  to: string,
  protocol: number,
  payload: Uint8Array,
  hopLimit = 64,
): Uint8Array {
  const packet = new Uint8Array(IPV6_HEADER + payload.length);
  emitIpv6(packet, 0, payload.length, protocol, hopLimit, six(from), six(to));
  packet.set(payload, IPV6_HEADER);
  return packet;
}

/** A packet of ICMPv6 whose checksum is right; neighbour discovery's hop limit unless told otherwise. */
export function icmpv6Packet(from: string, to: string, message: Uint8Array, hopLimit = 255): Uint8Array {
  const packet = ipv6Packet(from, to, PROTOCOL_ICMPV6, message, hopLimit);
  writeU16(packet, IPV6_HEADER + 2, 0);
  const sum = ipv6PseudoSum(packet, 0, PROTOCOL_ICMPV6, message.length);
  writeU16(packet, IPV6_HEADER + 2, internetChecksum(packet, IPV6_HEADER, message.length, sum));
  return packet;
}

/** An echo of ICMPv6 with so many bytes behind its header. */
export function echo6(type: number, length: number): Uint8Array {
  const message = Uint8Array.from({ length: 8 + length }, (_, i) => (i < 8 ? 0 : i * 7));
  message[0] = type;
  message[5] = 77;
  message[7] = 1;
  return message;
}

/** One fragment of a packet. */
export function ipv6Fragment(
  from: string,
  to: string,
  fragment: { protocol: number; at: number; more: boolean; id: number; data: Uint8Array },
): Uint8Array {
  const { protocol, at, more, id, data } = fragment;
  const payload = new Uint8Array(IPV6_FRAGMENT_HEADER + data.length);
  emitIpv6Fragment(payload, 0, protocol, at, more, id);
  payload.set(data, IPV6_FRAGMENT_HEADER);
  return ipv6Packet(from, to, PROTOCOL_IPV6_FRAGMENT, payload);
}

/** Puts an Ethernet header in front. */
export function framed(to: string, from: string, packet: Uint8Array): Uint8Array {
  const frame = new Uint8Array(14 + packet.length);
  const type = packet[0] >>> 4 === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
  emitEthernet(frame, 0, parseMac(to)!, parseMac(from)!, type);
  frame.set(packet, 14);
  return frame;
}

/** A router advertisement; options are bytes. Times: lifetime seconds, the others milliseconds. */
export function routerAdvertisementMessage(
  said: { lifetime?: number; reachable?: number; retransmit?: number } = {},
  ...options: readonly (readonly number[])[]
): Uint8Array {
  const message = new Uint8Array(16 + options.flat().length);
  const view = new DataView(message.buffer);
  message[0] = 134;
  message[4] = 64;
  view.setUint16(6, said.lifetime ?? 1800);
  view.setUint32(8, said.reachable ?? 0);
  view.setUint32(12, said.retransmit ?? 0);
  message.set(options.flat(), 16);
  return message;
}

export function prefixOptionBytes(
  prefix: string,
  bits: number,
  valid: number,
  preferred: number,
  flags = 0xc0,
) {
  const words = [valid, preferred].flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]);
  return [3, 4, bits, flags, ...words, 0, 0, 0, 0, ...six(prefix)];
}
