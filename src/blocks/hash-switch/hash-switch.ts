import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { boundPorts } from '../bound-ports.js';
import { FLOW_WORDS } from '../flow-key.js';
import { BY_BYTES, BY_FLOW, BY_FLOW_BOTH_WAYS, bytesHash, flowHash } from './pick.js';

const BRANCHES = 16;

const config = z.strictObject({
  by: z
    .enum(['flow', 'bytes'])
    .default('flow')
    .describe('what is hashed: the flow (addresses, protocol, port numbers), or bytes of the frame'),
  symmetric: z.boolean().default(false).describe('both ways of a flow get the same port'),
  layer: z.enum(['ethernet', 'ip']).default('ethernet').describe('what a frame begins with: ethernet or ip'),
  offset: z.int().min(0).max(65535).default(0).describe('by=bytes: where they begin'),
  length: z.int().min(1).max(64).default(14).describe('by=bytes: how many they are'),
  seed: z
    .int()
    .min(0)
    .max(0xffffffff)
    .default(0)
    .describe('another seed, another share of the flows for each port'),
});

/**
 * Shares frames out over the bound ports by a hash, so that the frames of a flow take one way and stay in order:
 * those that go up over its ingress ports, those that go down over its egress ports.
 */
export class HashSwitch implements Block {
  static readonly kind = 'hash-switch';
  static readonly summary = 'shares flows out over the blocks on its ports by a hash';
  static readonly mode = 'dual';
  static readonly ports = { ingress: BRANCHES, egress: BRANCHES };
  static readonly config = config;
  static readonly mainOption = 'by';
  static readonly counters = { packets: 'frames that it gave to a bound port' };
  static readonly drops = {};
  static readonly uses = { BRANCHES, BY_BYTES, bytesHash, flowHash };

  packets = 0;
  by = 0;
  /** 1 when a frame begins with its IP packet. */
  ip = 0;
  offset = 0;
  length = 0;
  seed = 0;
  readonly key = new Int32Array(FLOW_WORDS);
  readonly ports: Int32Array;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.ports = context.ports;
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    this.by = options.by === 'bytes' ? BY_BYTES : options.symmetric ? BY_FLOW_BOTH_WAYS : BY_FLOW;
    this.ip = options.layer === 'ip' ? 1 : 0;
    this.offset = options.offset;
    this.length = options.length;
    this.seed = options.seed | 0;
  }

  receive(frame: Frame): number {
    const way = frame.direction;
    let bound = 0;
    for (let i = 0; i < BRANCHES; i++) if (this.ports[2 * i + way] !== 0) bound++;
    if (bound === 0) return way;
    this.packets++;
    const hash =
      this.by === BY_BYTES
        ? bytesHash(frame, this.offset, this.length, this.seed)
        : flowHash(frame, this.ip, this.by, this.seed, this.key);
    let before = (hash >>> 0) % bound;
    for (let i = 0; i < BRANCHES; i++) {
      if (this.ports[2 * i + way] !== 0) {
        if (before === 0) return 2 * i + way;
        before--;
      }
    }
    return way;
  }

  /** The bound ports as constants. */
  inline(): string {
    const up = this.pickSource(boundPorts(this.ports, BRANCHES, 0), 0);
    const down = this.pickSource(boundPorts(this.ports, BRANCHES, 1), 1);
    return `receive(frame) { if (frame.direction === 0) { ${up} } ${down} }`;
  }

  private pickSource(bound: readonly number[], way: 0 | 1): string {
    if (bound.length === 0) return `return ${way};`;
    if (bound.length === 1) return `this.packets++; return ${bound[0]};`;
    const hash =
      this.by === BY_BYTES
        ? `bytesHash(frame, ${this.offset}, ${this.length}, ${this.seed})`
        : `flowHash(frame, ${this.ip}, ${this.by}, ${this.seed}, this.key)`;
    const pick = way === 0 ? 'pickUp' : 'pickDown';
    const tests = bound.slice(1).map((port, i) => `if (${pick} === ${i + 1}) return ${port};`);
    return `this.packets++; const ${pick} = (${hash} >>> 0) % ${bound.length}; ${tests.join(' ')} return ${bound[0]};`;
  }
}
