import { readU32 } from '../../wire/bytes.js';
import type { SipHash } from '../siphash.js';
import type { ConnectionPath } from './path.js';

/** Both ends of a segment that came, as they lie in its headers. One object for a host, filled anew. */
export interface Ends {
  /** What both addresses lie in; each is `addressLength` (4 or 16) bytes long. */
  bytes: Uint8Array;
  localAt: number;
  remoteAt: number;
  addressLength: number;
  localPort: number;
  remotePort: number;
}

const words = new Int32Array(12);

/** Hash of both ends and of `extra`: for initial numbers, cookies and tables. */
export function hashEnds(hash: SipHash, ends: Ends, extra: number): number {
  let count = 0;
  for (let i = 0; i < ends.addressLength; i += 4) words[count++] = readU32(ends.bytes, ends.localAt + i);
  for (let i = 0; i < ends.addressLength; i += 4) words[count++] = readU32(ends.bytes, ends.remoteAt + i);
  words[count++] = (ends.localPort << 16) | ends.remotePort;
  words[count++] = extra;
  return hash.words(words, count);
}

/** True when the path has just these ends. */
export function sameEnds(path: ConnectionPath, ends: Ends): boolean {
  if (path.localPort !== ends.localPort || path.remotePort !== ends.remotePort) return false;
  if (path.localAddress.length !== ends.addressLength) return false;
  for (let i = 0; i < ends.addressLength; i++) {
    if (path.remoteAddress[i] !== ends.bytes[ends.remoteAt + i]) return false;
    if (path.localAddress[i] !== ends.bytes[ends.localAt + i]) return false;
  }
  return true;
}

/** Ends that lie in arrays of their own. */
export function endsOf(path: ConnectionPath): Ends {
  const bytes = new Uint8Array(path.localAddress.length * 2);
  bytes.set(path.localAddress, 0);
  bytes.set(path.remoteAddress, path.localAddress.length);
  return {
    ...{ bytes, localAt: 0, remoteAt: path.localAddress.length, addressLength: path.localAddress.length },
    ...{ localPort: path.localPort, remotePort: path.remotePort },
  };
}

/** An initial sequence number (RFC 6528 §3): a clock of 4 µs ticks, from a beginning of each pair of ends. */
export function initialSequence(hashed: number, now: number): number {
  return (Math.floor(now / 4) + hashed) | 0;
}
