/**
 * What a block's `receive` answers: where the frame goes.
 *
 *   >= 0          the number of the port by which it leaves (see `port.ts`)
 *   CONSUMED      the block has taken it in; the engine releases it and counts it as consumed
 *   HELD          the block (or its link) keeps it and will pass it on, send it or drop it later
 *   drop(i)       dropped for the block's i-th declared reason; the engine counts and releases it
 */
export const CONSUMED = -1;
export const HELD = -2;

const FIRST_DROP = -16;

/** Answer for the i-th reason in the declaration order of the class's `drops`. */
export function drop(reason: number): number {
  return FIRST_DROP - reason;
}

/** True for the answers made by `drop`. */
export function isDrop(outcome: number): boolean {
  return outcome <= FIRST_DROP;
}

/** Index of the reason in an answer made by `drop`. */
export function dropIndex(outcome: number): number {
  return FIRST_DROP - outcome;
}
