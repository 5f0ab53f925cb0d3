import { z } from 'zod';
import { EGRESS, INGRESS } from '../contract/direction.js';

/** Option of blocks that may work on frames of one direction only. */
export const wayOption = z.enum(['both', 'up', 'down']).default('both');

/** The direction of the frames that such a block lets pass as they are; -1: there are none. */
export function sparedWay(way: z.infer<typeof wayOption>): number {
  if (way === 'both') return -1;
  return way === 'up' ? EGRESS : INGRESS;
}
