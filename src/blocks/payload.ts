import type { Frame, FramePool } from '../contract/frame.js';

/** Bytes of a frame's payload, behind `offset`, that its slot has room for. */
export function payloadRoom(frame: Frame, offset: number, pool: FramePool): number {
  return frame.slotOffset + pool.headroom + pool.maxLength - frame.start - offset;
}

/** Puts other bytes in the place of all that stands behind `offset`. They must fit, see `payloadRoom`. */
export function replacePayload(frame: Frame, offset: number, bytes: Uint8Array): void {
  frame.bytes.set(bytes, frame.start + offset);
  frame.length = offset + bytes.length;
}

/** Makes room for n bytes between the first `offset` bytes and the payload; false when the headroom is too small. */
export function openGap(frame: Frame, offset: number, n: number): boolean {
  if (!frame.push(n)) return false;
  frame.bytes.copyWithin(frame.start, frame.start + n, frame.start + n + offset);
  return true;
}

/** Takes out the n bytes behind the first `offset`; the frame must have them. */
export function closeGap(frame: Frame, offset: number, n: number): void {
  frame.bytes.copyWithin(frame.start + n, frame.start, frame.start + offset);
  frame.pull(n);
}
