import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { FLOW_WORDS, ipOffset, readFlow } from '../flow-key.js';
import {
  countFlow,
  FLOW_NEW,
  FLOW_TABLE_FULL,
  FlowTable,
  forgetIdle,
  largestFlows,
  resized,
} from './flow-table.js';

const MOST_FLOWS = 1 << 21;
const TOP = 10;
const SECOND = 1_000_000;
/** Every flow is looked at this often while it may be idle. */
const ROUNDS = 4;
/** Flows looked at in one go, so that frames need not wait for a million. */
const SWEEP = 4096;

const config = z.strictObject({
  flows: z
    .int()
    .min(1)
    .max(MOST_FLOWS)
    .default(65536)
    .describe('how many flows there is room for, 80 bytes each'),
  idle: z
    .int()
    .min(0)
    .max(86_400)
    .default(0)
    .describe('seconds without a frame after which a flow is forgotten; 0: never'),
  layer: z.enum(['ethernet', 'ip']).default('ethernet').describe('what a frame begins with: ethernet or ip'),
});

/**
 * Counts frames and bytes of each flow, told apart by addresses, protocol and port numbers, and passes every frame on, both
 * ways. The two ways of a connection are two flows.
 */
export class FlowCounter implements Block {
  static readonly kind = 'flow-counter';
  static readonly summary = 'counts the frames and bytes of each flow and passes every frame on';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'flows';
  static readonly counters = {
    packets: 'frames that came through, either way',
    bytes: 'their bytes, link header included',
    created: 'flows met for the first time, or again after they were forgotten',
    forgotten: 'flows forgotten because they were idle, or their room was taken away',
    untracked: 'frames of flows for which there was no room',
    other: 'frames that are no IP',
  };
  static readonly drops = {};
  static readonly state = ['table', 'armed', 'round', 'sweepFrom'];
  static readonly uses = { FLOW_NEW, FLOW_TABLE_FULL, countFlow, ipOffset, readFlow };

  packets = 0;
  bytes = 0;
  created = 0;
  forgotten = 0;
  untracked = 0;
  other = 0;
  table: FlowTable;
  /** 1 when a frame begins with its IP packet. */
  ip = 0;
  /** Microseconds between two sweeps; 0: flows are never forgotten. */
  interval = 0;
  /** 1 while the timer is set. */
  armed = 0;
  /** Grows whenever all entries have been looked at. */
  round = 0;
  sweepFrom = 0;
  readonly key = new Int32Array(FLOW_WORDS);
  private shelf: { readonly table: FlowTable; readonly packets: number; readonly forgotten: number } | null =
    null;
  private readonly context: BlockContext;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.context = context;
    this.table = new FlowTable(options.flows, context.random() | 0);
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    this.ip = options.layer === 'ip' ? 1 : 0;
    if (options.flows !== this.table.capacity) this.resize(options.flows);
    const sweeps = ROUNDS * Math.ceil(options.flows / SWEEP);
    this.interval = (options.idle * SECOND) / sweeps;
    if (this.interval > 0 || this.shelf !== null) {
      this.context.wakeAt(this.context.clock.now() + this.interval);
    }
  }

  /** The old table is kept until the timer runs out, so that a change that is taken back loses nothing. */
  private resize(capacity: number): void {
    const shelf = this.shelf;
    const before = { table: this.table, packets: this.packets, forgotten: this.forgotten };
    if (shelf !== null && shelf.table.capacity === capacity && shelf.packets === this.packets) {
      this.table = shelf.table;
      this.forgotten = shelf.forgotten;
      this.shelf = null;
      return;
    }
    this.shelf = before;
    this.table = resized(this.table, capacity);
    this.forgotten += before.table.count - this.table.count;
  }

  receive(frame: Frame, engine: EnginePort): number {
    this.packets++;
    this.bytes += frame.length;
    if (readFlow(frame, this.ip !== 0 ? 0 : ipOffset(frame), this.key) < 0) {
      this.other++;
      return frame.direction;
    }
    const found = countFlow(this.table, this.key, frame.length, this.round);
    if (found === FLOW_TABLE_FULL) {
      this.untracked++;
    } else if (found === FLOW_NEW) {
      this.created++;
      if (this.armed === 0 && this.interval > 0) {
        this.armed = 1;
        engine.wakeAt(engine.now() + this.interval);
      }
    }
    return frame.direction;
  }

  /** Looks at the next few entries. A flow goes when it was idle for all of ROUNDS rounds: 1 to 1.5 times the limit. */
  wake(engine: EnginePort): void {
    this.armed = 0;
    this.shelf = null;
    if (this.interval === 0) return;
    this.forgotten += forgetIdle(this.table, this.sweepFrom, SWEEP, this.round - ROUNDS);
    this.sweepFrom += SWEEP;
    if (this.sweepFrom >= this.table.capacity) {
      this.sweepFrom = 0;
      this.round++;
    }
    if (this.table.count === 0) return;
    this.armed = 1;
    engine.wakeAt(engine.now() + this.interval);
  }

  details(): Record<string, unknown> {
    const { count, capacity } = this.table;
    return { flows: count, room: capacity, top: largestFlows(this.table, TOP) };
  }
}
