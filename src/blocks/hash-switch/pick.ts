import type { Frame } from '../../contract/frame.js';
import { finish, hashFlow, hashFlowBothWays, ipOffset, mix, readFlow } from '../flow-key.js';

/** By what frames are told apart; the numbers of `HashSwitch.by`. */
export const BY_FLOW = 0;
export const BY_FLOW_BOTH_WAYS = 1;
export const BY_BYTES = 2;

/**
 * The hash of the frame's flow, signed. An Ethernet frame without an IP packet is told by its two MAC addresses
 * (the same for both ways), any other by nothing. `key` is room for the flow's key.
 */
export function flowHash(frame: Frame, ip: number, by: number, seed: number, key: Int32Array): number {
  if (readFlow(frame, ip !== 0 ? 0 : ipOffset(frame), key) >= 0) {
    return by === BY_FLOW_BOTH_WAYS ? hashFlowBothWays(key, seed) : hashFlow(key, seed);
  }
  if (ip !== 0) return 0;
  return finish(mix(mix(seed, frame.u32(0) ^ frame.u32(6)), frame.u16(4) ^ frame.u16(10)));
}

/** The hash of `length` bytes from `offset` on, signed. Bytes behind the frame's end are 0. */
export function bytesHash(frame: Frame, offset: number, length: number, seed: number): number {
  const end = offset + length;
  let hash = seed;
  for (let at = offset; at < end; at += 4) {
    if (at + 4 <= end && at + 4 <= frame.length) {
      hash = mix(hash, frame.u32(at) | 0);
    } else {
      let word = 0;
      for (let i = at; i < at + 4; i++) word = (word << 8) | (i < end ? frame.u8(i) : 0);
      hash = mix(hash, word);
    }
  }
  return finish(hash);
}
