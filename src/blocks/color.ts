import { z } from 'zod';
import { QuipuError } from '../contract/error.js';

const word = z.int().min(0).max(0xffffffff);

/** Options of the blocks that set and test a frame's mark. */
export const colorOptions = {
  color: word.default(1),
  mask: word.min(1).default(0xffffffff),
} as const;

/** Throws QuipuError for a colour with bits outside its mask: it could never be met again. */
export function checkColor({ color, mask }: { readonly color: number; readonly mask: number }): void {
  if ((color & ~mask) === 0) return;
  const hex = (n: number) => `0x${n.toString(16)}`;
  throw new QuipuError('bad-config', `color: ${hex(color)} has bits outside the mask ${hex(mask)}`);
}
