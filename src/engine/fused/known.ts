import type { Direction } from '../../contract/direction.js';

/** What is certain of the frame at a place in the generated code. */
export interface Known {
  /** Its direction; null: only the frame itself tells. */
  direction: Direction | null;
  /** It has at least this many bytes. */
  minLength: number;
}

/** What is certain where two ways meet. */
export function meet(a: Known, b: Known): Known {
  return {
    direction: a.direction === b.direction ? a.direction : null,
    minLength: Math.min(a.minLength, b.minLength),
  };
}

/** Takes over in `into` what another says. */
export function become(into: Known, from: Known): void {
  into.direction = from.direction;
  into.minLength = from.minLength;
}

/** Nothing is certain any more. */
export function forget(known: Known): void {
  known.direction = null;
  known.minLength = 0;
}
