import type { EnginePort } from '../contract/block.js';
import type { Clock } from '../contract/clock.js';
import type { Frame } from '../contract/frame.js';
import { CONSUMED, dropIndex, HELD, isDrop } from '../contract/outcome.js';
import type { Accounts } from './accounts.js';
import { Backlog } from './backlog.js';
import { copyFrame, type PoolFrame } from './frame.js';
import { Fusion, type FusionOptions } from './fused/fusion.js';
import type { Instance } from './instance.js';
import { HOP_LIMIT } from './limits.js';
import type { Observer } from './observe.js';
import type { Pool } from './pool.js';
import type { Timers } from './timers.js';

/** Calls of `receive` in one turn before what waits in the backlog is left for the next: about a millisecond. */
const TURN_INVOCATIONS = 20_000;
/** The same for what a change of the graph waits for; beyond it, what is left only multiplies itself. */
const DRAIN_INVOCATIONS = 1_000_000;

/**
 * The packet processing engine in its reference form: looks up the next information dispatch
 * point in the table, calls that block, and goes on until the frame is sent, held, consumed or dropped
 * (seed 004 §4.2.5, §5.2.5).
 */
export class Dispatch implements EnginePort {
  /** IDP → block. The registry owns and writes it; index 0 stays empty. */
  readonly table: (Instance | undefined)[];
  readonly pool: Pool;
  readonly accounts: Accounts;
  readonly backlog: Backlog;
  readonly timers: Timers;
  readonly fusion: Fusion;
  /** Taps and traces; null while there are none, so that they cost nothing. */
  observer: Observer | null = null;
  private readonly clock: Clock;
  /**
   * The time of the batch that runs, in microseconds. One look at the clock for all its frames: to ask for each would cost
   * more than most blocks, and allocate a number every time.
   */
  readonly time = new Float64Array(1);
  private readonly onBlockError: (at: Instance, error: unknown) => void;
  /** The block now running, and the blocks that the frame which it has got had entered. */
  at: Instance | null = null;
  hops = 0;
  /** Calls of `receive` after which the backlog has to wait for the next turn. */
  private turnEnd = Number.POSITIVE_INFINITY;

  constructor(
    table: (Instance | undefined)[],
    pool: Pool,
    accounts: Accounts,
    clock: Clock,
    timers: Timers,
    onBlockError: (at: Instance, error: unknown) => void,
    options: FusionOptions = {},
  ) {
    this.table = table;
    this.pool = pool;
    this.accounts = accounts;
    this.clock = clock;
    this.timers = timers;
    this.onBlockError = onBlockError;
    this.backlog = new Backlog(pool.size);
    this.fusion = new Fusion(this, pool, accounts, options);
  }

  /** Runs a frame from its next IDP to its end, then what waits in the backlog, as far as the turn's allowance goes. */
  process(frame: PoolFrame): void {
    this.tick();
    this.run(frame);
    if (this.backlog.length > 0) this.drainSome();
    this.at = null;
  }

  /** The same for a frame of a batch, which has a function of its own once there is one: by the reference. */
  processDispatched(frame: PoolFrame): void {
    this.accounts.frames++;
    this.accounts.bytes += frame.length;
    const at = this.table[frame.nextIdp];
    if (at === undefined) this.stray(frame);
    else this.walk(frame, at);
    if (this.backlog.length > 0) this.drainSome();
    this.at = null;
  }

  /**
   * Begins a turn. A graph that multiplies frames in a cycle can make a million calls of one frame: past the
   * allowance the backlog waits for the next turn, so that control messages and other links get theirs.
   */
  beginTurn(): void {
    this.turnEnd = this.accounts.invocations + TURN_INVOCATIONS;
    if (this.backlog.length === 0) return;
    this.tick();
    this.drainSome();
  }

  drainSome(): void {
    while (this.backlog.length > 0 && this.accounts.invocations < this.turnEnd) {
      this.run(this.backlog.shift());
    }
    this.at = null;
  }

