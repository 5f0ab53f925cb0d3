import type { Clock } from '../contract/clock.js';
import { EGRESS } from '../contract/direction.js';
import type { Frame } from '../contract/frame.js';
import { CONSUMED, HELD, isDrop } from '../contract/outcome.js';
import { portName } from '../contract/port.js';
import { type Caller, callsBelow } from './call-stack.js';
import type { PoolFrame } from './frame.js';
import type { Instance } from './instance.js';

/** A run of bytes that a block changed; the offset counts from the frame's first byte as it left. */
export interface ByteChange {
  readonly offset: number;
  readonly before: string;
  readonly after: string;
}

/** One block that a traced frame entered. */
export interface TraceStep {
  /** 0 for the frame itself, 1, 2 … for its copies in the order of their making. */
  readonly branch: number;
  readonly block: string;
  readonly type: string;
  readonly idp: number;
  readonly direction: 'ingress' | 'egress';
  /** Time inside `receive`, in microseconds of the engine's clock. */
  readonly micros: number;
  readonly lengthBefore: number;
  lengthAfter: number;
  /** Bytes put in front (positive) or taken off there (negative). */
  readonly front: number;
  readonly changes: readonly ByteChange[];
  /** `ingress1`, `consumed`, `held`, or `dropped: REASON`. */
  result: string;
  /** Port → branch of the copies that it made. */
  readonly copies: { readonly port: string; readonly branch: number }[];
  /** Where a trace through this block was asked for: the JavaScript calls below its `receive`, the latest first. */
  readonly stack?: readonly string[];
}

export interface TracedFrame {
  /** The frame as it entered, in hex. */
  readonly bytes: string;
  readonly length: number;
  readonly timestamp: number;
  /** How many blocks it had entered before, unseen: some block has held it, or it came from another engine. */
  readonly before?: number;
  readonly steps: TraceStep[];
}

const MAX_STEPS = 4096;

/**
 * Follows the next `count` frames that pass `accepts` from where they enter to all their ends. With `through`, the IDP of a
 * block, only those that enter this block count. Where a frame will go is not known before, so each is followed;
 * one that a block had held, and that comes there then, is followed from there on.
 */
export class Trace {
  readonly frames: TracedFrame[] = [];
  private wanted: number;
  private readonly accepts: (frame: Frame) => boolean;
  private readonly clock: Clock;
  private readonly onFrame: (frame: TracedFrame) => void;
  readonly through: number | null;
  /** The frames followed now, with their branch numbers. */
  private readonly live = new Map<PoolFrame, number>();
  private current: TracedFrame | null = null;
  private branches = 0;
  private snapshot = new Uint8Array(0);
  private snapshotStart = 0;
  private snapshotLength = 0;
  private enteredAt = 0;
  private pendingCopies: { port: string; branch: number }[] = [];
  /** The followed frame, or a copy of it, has entered the block that was asked for. */
  private passed = false;
  private pendingStack: readonly string[] | null = null;
  /** The followed frame that has entered a block and not left it. */
  private inside: PoolFrame | null = null;

  constructor(
    count: number,
    accepts: (frame: Frame) => boolean,
    clock: Clock,
    onFrame: (frame: TracedFrame) => void,
    through: number | null = null,
  ) {
    this.wanted = count;
    this.accepts = accepts;
    this.clock = clock;
    this.onFrame = onFrame;
    this.through = through;
  }

  get done(): boolean {
    return this.wanted === 0 && this.current === null;
  }

  /** A frame enters a block, told by `teller`. */
  enter(at: Instance, frame: PoolFrame, teller: Caller): void {
    if (this.current === null && this.wanted > 0 && this.mayBegin(at, frame) && this.accepts(frame))
      this.begin(frame);
    if (!this.live.has(frame)) return;
    if (this.snapshot.length < frame.length) this.snapshot = new Uint8Array(frame.length);
    this.snapshot.set(frame.bytes.subarray(frame.start, frame.start + frame.length));
    this.snapshotStart = frame.start;
    this.snapshotLength = frame.length;
    this.pendingCopies = [];
    if (at.idp === this.through && !this.passed) {
      this.passed = true;
      this.pendingStack = callsBelow(teller);
    }
    this.inside = frame;
    this.enteredAt = this.clock.now();
  }

