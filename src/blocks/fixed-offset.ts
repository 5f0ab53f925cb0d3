import type { Block } from '../contract/block.js';

/**
 * The source of a block's `receive` with its option `offset` as a number: for `inline`. Generated code can then leave out
 * checks of the frame's length that an earlier one makes needless. All that `receive` names must be of its own file.
 */
export function withFixedOffset(block: Block & { readonly offset: number }): string {
  return String(block.receive).replaceAll('this.offset', String(block.offset));
}
