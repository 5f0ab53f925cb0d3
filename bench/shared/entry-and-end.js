// Where frames come into a graph of the benchmarks, and where they end. They keep to the rules of all blocks.

import { z } from 'zod';
import { INGRESS } from '../../dist/contract/direction.js';
import { CONSUMED } from '../../dist/contract/outcome.js';
import { Digest } from './test-frames.js';

/** Brings in the frames of a link and does nothing else. */
export class Entry {
  static kind = 'entry';
  static summary = 'brings in the frames of a link of the benchmark';
  static mode = /** @type {const} */ ('source');
  static ports = { ingress: 1, egress: 0 };
  static config = z.strictObject({ link: z.string() });
  static counters = {};
  static drops = {};
  static uses = { INGRESS };

  /** @param {import('../../dist/contract/block.js').BlockContext} context @param {{ link: string }} config */
  constructor(context, { link }) {
    context.openLink({ kind: 'bench', name: link }, { direction: INGRESS });
  }

  receive() {
    return INGRESS;
  }
}

/** @param {import('../../dist/contract/frame.js').Frame} frame @param {Digest} digest */
function look(frame, digest) {
  digest.add(frame.bytes, frame.start, frame.start + frame.length);
}

/** Ends frames; looks at their bytes when it is told to. */
export class End {
  static kind = 'end';
  static summary = 'ends frames';
  static mode = /** @type {const} */ ('sink');
  static ports = { ingress: 0, egress: 0 };
  static config = z.strictObject({});
  static counters = { packets: 'frames that came', bytes: 'their bytes' };
  static drops = {};
  static uses = { CONSUMED, look };
  packets = 0;
  bytes = 0;
  looking = 0;
  digest = new Digest();

  /** @param {import('../../dist/contract/frame.js').Frame} frame */
  receive(frame) {
    this.packets++;
    this.bytes += frame.length;
    if (this.looking !== 0) look(frame, this.digest);
    return CONSUMED;
  }
}
