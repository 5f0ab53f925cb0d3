import type { Frame } from '../contract/frame.js';
import {
  ETHERNET_HEADER,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_QINQ,
  ETHERTYPE_VLAN,
} from '../wire/ethernet.js';
import {
  formatIpv4,
  IPV4_HEADER,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../wire/ipv4.js';
import { formatIpv6, IPV6_HEADER } from '../wire/ipv6.js';

/**
 * The key of a flow: who talks to whom, by which protocol and port numbers. Ten 32-bit words of an Int32Array, at any
 * place in it (`at`), so that a table of keys is one array:
 *
 *     0–3  source address; an IPv4 address is word 0, the others are 0
 *     4–7  destination address
 *     8    source port number << 16 | destination port number
 *     9    IP version << 8 | protocol
 *
 * Pure functions that allocate nothing, `formatFlow` aside.
 */
export const FLOW_WORDS = 10;
export const FLOW_SOURCE = 0;
export const FLOW_DESTINATION = 4;
export const FLOW_PORTS = 8;
export const FLOW_KIND = 9;

const KIND_IPV4 = 4 << 8;
const KIND_IPV6 = 6 << 8;
const DCCP = 33;
const SCTP = 132;
const UDP_LITE = 136;
/** ICMP messages with an identifier, asked and answered (RFC 792, RFC 4443): echo and timestamp. */
const ICMP_ECHO_REPLY = 0;
const ICMP_ECHO = 8;
const ICMP_TIMESTAMP = 13;
const ICMP_TIMESTAMP_REPLY = 14;
const ICMPV6_ECHO = 128;
const ICMPV6_ECHO_REPLY = 129;
/** IPv6 extension headers (RFC 8200 §4). */
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const DESTINATION_OPTIONS = 60;
const MAX_EXTENSIONS = 8;

/** Where the IP packet of an Ethernet frame begins, behind at most two VLAN tags; -1 when it carries none. */
export function ipOffset(frame: Frame): number {
  let type = frame.u16(ETHERNET_HEADER - 2);
  let at = ETHERNET_HEADER;
  if (type === ETHERTYPE_VLAN || type === ETHERTYPE_QINQ) {
    at += 4;
    type = frame.u16(at - 2);
    if (type === ETHERTYPE_VLAN || type === ETHERTYPE_QINQ) {
      at += 4;
      type = frame.u16(at - 2);
    }
  }
  return type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6 ? at : -1;
}

/**
 * Writes the key of the IP packet at `offset` of the frame into `key[0 … 9]`. Answers
 *
 *     > 0   the offset of the transport header whose port numbers the key has: TCP, UDP, UDP-Lite, SCTP, DCCP, or an
 *           ICMP echo or timestamp, whose identifier stands for both port numbers
 *     0     the key has no port numbers (they are 0): another protocol, another ICMP message, a header that is not whole,
 *           a fragment; a packet's first one too, since the others must have the same key
 *     -1    no IP packet, or its header is damaged: the key is left as it was
 */
export function readFlow(frame: Frame, offset: number, key: Int32Array): number {
  if (offset < 0) return -1;
  const version = frame.u8(offset) >>> 4;
  if (version === 4) return readIpv4Flow(frame, offset, key);
  return version === 6 ? readIpv6Flow(frame, offset, key) : -1;
}

function readIpv4Flow(frame: Frame, offset: number, key: Int32Array): number {
  if (offset + IPV4_HEADER > frame.length) return -1;
  // Read at their place, since the header is there; signed, since a number above 2^31 may cost an allocation.
  const view = frame.view;
  const at = frame.start + offset;
  const header = (view.getUint8(at) & 15) << 2;
  const total = view.getUint16(at + 2);
  if (header < IPV4_HEADER || total < header || offset + header > frame.length) return -1;
  const protocol = view.getUint8(at + 9);
  key[0] = view.getInt32(at + 12);
  key[1] = 0;
  key[2] = 0;
  key[3] = 0;
  key[4] = view.getInt32(at + 16);
  key[5] = 0;
  key[6] = 0;
  key[7] = 0;
  key[8] = 0;
  key[9] = KIND_IPV4 | protocol;
  if ((view.getUint16(at + 6) & 0x3fff) !== 0) return 0;
  return readPorts(frame, offset + header, offset + total, protocol, key);
}

function readIpv6Flow(frame: Frame, offset: number, key: Int32Array): number {
  if (offset + IPV6_HEADER > frame.length) return -1;
  for (let i = 0; i < 8; i++) key[i] = frame.view.getInt32(frame.start + offset + 8 + 4 * i);
  key[8] = 0;
  const end = offset + IPV6_HEADER + frame.u16(offset + 4);
  let next = frame.u8(offset + 6);
  let at = offset + IPV6_HEADER;
  for (let i = 0; i < MAX_EXTENSIONS; i++) {
    if (next !== HOP_BY_HOP && next !== ROUTING && next !== DESTINATION_OPTIONS && next !== FRAGMENT) break;
    key[9] = KIND_IPV6 | next;
    if (at + 8 > end || at + 8 > frame.length) return 0;
    const fragment = next === FRAGMENT;
    next = frame.u8(at);
    // Offset and more-fragments are 0 in what only looks like a fragment (RFC 6946).
    if (fragment && (frame.u16(at + 2) & 0xfff9) !== 0) {
      key[9] = KIND_IPV6 | next;
      return 0;
    }
    at += fragment ? 8 : (frame.u8(at + 1) + 1) << 3;
  }
  key[9] = KIND_IPV6 | next;
  return readPorts(frame, at, end, next, key);
}

function readPorts(frame: Frame, at: number, end: number, protocol: number, key: Int32Array): number {
  if (
    protocol === PROTOCOL_TCP ||
    protocol === PROTOCOL_UDP ||
    protocol === SCTP ||
    protocol === DCCP ||
    protocol === UDP_LITE
  ) {
    if (at + 4 > end || at + 4 > frame.length) return 0;
    key[8] = frame.view.getInt32(frame.start + at);
    return at;
  }
  if (protocol !== PROTOCOL_ICMP && protocol !== PROTOCOL_ICMPV6) return 0;
  if (at + 8 > end || at + 8 > frame.length) return 0;
  const type = frame.u8(at);
  const named =
    protocol === PROTOCOL_ICMP
      ? type === ICMP_ECHO ||
        type === ICMP_ECHO_REPLY ||
        type === ICMP_TIMESTAMP ||
        type === ICMP_TIMESTAMP_REPLY
      : type === ICMPV6_ECHO || type === ICMPV6_ECHO_REPLY;
  if (!named) return 0;
  const id = frame.u16(at + 4);
  key[8] = (id << 16) | id;
  return at;
}

/** Writes the key of the way back: source and destination exchanged. `into` must be another array. */
export function reverseFlow(key: Int32Array, into: Int32Array): void {
  for (let i = 0; i < 4; i++) {
    into[i] = key[4 + i];
    into[4 + i] = key[i];
  }
  into[8] = (key[8] << 16) | (key[8] >>> 16);
  into[9] = key[9];
}

/** A signed 32-bit hash of a key, different for each way. Another seed, another order of things. */
export function hashFlow(key: Int32Array, seed: number): number {
  let hash = mix(mix(mix(seed | 0, key[0]), key[4]), key[8]);
  if (key[9] >= KIND_IPV6) {
    hash = mix(mix(mix(hash, key[1]), key[2]), key[3]);
    hash = mix(mix(mix(hash, key[5]), key[6]), key[7]);
  }
  return finish(hash ^ key[9]);
}

/** A signed 32-bit hash that is the same for both ways of a flow. */
export function hashFlowBothWays(key: Int32Array, seed: number): number {
  let source = mix(mix(seed | 0, key[0]), key[8] >>> 16);
  let destination = mix(mix(seed | 0, key[4]), key[8] & 0xffff);
  if (key[9] >= KIND_IPV6) {
    source = mix(mix(mix(source, key[1]), key[2]), key[3]);
    destination = mix(mix(mix(destination, key[5]), key[6]), key[7]);
  }
  return finish((source + destination) ^ key[9]);
}

/** One step of the hash, after the pattern of MurmurHash3: spreads a word and turns it into the state. */
export function mix(hash: number, word: number): number {
  const spread = Math.imul(word, 0xcc9e2d51);
  const turned = hash ^ Math.imul((spread << 15) | (spread >>> 17), 0x1b873593);
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe6546b64) | 0;
}

