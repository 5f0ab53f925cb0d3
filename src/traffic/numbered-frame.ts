import { writeU32 } from '../wire/bytes.js';
import type { FrameTemplate } from './frame-template.js';

/**
 * A frame that carries its number: 32 bits at byte `at`, big-endian, from `first` on in steps of `step`, modulo 2^32.
 * No checksum is renewed. It works on a copy of `frame`.
 */
export function numberedFrame(frame: Uint8Array, at: number, first = 0, step = 1): FrameTemplate {
  if (at < 0 || at + 4 > frame.length) {
    throw new RangeError(`no room for a number at byte ${at} of a frame of ${frame.length} bytes`);
  }
  const bytes = frame.slice();
  let number = first >>> 0;
  writeU32(bytes, at, number);
  return {
    bytes,
    changes: true,
    advance() {
      number = (number + step) >>> 0;
      writeU32(bytes, at, number);
    },
  };
}
