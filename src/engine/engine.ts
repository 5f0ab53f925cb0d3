import type { BlockClass } from '../contract/block.js';
import type { Clock, Random } from '../contract/clock.js';
import { QuipuError } from '../contract/error.js';
import type { LinkOpener } from '../contract/link.js';
import { Accounts, type DropLine, type Totals } from './accounts.js';
import { Bindings } from './bindings.js';
import { Builder } from './builder.js';
import { Changes } from './changes.js';
import type { Surroundings } from './context.js';
import { Dispatch } from './dispatch.js';
import { Exchange, type Seat } from './exchange.js';
import type { PoolFrame } from './frame.js';
import type { FusionOptions } from './fused/fusion.js';
import type { Instance } from './instance.js';
import { Lifecycle } from './lifecycle.js';
import type { LinkJoint } from './link-joint.js';
import { Notifier } from './notifier.js';
import { Observers } from './observe.js';
import { Pool, type PoolOptions } from './pool.js';
import { Registry } from './registry.js';
import { replaceBlock, type StateFate } from './replace.js';
import { Timers } from './timers.js';

export interface EngineOptions {
  readonly types: readonly BlockClass[];
  readonly clock: Clock;
  readonly random: Random;
  /** Opens links; without it, blocks that need one cannot be made. */
  readonly openLink?: LinkOpener;
  readonly pool?: PoolOptions;
  /** Lines like the seed's kernel messages: `[fb2::tee] port egress bound to IDP1`. */
  readonly log?: (line: string) => void;
  /** Lines about blocks that fail; default: as `log`. */
  readonly fault?: (line: string) => void;
  /** Its place among the engines of a node; default: the only one. */
  readonly seat?: Seat;
  /** How functions are fused. */
  readonly fusion?: FusionOptions;
}

/**
 * One engine: pool, graph, dispatch, links. It owns no thread and no timer: whoever holds it calls `turn` when there
 * may be work (the daemon's worker after poll(2), a test whenever it likes) and `transaction` in between.
 */
export class Engine {
  readonly pool: Pool;
  readonly accounts = new Accounts();
  readonly registry = new Registry();
  readonly builder = new Builder();
  readonly notifier: Notifier;
  readonly bindings: Bindings;
  readonly lifecycle: Lifecycle;
  readonly dispatch: Dispatch;
  readonly exchange: Exchange;
  readonly observers: Observers;
  readonly clock: Clock;
  private readonly around: Surroundings;
  private readonly errors = new Map<Instance, number>();
  private readonly full = new Set<LinkJoint>();
  private joined: readonly LinkJoint[] = [];
  private readonly write: (line: string) => void;
  /** Log lines of a transaction that is being made: said only if it succeeds. */
  private unsaid: string[] | null = null;

  constructor(options: EngineOptions) {
    this.clock = options.clock;
    this.pool = new Pool(options.pool);
    for (const type of options.types) this.builder.register(type);
    const write = options.log ?? (() => {});
    const log = (at: Instance, text: string) => {
      const line = lineOf(at, text);
      if (this.unsaid !== null) this.unsaid.push(line);
      else write(line);
    };
    const { fault } = options;
    const complain = fault === undefined ? log : (at: Instance, text: string) => fault(lineOf(at, text));
    this.write = write;
    this.notifier = new Notifier(log);
    this.bindings = new Bindings(this.registry, this.notifier, log);
    const timers = new Timers((instance) => this.lifecycle.active.has(instance));
    this.dispatch = new Dispatch(
      this.registry.table,
      this.pool,
      this.accounts,
      this.clock,
      timers,
      (at, error) => this.noteError(at, error, complain),
      options.fusion,
    );
    this.exchange = new Exchange(this.dispatch, options.seat);
    this.observers = new Observers((active) => {
      this.dispatch.observer = active ? this.observers : null;
    });
    this.around = {
      dispatch: this.dispatch,
      accounts: this.accounts,
      notifier: this.notifier,
      exchange: this.exchange,
      clock: options.clock,
      random: options.random,
      openLink: options.openLink ?? noLinks,
      rehearsing: false,
      log,
    };
    this.lifecycle = new Lifecycle(this.builder, this.registry, this.bindings, this.around);
  }