  /**
   * Runs the backlog empty. Tees in a cycle can keep a full pool circling for seconds, and the change that unties them
   * waits for this: past an allowance the rest is dropped (`hop-limit`).
   */
  drain(): void {
    this.tick();
    const end = this.accounts.invocations + DRAIN_INVOCATIONS;
    while (this.backlog.length > 0 && this.accounts.invocations < end) this.run(this.backlog.shift());
    while (this.backlog.length > 0) this.cutShort(this.backlog.shift());
    this.at = null;
  }

  /** Wakes the blocks whose timers have run out, and runs what they let go. */
  runTimers(): void {
    this.tick();
    this.timers.beginRound();
    for (;;) {
      const instance = this.timers.takeDue(this.time);
      if (instance === null) break;
      if (this.table[instance.idp] !== instance) continue;
      this.at = instance;
      this.hops = 1; // what it creates has entered this block: a link that it is tied to sends it
      try {
        instance.block.wake?.(this);
      } catch (error) {
        this.onBlockError(instance, error);
      }
      if (this.backlog.length > 0) this.drainSome();
    }
    this.at = null;
  }

  private cutShort(frame: PoolFrame): void {
    const at = this.table[frame.nextIdp];
    if (at === undefined) this.stray(frame);
    else this.dropNamed(at, frame, 'hop-limit');
  }

  /** Lets a block use the engine outside `receive`: its destructor ends what it holds. */
  actAs(at: Instance, work: (engine: EnginePort) => void): void {
    this.at = at;
    this.hops = 0;
    this.tick();
    try {
      work(this);
    } finally {
      this.at = null;
    }
  }

  private run(frame: PoolFrame): void {
    this.accounts.frames++;
    this.accounts.bytes += frame.length;
    const at = this.table[frame.nextIdp];
    if (at === undefined) this.stray(frame);
    else this.jump(frame, at);
  }

  /** Lets a frame enter a block: by its fused function where there is one and nobody looks on. */
  jump(frame: PoolFrame, at: Instance): void {
    const entry = this.fusion.entry(at, frame.direction);
    const { single } = entry;
    frame.nextIdp = at.idp;
    if (single !== null && this.observer === null) {
      entry.singleFrames++;
      single(frame);
      return;
    }
    this.fusion.warmSingle(entry);
    this.walk(frame, at);
  }

  /** The reference: from block to block until the frame has come to its end. */
  walk(frame: PoolFrame, from: Instance): void {
    const table = this.table;
    const observer = this.observer;
    let at = from;
    try {
      for (;;) {
        if (++frame.hops > HOP_LIMIT) {
          this.dropNamed(at, frame, 'hop-limit');
          return;
        }
        this.at = at;
        this.hops = frame.hops;
        this.accounts.invocations++;
        if (observer !== null) observer.enter(at, frame);
        const outcome = at.block.receive(frame, this);
        if (observer !== null) observer.leave(at, frame, outcome);
        if (outcome < 0) {
          this.end(at, frame, outcome);
          return;
        }
        const idp = at.ports[outcome] | 0; // a port number past the table's end is unbound too
        if (idp === 0) {
          this.dropNamed(at, frame, 'unbound-port');
          return;
        }
        const next = table[idp];
        if (next === undefined) {
          this.dropNamed(at, frame, 'invalid-idp');
          return;
        }
        frame.nextIdp = idp;
        at.departures[outcome]++;
        at = next;
      }
    } catch (error) {
      this.blockError(at, frame, error);
    }
  }

  private blockError(at: Instance, frame: PoolFrame, error: unknown): void {
    this.onBlockError(at, error);
    if (!frame.isFree) this.dropNamed(at, frame, 'block-error');
  }

  /** A block has failed inside a fused function, as the `calls`-th that the frame had entered there. */
  failed(at: Instance, frame: PoolFrame, calls: number, error: unknown): void {
    this.accounts.invocations += calls;
    this.blockError(at, frame, error);
  }

