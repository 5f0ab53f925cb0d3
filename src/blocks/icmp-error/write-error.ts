import type { Frame } from '../../contract/frame.js';
import { writeU16, writeU32 } from '../../wire/bytes.js';
import { internetChecksum } from '../../wire/checksum.js';
import { ICMP_CHECKSUM, ICMP_HEADER } from '../../wire/icmp.js';
import {
  completeIpv4,
  IPV4_HEADER,
  ipv4HeaderLength,
  ipv4TotalLength,
  PROTOCOL_ICMP,
} from '../../wire/ipv4.js';

/** Longest error, IP header included (RFC 1812 §4.3.2.3). */
const LONGEST = 576;
/** Time to live of what this node sends (RFC 1700). */
const TTL = 64;
/** Precedence "internetwork control" (RFC 1812 §4.3.2.5). */
const CONTROL = 0xc0;

/**
 * Writes into a fresh frame, which has room for `room` bytes, an ICMP message of `type` and `code` with the given second word
 * about the packet with which `about` begins: its header and as much of it as fits. Addresses in host order. False, with nothing
 * written, when there is not even room for a header.
 */
export function writeError(
  into: Frame,
  room: number,
  about: Frame,
  source: number,
  id: number,
  type: number,
  code: number,
  second: number,
): boolean {
  const { bytes, start } = into;
  const longest = Math.min(LONGEST, room) - IPV4_HEADER - ICMP_HEADER;
  if (longest < ipv4HeaderLength(about.bytes, about.start) + ICMP_HEADER) return false;
  const quoted = Math.min(ipv4TotalLength(about.bytes, about.start), longest);
  into.length = IPV4_HEADER + ICMP_HEADER + quoted;
  const icmp = start + IPV4_HEADER;
  bytes[icmp] = type;
  bytes[icmp + 1] = code;
  writeU16(bytes, icmp + ICMP_CHECKSUM, 0);
  writeU32(bytes, icmp + 4, second);
  bytes.copyWithin(icmp + ICMP_HEADER, about.start, about.start + quoted);
  writeU16(bytes, icmp + ICMP_CHECKSUM, internetChecksum(bytes, icmp, ICMP_HEADER + quoted));
  bytes[start] = 0x45;
  bytes[start + 1] = CONTROL;
  writeU16(bytes, start + 2, into.length);
  writeU16(bytes, start + 4, id);
  writeU16(bytes, start + 6, 0);
  bytes[start + 8] = TTL;
  bytes[start + 9] = PROTOCOL_ICMP;
  writeU32(bytes, start + 12, source);
  writeU32(bytes, start + 16, about.u32(12));
  completeIpv4(bytes, start);
  return true;
}
