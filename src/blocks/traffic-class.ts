import type { Frame } from '../contract/frame.js';
import { updateChecksum } from '../wire/checksum.js';
import { IPV4_CHECKSUM, IPV4_HEADER } from '../wire/ipv4.js';
import { ipOffset } from './flow-key.js';

/** The word that begins an IP header, with the byte of DSCP and ECN in it (RFC 2474, RFC 3168). */
function firstWord(frame: Frame, at: number): number {
  if (at < 0 || frame.length < at + IPV4_HEADER) return 0;
  const word = frame.u16(at);
  const version = word >>> 12;
  return version === 4 || version === 6 ? word : 0;
}

function trafficClass(word: number): number {
  return word >>> 12 === 6 ? (word >>> 4) & 0xff : word & 0xff;
}

/** Differentiated services code point of an Ethernet frame's IP packet, 0 to 63; 0 for other frames. */
export function dscpOf(frame: Frame): number {
  return trafficClass(firstWord(frame, ipOffset(frame))) >>> 2;
}

/**
 * Marks "congestion experienced" (RFC 3168 §5) in the packet of an ECN-capable transport, and mends the IPv4 checksum.
 * False, with nothing changed, when the transport is not ECN-capable, or there is no IP packet.
 */
export function markCongestion(frame: Frame): boolean {
  const at = ipOffset(frame);
  const before = firstWord(frame, at);
  if ((trafficClass(before) & 3) === 0) return false;
  const after = before >>> 12 === 6 ? before | 0x30 : before | 3;
  if (after === before) return true;
  frame.setU16(at, after);
  if (after >>> 12 === 4) {
    frame.setU16(at + IPV4_CHECKSUM, updateChecksum(frame.u16(at + IPV4_CHECKSUM), before, after));
  }
  return true;
}
