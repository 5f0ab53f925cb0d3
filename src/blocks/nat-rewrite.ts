import type { Frame } from '../contract/frame.js';
import { drop } from '../contract/outcome.js';
import { readU16, readU32, writeU16, writeU32 } from '../wire/bytes.js';
import { sumWords, updateChecksum, updateChecksum32 } from '../wire/checksum.js';
import {
  ICMP_CHECKSUM,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER,
  ICMP_TIME_EXCEEDED,
  ICMP_UNREACHABLE,
} from '../wire/icmp.js';
import {
  IPV4_CHECKSUM,
  IPV4_HEADER,
  IPV4_SOURCE,
  ipv4HeaderLength,
  ipv4Protocol,
  ipv4TotalLength,
  isIpv4Fragment,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../wire/ipv4.js';
import { TCP_CHECKSUM, TCP_HEADER } from '../wire/tcp.js';
import { UDP_CHECKSUM, UDP_HEADER } from '../wire/udp.js';
import { isIpv4At } from './ipv4-at.js';

/** Reasons that all kinds of address translation share, in the order of what `examine` answers. */
export const natFaults = {
  'not-ip': 'no IPv4 packet at the offset, or its lengths do not fit the frame',
  fragment: 'a fragment, which has no port numbers: put an ip-reassemble before',
  protocol: 'neither TCP nor UDP nor ICMP',
  malformed: 'its TCP, UDP or ICMP header is cut off',
  'icmp-type': 'an ICMP message that is neither an echo in the right direction nor an error about a packet',
} as const;
export const NOT_IPV4 = drop(0);
const FRAGMENT = drop(1);
const PROTOCOL = drop(2);
const MALFORMED = drop(3);
export const ICMP_TYPE = drop(4);
/** Index of the first reason that a kind adds to these. */
export const FIRST_OWN_REASON = 5;

/** A packet with ports of its own, or an identifier; or an ICMP error, which quotes such a packet. */
export const PLAIN = 0;
export const ERROR = 1;

/** The end of a packet that is meant. */
export const SOURCE = 0;
export const DESTINATION = 1;

const ICMP_PARAMETER_PROBLEM = 12;
/** Of a quoted packet, only this much behind its IP header is sure to be there (RFC 792). */
const QUOTED = 8;

/** What the packet at `at` is: PLAIN or ERROR, or the outcome of dropping it for one of `natFaults`. */
export function examine(frame: Frame, at: number): number {
  if (!isIpv4At(frame, at)) return NOT_IPV4;
  const { bytes } = frame;
  const ip = frame.start + at;
  if (isIpv4Fragment(bytes, ip)) return FRAGMENT;
  const protocol = ipv4Protocol(bytes, ip);
  const length = ipv4TotalLength(bytes, ip) - ipv4HeaderLength(bytes, ip);
  if (protocol === PROTOCOL_TCP) return length < TCP_HEADER ? MALFORMED : PLAIN;
  if (protocol === PROTOCOL_UDP) return length < UDP_HEADER ? MALFORMED : PLAIN;
  if (protocol !== PROTOCOL_ICMP) return PROTOCOL;
  if (length < ICMP_HEADER) return MALFORMED;
  const icmp = ip + ipv4HeaderLength(bytes, ip);
  const type = bytes[icmp];
  if (type === ICMP_ECHO_REQUEST || type === ICMP_ECHO_REPLY) return PLAIN;
  if (type === ICMP_UNREACHABLE || type === ICMP_TIME_EXCEEDED || type === ICMP_PARAMETER_PROBLEM) {
    return examineQuoted(bytes, icmp + ICMP_HEADER, length - ICMP_HEADER);
  }
  return ICMP_TYPE;
}

function examineQuoted(bytes: Uint8Array, ip: number, length: number): number {
  const header = ipv4HeaderLength(bytes, ip);
  if (length < IPV4_HEADER || bytes[ip] >>> 4 !== 4 || header < IPV4_HEADER) return MALFORMED;
  if (length < header + QUOTED) return MALFORMED;
  // The first fragment of a packet has its ports; what later ones quote there is data.
  if ((readU16(bytes, ip + 6) & 0x1fff) !== 0) return FRAGMENT;
  const protocol = ipv4Protocol(bytes, ip);
  if (protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP) return ERROR;
  if (protocol !== PROTOCOL_ICMP) return PROTOCOL;
  const type = bytes[ip + header];
  return type === ICMP_ECHO_REQUEST || type === ICMP_ECHO_REPLY ? ERROR : ICMP_TYPE;
}

/** Where the packet begins that has the ports: the one at `at`, or the one that it quotes. An index of `bytes`. */
function subject(frame: Frame, at: number, kind: number): number {
  const ip = frame.start + at;
  return kind === ERROR ? ip + ipv4HeaderLength(frame.bytes, ip) + ICMP_HEADER : ip;
}

/** The protocol whose ports count: of an error, the quoted packet's. */
export function protocolOf(frame: Frame, at: number, kind: number): number {
  return ipv4Protocol(frame.bytes, subject(frame, at, kind));
}

/**
 * The address of one end. A quoted packet went the other way: its source is the end to which the error goes, so
 * `side` always names the end as the outer packet has it.
 */
export function addressOf(frame: Frame, at: number, kind: number, side: number): number {
  const inner = kind === ERROR ? 1 - side : side;
  return readU32(frame.bytes, subject(frame, at, kind) + IPV4_SOURCE + 4 * inner);
}

/** The port number of one end, or the echo's identifier, which is that of both. */
export function portOf(frame: Frame, at: number, kind: number, side: number): number {
  const { bytes } = frame;
  const ip = subject(frame, at, kind);
  const transport = ip + ipv4HeaderLength(bytes, ip);
  if (ipv4Protocol(bytes, ip) === PROTOCOL_ICMP) return readU16(bytes, transport + 4);
  return readU16(bytes, transport + 2 * (kind === ERROR ? 1 - side : side));
}

/**
 * Gives one end of the packet another address and port number, and mends all checksums by the difference (RFC 1624),
 * so that one that was wrong stays wrong. Of an error, the packet that it quotes is changed too (RFC 5508 §4).
 */
export function rewrite(
  frame: Frame,
  at: number,
  kind: number,
  side: number,
  address: number,
  portNumber: number,
): void {
  const { bytes } = frame;
  const ip = frame.start + at;
  const end = ip + ipv4TotalLength(bytes, ip);
  if (kind === PLAIN) {
    rewritePorts(bytes, ip, end, side, address, portNumber);
    rewriteAddress(bytes, ip, side, address);
    return;
  }
  const icmp = ip + ipv4HeaderLength(bytes, ip);
  const quoted = icmp + ICMP_HEADER;
  const before = sumWords(bytes, quoted, end - quoted);
  rewritePorts(bytes, quoted, end, 1 - side, address, portNumber);
  rewriteAddress(bytes, quoted, 1 - side, address);
  const after = sumWords(bytes, quoted, end - quoted);
  const checksum = readU16(bytes, icmp + ICMP_CHECKSUM);
  writeU16(bytes, icmp + ICMP_CHECKSUM, updateChecksum(checksum, before, after));
  rewriteAddress(bytes, ip, side, address);
}

function rewriteAddress(bytes: Uint8Array, ip: number, side: number, address: number): void {
  const at = ip + IPV4_SOURCE + 4 * side;
  const checksum = readU16(bytes, ip + IPV4_CHECKSUM);
  writeU16(bytes, ip + IPV4_CHECKSUM, updateChecksum32(checksum, readU32(bytes, at), address));
  writeU32(bytes, at, address);
}

/** The port number, and the checksum that covers it and, by the pseudo-header, the address, which is still the old one. */
function rewritePorts(
  bytes: Uint8Array,
  ip: number,
  end: number,
  side: number,
  address: number,
  portNumber: number,
): void {
  const protocol = ipv4Protocol(bytes, ip);
  const transport = ip + ipv4HeaderLength(bytes, ip);
  const at = protocol === PROTOCOL_ICMP ? transport + 4 : transport + 2 * side;
  const oldPort = readU16(bytes, at);
  writeU16(bytes, at, portNumber);
  const field = transport + checksumOffset(protocol);
  // A quoted TCP header may end before its checksum.
  if (field + 2 > end) return;
  const old = readU16(bytes, field);
  // UDP without a checksum stays without one (RFC 768).
  if (protocol === PROTOCOL_UDP && old === 0) return;
  let checksum = updateChecksum(old, oldPort, portNumber);
  if (protocol !== PROTOCOL_ICMP) {
    checksum = updateChecksum32(checksum, readU32(bytes, ip + IPV4_SOURCE + 4 * side), address);
  }
  if (protocol === PROTOCOL_UDP && checksum === 0) checksum = 0xffff;
  writeU16(bytes, field, checksum);
}

function checksumOffset(protocol: number): number {
  if (protocol === PROTOCOL_TCP) return TCP_CHECKSUM;
  return protocol === PROTOCOL_UDP ? UDP_CHECKSUM : ICMP_CHECKSUM;
}
