// Blocks that only the benchmarks need. They keep to the rules of all blocks: see ARCHITECTURE.md.

import { z } from 'zod';
import { HELD } from '../../dist/contract/outcome.js';

const config = z.strictObject({});
const ports = { ingress: 1, egress: 1 };

/** Changes one byte and counts, as the blocks of the first measurements did. */
class Touch {
  static kind = 'touch';
  static summary = 'changes a byte of every frame and counts it';
  static mode = /** @type {const} */ ('dual');
  static ports = ports;
  static config = config;
  static counters = { packets: 'frames that came through', bytes: 'their bytes' };
  static drops = {};
  packets = 0;
  bytes = 0;

  /** @param {import('../../dist/contract/frame.js').Frame} frame */
  receive(frame) {
    frame.setU8(20, frame.u8(20) + 1);
    this.packets++;
    this.bytes += frame.length;
    return frame.direction;
  }
}

/** The end of a chain whose frames the benchmark sends again: it keeps them, so that no pool is measured. */
class Keep {
  static kind = 'keep';
  static summary = 'keeps every frame';
  static mode = /** @type {const} */ ('sink');
  static ports = { ingress: 0, egress: 0 };
  static config = config;
  static counters = { packets: 'frames that came', bytes: 'their bytes' };
  static drops = {};
  static uses = { HELD };
  packets = 0;
  bytes = 0;

  /** @param {import('../../dist/contract/frame.js').Frame} frame */
  receive(frame) {
    this.packets++;
    this.bytes += frame.length;
    return HELD;
  }
}

export const benchBlocks = [Touch, Keep];