  /** Logs a block's errors: the first, the second, the fourth, … so that a failing block cannot flood the log. */
  private noteError(at: Instance, error: unknown, log: (at: Instance, text: string) => void): void {
    const count = (this.errors.get(at) ?? 0) + 1;
    this.errors.set(at, count);
    if ((count & (count - 1)) === 0) log(at, `error in receive (${count} so far): ${String(error)}`);
  }

  /**
   * Makes changes to the graph, all or none. Frames see the graph before or after, nothing between: it runs between
   * two batches, and the backlog is empty then. What `work` throws is thrown on, after everything was taken back.
   */
  transaction<T>(work: (changes: Changes) => T): T {
    const { result, changes } = this.attempt(work);
    this.finish(changes);
    return result;
  }

  /**
   * Like `transaction`, but can still be taken back: the caller ends it with `finish` or `takeBack`. `agree` throws when
   * the change cannot be, though here it could: before anybody has heard of it.
   */
  attempt<T>(work: (changes: Changes) => T, agree = () => {}): { result: T; changes: Changes } {
    const changes = new Changes();
    this.drain();
    this.dispatch.fusion.clear();
    const events = this.notifier.waiting;
    this.unsaid = [];
    try {
      const result = work(changes);
      this.lifecycle.sweep(changes);
      agree();
      this.say();
      changes.applied();
      this.notifier.deliver();
      return { result, changes };
    } catch (error) {
      this.unsaid = [];
      changes.rollback();
      this.notifier.forget(events);
      throw error;
    } finally {
      this.unsaid = null;
      this.graphChanged();
    }
  }

  /** Makes the changes and takes them back at once: tells whether they would succeed. Opens no link, says nothing. */
  rehearse<T>(work: (changes: Changes) => T): T {
    const changes = new Changes();
    const mark = this.registry.mark();
    this.drain();
    const events = this.notifier.waiting;
    this.unsaid = [];
    this.around.rehearsing = true;
    try {
      const result = work(changes);
      this.lifecycle.sweep(changes);
      return result;
    } finally {
      changes.rollback();
      this.notifier.forget(events);
      this.around.rehearsing = false;
      this.unsaid = null;
      this.graphChanged();
      this.registry.forget(mark);
    }
  }

  /** Makes the changes of an attempt final. */
  finish(changes: Changes): void {
    changes.commit();
    this.notifier.deliver();
  }

  /** Takes the changes of an attempt back. */
  takeBack(changes: Changes): void {
    this.drain();
    this.dispatch.fusion.clear();
    changes.rollback();
    this.graphChanged();
    this.notifier.deliver();
  }

  private drain(): void {
    this.dispatch.drain();
    this.exchange.settle();
  }

  /** What was worked out from the graph is worked out anew. */
  private graphChanged(): void {
    this.dispatch.timers.refresh();
    this.dispatch.fusion.clear();
    this.joined = [...this.lifecycle.active].flatMap((instance) => instance.joints);
  }

  private say(): void {
    const lines = this.unsaid ?? [];
    this.unsaid = null;
    for (const line of lines) this.write(line);
  }

  /** Replaces a block by another, see `replaceBlock`. */
  replace(old: Instance, next: Instance, dropState: boolean, changes: Changes): StateFate {
    return replaceBlock(old, next, dropState, this.registry, this.lifecycle, this.around, changes);
  }

  /** All joints of all blocks in the graph. */
  joints(): readonly LinkJoint[] {
    return this.joined;
  }

