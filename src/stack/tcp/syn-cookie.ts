import type { SipHash } from '../siphash.js';
import { type Ends, hashEnds } from './ends.js';

/**
 * SYN cookies (RFC 4987 §3.6): an initial sequence number from which the handshake's last ACK tells that there was one,
 * with nothing kept meanwhile. 5 bits of the minute, 3 bits for the largest segment, 24 bits of hash. Window scaling, SACK
 * and timestamps are lost by it: it is for floods.
 */

const MINUTE = 60_000_000;
/** Minutes for which a cookie is taken. */
const LASTS = 2;
/** Largest segments that a cookie can tell, the common ones among them. */
const SEGMENTS = [216, 536, 1024, 1220, 1360, 1440, 1460, 8960] as const;

export function makeCookie(hash: SipHash, ends: Ends, peerSeq: number, segment: number, now: number): number {
  const minute = Math.floor(now / MINUTE);
  let index = 0;
  while (index + 1 < SEGMENTS.length && SEGMENTS[index + 1] <= segment) index++;
  return compose(hash, ends, peerSeq, minute, index);
}

/** The largest segment that the cookie tells; 0 when it is none of ours, or too old. */
export function readCookie(hash: SipHash, ends: Ends, peerSeq: number, cookie: number, now: number): number {
  const minute = Math.floor(now / MINUTE);
  const age = (minute - (cookie >>> 27)) & 31;
  if (age >= LASTS) return 0;
  const index = (cookie >>> 24) & 7;
  return compose(hash, ends, peerSeq, minute - age, index) === (cookie | 0) ? SEGMENTS[index] : 0;
}

function compose(hash: SipHash, ends: Ends, peerSeq: number, minute: number, index: number): number {
  const mac = hashEnds(hash, ends, peerSeq ^ Math.imul(minute * 8 + index, 0x9e3779b1)) & 0x00ff_ffff;
  return ((minute & 31) << 27) | (index << 24) | mac;
}
