import type { LinkPort } from '../contract/block.js';
import type { LinkSpec } from '../contract/link.js';
import { CrossingPort, DeferringPort } from './crossing-port.js';
import { CrossingReader, CrossingWriter, ENTER } from './crossing-ring.js';
import type { Dispatch } from './dispatch.js';
import type { PoolFrame } from './frame.js';
import type { Instance } from './instance.js';
import { openNothing } from './no-link.js';

/** An engine's place among those of its node. */
export interface Seat {
  /** Its number, from 0. */
  readonly number: number;
  readonly count: number;
  /** `rings[from][to]`, made by `createCrossingRing`; null where both are the same. */
  readonly rings: readonly (readonly (SharedArrayBuffer | null)[])[];
  /** Two words for each engine: frames that crossed over from it, and to it, modulo 2^32. */
  readonly flows: SharedArrayBuffer;
  /** Wakes an engine for which frames were published, if it sleeps. */
  readonly wake: (engine: number) => void;
}

/** Kind of the links that blocks open to another engine: `engine`, its number (absent: the next one), `enter`. */
export const ENGINE_LINK = 'engine';
/** Frames taken from each ring in one turn. */
const BATCH = 64;
/** Calls of `receive` that a change waits for before what still circles is dropped, */
const SETTLE_INVOCATIONS = 1_000_000;
/** and the same in batches that came over from other engines. */
const SETTLE_ROUNDS = 2000;
const DEFAULT_LIMIT = 1024;

/**
 * Where frames cross over between the engines of a node, and where an engine puts off work to its next turn. Frames that
 * one engine hands to another keep their order.
 */
export class Exchange {
  readonly number: number;
  readonly count: number;
  /** Frames handed to other engines and taken from them. */
  crossedOut = 0;
  crossedIn = 0;
  private readonly dispatch: Dispatch;
  private readonly writers: (CrossingWriter | null)[];
  private readonly readers: CrossingReader[];
  private readonly flows: Int32Array;
  private readonly wake: (engine: number) => void;
  private unpublished = 0;
  private lastCall = 0;
  private rounds = 0;
  /** Frames put off, first in, first out; made when a block first asks. */
  private deferred: PoolFrame[] = [];
  private deferrers: DeferringPort[] = [];
  private first = 0;
  /** Frames that wait for the next turn. */
  waiting = 0;

  constructor(dispatch: Dispatch, seat: Seat | undefined) {
    this.dispatch = dispatch;
    const number = seat?.number ?? 0;
    const { count = 1, rings = [], flows = new SharedArrayBuffer(8), wake = () => {} } = seat ?? {};
    this.number = number;
    this.count = count;
    this.flows = new Int32Array(flows);
    this.wake = wake;
    this.writers = (rings[number] ?? []).map((ring) => ring && new CrossingWriter(ring));
    this.readers = rings.flatMap((row) => {
      const ring = row[number];
      return ring ? [new CrossingReader(ring)] : [];
    });
  }

  /** The way of a block to another engine, or to this one's next turn. */
  open(instance: Instance, spec: LinkSpec, limit = DEFAULT_LIMIT): LinkPort {
    const asked = typeof spec.engine === 'number' ? spec.engine : this.number + 1;
    const to = asked % this.count;
    const link = openNothing(spec);
    const writer = this.writers[to];
    if (!writer) return new DeferringPort(link, this, this.dispatch, instance, limit);
    return new CrossingPort(link, this, this.dispatch, instance, writer, spec.enter === true);
  }

  /** Used by its ports: a frame lies in a ring. */
  crossed(): void {
    this.crossedOut++;
    this.unpublished++;
  }

  /** Used by its ports: puts a frame off to the next turn. */
  defer(port: DeferringPort, frame: PoolFrame): void {
    const size = this.dispatch.pool.size;
    if (this.deferred.length === 0) {
      this.deferred = new Array<PoolFrame>(size).fill(frame);
      this.deferrers = new Array<DeferringPort>(size).fill(port);
    }
    const at = (this.first + this.waiting++) % size;
    this.deferred[at] = frame;
    this.deferrers[at] = port;
    port.waiting++;
  }

  /** Takes in what other engines sent and what was put off in the last turn. Answers how many frames came. */
  poll(): number {
    let came = this.waiting === 0 ? 0 : this.resume();
    for (let i = 0; i < this.readers.length; i++) came += this.takeFrom(this.readers[i]);
    return came;
  }

  /** Lets the other engines see what was sent to them. */
  publish(): void {
    if (this.unpublished === 0) return;
    this.unpublished = 0;
    // Before anybody can see the frames: what came out of a ring must never be more than what went in.
    Atomics.store(this.flows, 2 * this.number, this.crossedOut | 0);
    for (let to = 0; to < this.writers.length; to++) {
      const writer = this.writers[to];
      if (!writer || writer.unpublished === 0) continue;
      writer.publish();
      this.wake(to);
    }
  }

