/**
 * Network-order access to bytes. Reads beyond the array answer 0 and writes there do nothing: that is what
 * typed arrays and bit operators give for free, so the accessors of this room need no checks of their own.
 */

export function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Up to here a plain loop beats `set`, which needs a view object made for it. */
const LOOP_LIMIT = 96;

/**
 * Copies `length` bytes; both ranges must lie within their arrays and may overlap.
 * V8 reaches memcpy from one array to another only through a view, so long copies make one short-lived view.
 */
export function copyBytes(
  source: Uint8Array,
  from: number,
  length: number,
  target: Uint8Array,
  at: number,
): void {
  if (source === target) target.copyWithin(at, from, from + length);
  else if (length <= LOOP_LIMIT) for (let i = 0; i < length; i++) target[at + i] = source[from + i];
  else target.set(source.subarray(from, from + length), at);
}
