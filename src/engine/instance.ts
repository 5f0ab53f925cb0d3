import type { Block, BlockClass, BlockEvent } from '../contract/block.js';
import type { Frame } from '../contract/frame.js';
import { portCount } from '../contract/port.js';
import { Entry } from './fused/entry.js';
import type { LinkJoint } from './link-joint.js';
import { reasonsOf } from './reasons.js';

/** First bytes kept of the last frame dropped for a reason. */
export const SAMPLE_BYTES = 48;
const RECENT_EVENTS = 16;

/** A subscription of one block to another, and what holds it up. */
export interface Subscription {
  /** Edges between the two blocks, either way. */
  edges: number;
  /** Asked for by `subscribe`. */
  explicit: boolean;
  /** Grows from one subscription to the next: their order, which a change that is taken back must not disturb. */
  since: number;
}

/** A functional block in the graph: the block object and everything that the engine knows of it. */
export class Instance {
  readonly name: string;
  readonly type: BlockClass;
  readonly ports: Int32Array;
  /** How often frames that were dispatched left by each port: tells what is worth inlining. */
  readonly departures: Int32Array;
  /** Set once by the builder, right after construction. */
  block!: Block;
  /** Changes only when the block replaces another. */
  idp: number;
  /** The configuration as given, and as checked by the schema. */
  config: Record<string, unknown>;
  parsedConfig: unknown;

  /** When its timer runs out, in microseconds; Infinity: it is not set. */
  wakeTime = Number.POSITIVE_INFINITY;
  /** Where the timers keep it; -1 while its timer is not set. */
  timerPlace = -1;
  /** The look at all timers in which it was woken last. */
  timerRound = -1;

  /** Edges that lead here. */
  incoming = 0;
  readonly subscriptions = new Map<Instance, Subscription>();
  readonly subscribers = new Set<Instance>();
  /** False once the node's own reference was given up (`rm --later`). */
  registered = true;

  readonly joints: LinkJoint[] = [];
  /** Where frames may enter it, by direction. */
  readonly entries: readonly [Entry, Entry] = [new Entry(this, 0), new Entry(this, 1)];

  readonly reasons: readonly string[];
  readonly reasonTexts: readonly string[];
  readonly dropCounts: Float64Array;
  private readonly samples: (Uint8Array | null)[];
  private readonly sampleLengths: Int32Array;

  eventCount = 0;
  readonly recentEvents: BlockEvent[] = [];

  constructor(name: string, type: BlockClass, idp: number, config: Record<string, unknown>) {
    this.name = name;
    this.type = type;
    this.idp = idp;
    this.config = config;
    this.ports = new Int32Array(portCount(type.ports));
    this.departures = new Int32Array(this.ports.length);
    const { reasons, texts } = reasonsOf(type);
    this.reasons = reasons;
    this.reasonTexts = texts;
    this.dropCounts = new Float64Array(reasons.length);
    this.samples = reasons.map(() => null);
    this.sampleLengths = new Int32Array(reasons.length);
  }

  /**
   * The seed's reference count (004 appendix C.3 shows 1 alone, 4 with one binding, 10 with three): the node's
   * own, the edges that lead here, the subscriptions it has and those that others have to it.
   */
  get references(): number {
    return (this.registered ? 1 : 0) + this.incoming + this.subscriptions.size + this.subscribers.size;
  }

  /** Blocks that it is subscribed to, the oldest subscription first. */
  targets(): Instance[] {
    const entries = [...this.subscriptions].sort(([, a], [, b]) => a.since - b.since);
    return entries.map(([target]) => target);
  }

  /** Blocks that are subscribed to it, the oldest subscription first: the order in which they hear of it. */
  listeners(): Instance[] {
    const since = (who: Instance) => who.subscriptions.get(this)?.since ?? 0;
    return [...this.subscribers].sort((a, b) => since(a) - since(b));
  }

  /** Counts a drop and keeps the frame's first bytes. The caller releases the frame. */
  noteDrop(reason: number, frame: Frame): void {
    this.dropCounts[reason]++;
    let sample = this.samples[reason];
    if (sample === null) {
      sample = new Uint8Array(SAMPLE_BYTES);
      this.samples[reason] = sample;
    }
    const n = frame.length < SAMPLE_BYTES ? frame.length : SAMPLE_BYTES;
    const bytes = frame.bytes;
    const start = frame.start;
    for (let i = 0; i < n; i++) sample[i] = bytes[start + i];
    this.sampleLengths[reason] = n;
  }

  /** Bytes of the last frame dropped for this reason; null when none was seen. */
  sample(reason: number): Uint8Array | null {
    return this.samples[reason]?.subarray(0, this.sampleLengths[reason]) ?? null;
  }

  reasonIndex(name: string): number {
    return this.reasons.indexOf(name);
  }

  remember(event: BlockEvent): void {
    this.eventCount++;
    this.recentEvents.push(event);
    if (this.recentEvents.length > RECENT_EVENTS) this.recentEvents.shift();
  }
}