  /** Runs what was put off to its end, as a change of the graph wants it; what still circles is dropped at last. */
  settle(): void {
    const end = this.dispatch.accounts.invocations + SETTLE_INVOCATIONS;
    while (this.waiting > 0) {
      if (this.dispatch.accounts.invocations < end) this.resume();
      else this.cutShort();
      this.dispatch.drain();
    }
  }

  /** From now on all engines stand still: what `serve` may still run is counted anew. */
  standStill(): void {
    this.lastCall = this.dispatch.accounts.invocations + SETTLE_INVOCATIONS;
    this.rounds = 0;
  }

  /**
   * This engine takes nothing in from links: runs what came from the others, and what that causes, to its end. `flush`
   * sends what waits for links. What circles between engines without end is dropped at last. True when frames came.
   */
  serve(flush: () => void): boolean {
    let any = false;
    for (;;) {
      this.settle();
      let came = 0;
      for (const reader of this.readers) came += this.empty(reader, flush);
      this.dispatch.drain();
      this.settle();
      flush();
      this.publish();
      if (came === 0) break;
      any = true;
      this.rounds++;
    }
    // Last: a frame counts as arrived when all that it caused is done.
    Atomics.store(this.flows, 2 * this.number + 1, this.crossedIn | 0);
    return any;
  }

  /** Nothing is on its way between any two engines, provided that all of them stand still. */
  quiet(): boolean {
    let between = 0;
    // First what has arrived, then what was sent: both only grow, so equal sums mean that nothing is left in between.
    for (let i = 0; i < this.count; i++) between -= Atomics.load(this.flows, 2 * i + 1);
    for (let i = 0; i < this.count; i++) between += Atomics.load(this.flows, 2 * i);
    return (between | 0) === 0;
  }

  private takeFrom(reader: CrossingReader): number {
    let n = 0;
    while (n < BATCH && reader.next()) {
      const frame = this.dispatch.pool.allocate();
      if (frame === null) break; // they wait where they are; the ring fills up, and its writer counts what it loses
      reader.take(frame);
      n++;
      this.crossedIn++;
      this.goOn(frame, reader.port);
    }
    if (n > 0) reader.release();
    return n;
  }

  private empty(reader: CrossingReader, flush: () => void): number {
    const { pool, accounts } = this.dispatch;
    let n = 0;
    // A batch, as from a link: what that sends must find room in the links' queues.
    while (n < BATCH && reader.next()) {
      let frame = pool.allocate();
      if (frame === null) {
        flush();
        frame = pool.allocate();
      }
      n++;
      this.crossedIn++;
      if (frame === null) this.lose(reader, 'pool-empty');
      else if (accounts.invocations >= this.lastCall || this.rounds >= SETTLE_ROUNDS) {
        pool.release(frame);
        this.lose(reader, 'hop-limit');
      } else {
        reader.take(frame);
        this.goOn(frame, reader.port);
      }
    }
    if (n > 0) reader.release();
    return n;
  }

  /** The current record is dropped: counted at the block to which it was sent. */
  private lose(reader: CrossingReader, reason: string): void {
    const { table, accounts } = this.dispatch;
    const at = table[reader.idp];
    reader.skip();
    accounts.dropped++;
    if (at === undefined) this.dispatch.strays++;
    else at.dropCounts[at.reasonIndex(reason)]++;
  }

  private goOn(frame: PoolFrame, port: number): void {
    const { dispatch } = this;
    const at = dispatch.table[frame.nextIdp];
    if (port === ENTER || at === undefined) {
      dispatch.process(frame);
      return;
    }
    if (dispatch.observer !== null) dispatch.observer.emitted(at, frame, port);
    const idp = at.ports[port] | 0;
    if (idp === 0) {
      dispatch.dropNamed(at, frame, 'unbound-port');
      return;
    }
    frame.nextIdp = idp;
    dispatch.process(frame);
  }

  /** Frames that wait when it begins; those that they put off again come the next time. */
  private resume(): number {
    const count = this.waiting;
    for (let i = 0; i < count; i++) {
      const frame = this.takeDeferred();
      this.goOn(frame, frame.direction);
    }
    return count;
  }

  private cutShort(): void {
    while (this.waiting > 0) {
      const at = this.deferrers[this.first].instance;
      this.dispatch.dropNamed(at, this.takeDeferred(), 'hop-limit');
    }
  }

  private takeDeferred(): PoolFrame {
    const frame = this.deferred[this.first];
    this.deferrers[this.first].waiting--;
    this.first = (this.first + 1) % this.deferred.length;
    this.waiting--;
    return frame;
  }
}
