import { writeU16 } from '../../wire/bytes.js';
import { internetChecksum } from '../../wire/checksum.js';
import type { Layer } from '../../wire/print/layer.js';
import { layersOf } from '../../wire/print/layers.js';

/** Sets every checksum of a frame right that can be told, the innermost first: outer ones cover them. */
export function repair(frame: Uint8Array): void {
  const layers = layersOf(frame, 0, frame.length);
  for (let i = layers.length - 1; i >= 0; i--) setRight(frame, layers[i]);
}

/** Leaves checksums as for a device that completes them: they hold the sum of the pseudo-header. */
export function unfinish(frame: Uint8Array): void {
  for (const { checksum } of layersOf(frame, 0, frame.length)) {
    if (checksum !== null && checksum.pseudoSum > 0) writeU16(frame, checksum.at, checksum.pseudoSum);
  }
}

function setRight(frame: Uint8Array, { protocol, checksum }: Layer): void {
  if (checksum === null || checksum.state === 'unknown' || checksum.state === 'none') return;
  const { at, from, length, pseudoSum } = checksum;
  writeU16(frame, at, 0);
  const right = internetChecksum(frame, from, length, pseudoSum);
  // In UDP 0 says that there is none.
  writeU16(frame, at, right === 0 && protocol === 'UDP' ? 0xffff : right);
}