  private mayBegin(at: Instance, frame: PoolFrame): boolean {
    return frame.hops === 1 || at.idp === this.through;
  }

  private begin(frame: PoolFrame): void {
    this.wanted--;
    this.branches = 0;
    this.passed = this.through === null;
    this.live.set(frame, 0);
    this.current = {
      bytes: hex(frame.bytes, frame.start, frame.length),
      length: frame.length,
      timestamp: frame.timestamp,
      ...(frame.hops > 1 ? { before: frame.hops - 1 } : {}),
      steps: [],
    };
  }

  leave(at: Instance, frame: PoolFrame, outcome: number): void {
    if (!this.live.has(frame)) return;
    this.step(at, frame, resultName(at, outcome));
    if (outcome < 0 && !isDrop(outcome)) this.finish(frame);
  }

  private step(at: Instance, frame: PoolFrame, result: string): void {
    const branch = this.live.get(frame);
    this.inside = null;
    if (branch === undefined || this.current === null) return;
    const micros = this.clock.now() - this.enteredAt;
    const stack = this.pendingStack;
    if (this.current.steps.length < MAX_STEPS || stack !== null) {
      this.current.steps.push({
        branch,
        block: at.name,
        type: at.type.kind,
        idp: at.idp,
        direction: frame.direction === EGRESS ? 'egress' : 'ingress',
        micros,
        lengthBefore: this.snapshotLength,
        lengthAfter: frame.length,
        front: this.snapshotStart - frame.start,
        changes: this.difference(frame),
        result,
        copies: this.pendingCopies,
        ...(stack === null ? {} : { stack }),
      });
    }
    this.pendingCopies = [];
    this.pendingStack = null;
  }

  drop(at: Instance, frame: PoolFrame, reason: string): void {
    const branch = this.live.get(frame);
    if (branch === undefined || this.current === null) return;
    const text = `dropped: ${reason}`;
    // The block has not answered: its link had no room for the frame, or it threw.
    if (frame === this.inside) {
      this.step(at, frame, text);
      this.finish(frame);
      return;
    }
    const last = this.current.steps.findLast((step) => step.branch === branch);
    // The engine's own drops come after the block has answered: they end the step that led to them.
    if (last && last.idp === at.idp)
      last.result = last.result.startsWith('dropped') ? text : `${last.result}, ${text}`;
    this.finish(frame);
  }

  copied(at: Instance, original: PoolFrame, copy: PoolFrame, port: number): void {
    if (!this.live.has(original)) return;
    const branch = ++this.branches;
    this.live.set(copy, branch);
    this.pendingCopies.push({ port: portName(at.type.ports, port), branch });
  }

  private finish(frame: PoolFrame): void {
    this.live.delete(frame);
    if (this.live.size > 0 || this.current === null) return;
    const ended = this.current;
    this.current = null;
    if (!this.passed) {
      this.wanted++;
      return;
    }
    this.frames.push(ended);
    this.onFrame(ended);
  }

  /** Runs of bytes that differ, compared by place in memory, so that a header put in front shifts nothing. */
  private difference(frame: PoolFrame): ByteChange[] {
    const changes: ByteChange[] = [];
    const from = Math.max(frame.start, this.snapshotStart);
    const to = Math.min(frame.start + frame.length, this.snapshotStart + this.snapshotLength);
    let run = -1;
    for (let i = from; i <= to; i++) {
      const differs = i < to && frame.bytes[i] !== this.snapshot[i - this.snapshotStart];
      if (differs && run < 0) run = i;
      if (!differs && run >= 0) {
        changes.push({
          offset: run - frame.start,
          before: hex(this.snapshot, run - this.snapshotStart, i - run),
          after: hex(frame.bytes, run, i - run),
        });
        run = -1;
      }
    }
    return changes;
  }
}

function hex(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('hex');
}

function resultName(at: Instance, outcome: number): string {
  if (outcome >= 0) return portName(at.type.ports, outcome);
  if (outcome === CONSUMED) return 'consumed';
  if (outcome !== HELD) return 'dropped';
  return at.joints.length > 0 ? 'handed to the link' : 'held';
}
