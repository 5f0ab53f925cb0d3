import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { boundPorts } from '../bound-ports.js';

const BRANCHES = 16;
const LAST = BRANCHES - 1;

/**
 * Frames in turn to the bound ports: those that go up by its ingress ports, those that go down by its egress ports.
 * Each way has a turn of its own.
 */
export class RoundRobin implements Block {
  static readonly kind = 'round-robin';
  static readonly summary = 'gives frames in turn to the blocks on its ports';
  static readonly mode = 'dual';
  static readonly ports = { ingress: BRANCHES, egress: BRANCHES };
  static readonly config = z.strictObject({});
  static readonly counters = { packets: 'frames that it gave to a bound port' };
  static readonly drops = {};
  static readonly state = ['turn'];
  static readonly uses = { BRANCHES, LAST };

  packets = 0;
  /** By direction, the index of the port that had the last frame; -1 before the first. */
  turn = new Int32Array(2).fill(-1);
  readonly ports: Int32Array;

  constructor(context: BlockContext) {
    this.ports = context.ports;
  }

  receive(frame: Frame): number {
    const way = frame.direction;
    const last = this.turn[way];
    for (let step = 1; step <= BRANCHES; step++) {
      const index = (last + step) & LAST;
      if (this.ports[2 * index + way] !== 0) {
        this.turn[way] = index;
        this.packets++;
        return 2 * index + way;
      }
    }
    return way;
  }

  /** Comparisons with the ports that are bound, instead of a look at each. */
  inline(): string {
    return `receive(frame) {
      const last = this.turn[frame.direction];
      if (frame.direction === 0) {
        ${turnSource(boundPorts(this.ports, BRANCHES, 0), 0)}
      }
      ${turnSource(boundPorts(this.ports, BRANCHES, 1), 1)}
    }`;
  }
}

/** The first bound port behind the last one; behind the highest it is the lowest. */
function turnSource(bound: readonly number[], way: number): string {
  if (bound.length === 0) return `return ${way};`;
  const take = (port: number) => `this.turn[${way}] = ${port >> 1}; this.packets++; return ${port};`;
  const later = bound.slice(1).map((port, i) => `if (last === ${bound[i] >> 1}) { ${take(port)} }`);
  // A turn that was taken over, or whose port is no longer bound, lies between two ports.
  const between = bound.map((port) => `if (last < ${port >> 1}) { ${take(port)} }`);
  return [...later, ...between, take(bound[0])].join('\n');
}
