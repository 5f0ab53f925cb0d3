import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';

const BRANCHES = 32;
const END = 2 * BRANCHES;

/**
 * Gives every block that sits on it a frame of its own: the first gets the frame, the others copies, which wait in
 * the backlog until the frame has gone its way (seed 004 §5.4.4). Downwards it only passes on.
 */
export class Tee implements Block {
  static readonly kind = 'tee';
  static readonly summary = 'gives each block on top of it a copy of every frame';
  static readonly mode = 'dual';
  static readonly ports = { ingress: BRANCHES, egress: 1 };
  static readonly config = z.strictObject({});
  static readonly counters = { packets: 'frames that came up', copies: 'copies made of them' };
  static readonly drops = {};
  static readonly uses = { EGRESS, INGRESS, END };

  packets = 0;
  copies = 0;
  readonly ports: Int32Array;

  constructor(context: BlockContext) {
    this.ports = context.ports;
  }

  /** The ports that are bound, one after the other. */
  inline(): string {
    const bound = [];
    for (let port = 0; port < END; port += 2) if (this.ports[port] !== 0) bound.push(port);
    const [first = INGRESS, ...others] = bound;
    const copies = others.map((port) => `this.copies++; engine.copy(frame, ${port});`);
    return `receive(frame, engine) {
      if (frame.direction === ${EGRESS}) return ${EGRESS};
      this.packets++;
      ${copies.join('\n      ')}
      return ${first};
    }`;
  }

  receive(frame: Frame, engine: EnginePort): number {
    if (frame.direction === EGRESS) return EGRESS;
    this.packets++;
    let first = -1;
    for (let port = 0; port < END; port += 2) {
      if (this.ports[port] !== 0) {
        if (first < 0) {
          first = port;
        } else {
          this.copies++;
          engine.copy(frame, port);
        }
      }
    }
    return first < 0 ? INGRESS : first;
  }
}
