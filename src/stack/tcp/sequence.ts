/**
 * Sequence numbers (RFC 9293 §3.4): 32 bits, compared modulo 2^32. They are kept as signed 32-bit integers (`| 0`), which
 * V8 holds without a heap object; on the wire they are unsigned. Two numbers are comparable when they lie within 2^31.
 */

/** Bytes from `from` to `to`; negative when `to` comes first. */
export function distance(from: number, to: number): number {
  return (to - from) | 0;
}

/** True when `a` comes before `b`. */
export function before(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

/** The later one of two. */
export function later(a: number, b: number): number {
  return ((a - b) | 0) < 0 ? b : a;
}

/** The earlier one of two. */
export function earlier(a: number, b: number): number {
  return ((a - b) | 0) < 0 ? a : b;
}
