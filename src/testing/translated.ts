import { expect } from 'vitest';
import { hexOf } from './frames.js';
import type { SingleBlock } from './one-block.js';
import { checksumFaults, endsOf, onEthernet } from './packets.js';

/**
 * What an IPv4 packet becomes that goes through a translating block in one direction, as `endsOf` writes it, or `dropped`. The
 * Ethernet header must stay as it is, and all checksums must be right.
 */
export function translated({ node, up, down }: SingleBlock, direction: 0 | 1, packet: Uint8Array): string {
  node.inject('x', direction, onEthernet(packet));
  const [frame] = (direction === 0 ? up : down).takeBytes();
  if (frame === undefined) return 'dropped';
  expect(hexOf(frame.subarray(0, 14))).toBe(hexOf(onEthernet(packet).subarray(0, 14)));
  expect(checksumFaults(frame.subarray(14))).toEqual([]);
  return endsOf(frame.subarray(14));
}