  /** Goes on by an answer that a fused function has no code for. */
  leave(at: Instance, frame: PoolFrame, outcome: number): void {
    if (outcome < 0) {
      this.end(at, frame, outcome);
      return;
    }
    const idp = at.ports[outcome] | 0;
    const next = this.table[idp];
    if (idp === 0) this.dropNamed(at, frame, 'unbound-port');
    else if (next === undefined) this.dropNamed(at, frame, 'invalid-idp');
    else this.jump(frame, next);
  }

  private end(at: Instance, frame: PoolFrame, outcome: number): void {
    if (outcome === HELD) return;
    if (isDrop(outcome)) {
      this.drop(at, frame, dropIndex(outcome));
    } else if (outcome === CONSUMED) {
      this.accounts.consumed++;
      this.pool.release(frame);
    } else {
      throw new Error(`receive answered ${outcome}, which is neither a port nor an outcome`);
    }
  }

  /** A frame whose first IDP no block holds: the drop goes to the block whose link brought it, if any. */
  private stray(frame: PoolFrame): void {
    const at = this.table[frame.link];
    if (at !== undefined) {
      this.dropNamed(at, frame, 'invalid-idp');
      return;
    }
    this.accounts.dropped++;
    this.strays++;
    this.pool.release(frame);
  }
  /** Frames dropped for an invalid IDP that no block can be named for. */
  strays = 0;

  /** Drops a frame at a block for its reason number, counts and releases it. */
  drop(at: Instance, frame: PoolFrame, reason: number): void {
    if (!(reason < at.reasons.length))
      throw new Error(`drop reason ${reason} is not declared by ${at.type.kind}`);
    if (this.observer !== null) this.observer.drop(at, frame, at.reasons[reason]);
    at.noteDrop(reason, frame);
    this.accounts.dropped++;
    this.pool.release(frame);
  }

  dropNamed(at: Instance, frame: PoolFrame, reason: string): void {
    this.drop(at, frame, at.reasonIndex(reason));
  }

  private running(): Instance {
    if (this.at === null) throw new Error('no block is running: only receive may call this');
    return this.at;
  }

  copy(frame: Frame, port: number): void {
    const at = this.running();
    const copy = this.allocateFor(at);
    if (copy === null) return;
    copyFrame(frame as PoolFrame, copy);
    if (this.observer !== null) this.observer.copied(at, frame as PoolFrame, copy, port);
    this.queue(at, copy, port);
  }

  create(): Frame | null {
    const frame = this.allocateFor(this.running());
    // Else a block in a cycle that answers every frame with a new one would go on for ever.
    if (frame !== null) frame.hops = this.hops;
    return frame;
  }

  private allocateFor(at: Instance): PoolFrame | null {
    const frame = this.pool.allocate();
    this.accounts.created++;
    if (frame === null) {
      at.dropCounts[at.reasonIndex('pool-empty')]++;
      this.accounts.dropped++;
    }
    return frame;
  }

  emit(frame: Frame, port: number): void {
    const at = this.running();
    if (this.observer !== null) this.observer.emitted(at, frame as PoolFrame, port);
    this.queue(at, frame as PoolFrame, port);
  }

  /** Sends a frame out of a block's port through the backlog. */
  private queue(at: Instance, frame: PoolFrame, port: number): void {
    const idp = at.ports[port] | 0;
    if (idp === 0) {
      this.dropNamed(at, frame, 'unbound-port');
      return;
    }
    frame.nextIdp = idp;
    this.backlog.push(frame);
  }

  discard(frame: Frame, reason: number): void {
    this.drop(this.running(), frame as PoolFrame, reason);
  }

  now(): number {
    return this.time[0] as number;
  }

  /** Looks at the clock: all that happens until the next look happens at this time. */
  tick(): void {
    this.time[0] = this.clock.now();
  }

  wakeAt(time: number): void {
    this.timers.set(this.running(), time);
  }
}