  /**
   * One turn: a batch from every link that may have frames, sending what that caused, events. Answers how many frames
   * came in or are left in the backlog: 0 when there is nothing to do.
   */
  turn(): number {
    this.dispatch.beginTurn();
    if (this.dispatch.timers.any && this.clock.now() >= this.dispatch.timers.dueAt) this.dispatch.runTimers();
    const crossed = this.exchange.poll();
    let count = 0;
    for (const joint of this.joined) {
      // Due at 0: the link has frames that its descriptor does not tell of.
      if (!joint.ready && joint.link.fd >= 0 && joint.link.dueAt() !== 0) continue;
      const came = joint.poll();
      count += came;
      if (came > 0) this.flush();
    }
    if (count === 0) this.flush();
    if (this.notifier.waiting > 0) this.notifier.deliver();
    return crossed + count + this.dispatch.backlog.length + this.exchange.waiting; // what is left is work for the next turn
  }

  /** Runs one frame that came from outside any link: in at the block `idp`, in the direction given. */
  inject(frame: PoolFrame, idp: number, direction: 0 | 1): void {
    this.accounts.in++;
    this.accounts.inBytes += frame.length;
    frame.direction = direction;
    frame.nextIdp = idp;
    frame.hops = 0;
    this.dispatch.process(frame);
    this.flush();
  }

  /** Sends what waits for links. */
  flush(): void {
    this.full.clear(); // also of joints that are gone since
    for (const joint of this.joined) {
      if (joint.waiting === 0) continue;
      if (joint.flush()) this.full.add(joint);
    }
    this.exchange.publish();
  }

  /** True while a link is full and frames wait for it: call `turn` again soon. */
  get congested(): boolean {
    return this.full.size > 0;
  }

  /** Looks at the links' state and losses; the daemon calls it about ten times a second. */
  inspectLinks(): void {
    for (const joint of this.joints()) {
      joint.collectLosses();
      const state = joint.stateChange();
      if (state === null) continue;
      this.around.log(joint.instance, `link ${joint.link.target} is ${state}`);
      this.notifier.emit(joint.instance, state === 'up' ? 'link-up' : 'link-down', {
        state,
        link: joint.link.target,
      });
    }
    this.notifier.deliver();
  }

  /** Earliest time at which a timer runs out or a paced link wants to be asked, in microseconds; Infinity: none. */
  dueAt(): number {
    let due = this.dispatch.timers.dueAt;
    for (const joint of this.joints()) due = Math.min(due, joint.link.dueAt());
    return due;
  }

  totals(): Totals {
    for (const joint of this.joints()) joint.collectLosses();
    const totals = this.accounts.totals();
    return { ...totals, consumed: totals.consumed - this.unread() };
  }

  /** Frames inside: waiting in the backlog, for a link, in a block, or for an application to read them. */
  held(): number {
    let held = this.dispatch.backlog.length + this.exchange.waiting + this.unread();
    for (const instance of this.everyInstance()) {
      held += instance.block.held?.() ?? 0;
      for (const joint of instance.joints) held += joint.waiting;
    }
    return held;
  }

  private unread(): number {
    let unread = 0;
    for (const instance of this.everyInstance())
      for (const joint of instance.joints) unread += joint.link.held();
    return unread;
  }

  /** Those that may hold frames: also what an unconfirmed change has taken out of the graph. */
  private *everyInstance(): Generator<Instance> {
    yield* this.lifecycle.active;
    yield* this.lifecycle.leaving;
  }

  drops(): DropLine[] {
    const lines = this.accounts.ledger([...this.everyInstance()].sort((a, b) => a.idp - b.idp));
    const strays = this.dispatch.strays;
    if (strays > 0) {
      const text = 'it entered at an information dispatch point that no block holds';
      lines.push({ block: '(engine)', reason: 'invalid-idp', text, count: strays });
    }
    return lines;
  }

  /** Ends every block, bindings and all. The pool is whole afterwards. */
  close(): void {
    this.transaction((changes) => {
      for (const instance of [...this.lifecycle.active]) this.bindings.dissolve(instance, changes);
      for (const instance of [...this.lifecycle.active]) this.lifecycle.retire(instance, changes);
    });
  }
}

function lineOf(at: Instance, text: string): string {
  return `[${at.name}::${at.type.kind}] ${text}`;
}

function noLinks(): never {
  throw new QuipuError('no-support', 'this engine was made without links');
}