/** Lets every bit of the state reach every bit of the result. */
export function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

export function flowEquals(a: Int32Array, atA: number, b: Int32Array, atB: number): boolean {
  // The words that differ most often come first.
  if (a[atA + 8] !== b[atB + 8] || a[atA] !== b[atB] || a[atA + 4] !== b[atB + 4]) return false;
  if (a[atA + 9] !== b[atB + 9]) return false;
  if (a[atA + 9] < KIND_IPV6) return true;
  for (let i = 1; i < 4; i++) {
    if (a[atA + i] !== b[atB + i] || a[atA + 4 + i] !== b[atB + 4 + i]) return false;
  }
  return true;
}

export function copyFlow(from: Int32Array, atFrom: number, to: Int32Array, atTo: number): void {
  for (let i = 0; i < FLOW_WORDS; i++) to[atTo + i] = from[atFrom + i];
}

/** For people: `TCP 10.0.0.1:80 > 10.0.0.2:3333`, `ICMPv6 [::1]:7 > [::2]:7`. */
export function formatFlow(keys: Int32Array, at = 0): string {
  const kind = keys[at + FLOW_KIND];
  const ports = keys[at + FLOW_PORTS];
  const source = formatEnd(keys, at + FLOW_SOURCE, kind >= KIND_IPV6, ports >>> 16, ports !== 0);
  const target = formatEnd(keys, at + FLOW_DESTINATION, kind >= KIND_IPV6, ports & 0xffff, ports !== 0);
  return `${protocolName(kind & 0xff)} ${source} > ${target}`;
}

function formatEnd(keys: Int32Array, at: number, six: boolean, portNumber: number, named: boolean): string {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 4; i++) view.setInt32(4 * i, keys[at + i]);
  if (!six) return named ? `${formatIpv4(bytes)}:${portNumber}` : formatIpv4(bytes);
  return named ? `[${formatIpv6(bytes)}]:${portNumber}` : formatIpv6(bytes);
}

const NAMES: Readonly<Record<number, string>> = {
  [PROTOCOL_ICMP]: 'ICMP',
  [PROTOCOL_TCP]: 'TCP',
  [PROTOCOL_UDP]: 'UDP',
  [DCCP]: 'DCCP',
  [PROTOCOL_ICMPV6]: 'ICMPv6',
  [SCTP]: 'SCTP',
  [UDP_LITE]: 'UDP-Lite',
};

function protocolName(protocol: number): string {
  return NAMES[protocol] ?? `protocol ${protocol}`;
}
