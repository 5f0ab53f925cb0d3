import { AsyncResource } from 'node:async_hooks';
import type { Engine } from '../../engine/engine.js';
import { type Watch, watchReadable } from '../../linux/watch.js';

/** Turns that are run without a look at anything else of the event loop. */
const TURNS = 32;
/** Microseconds between two looks at the links' state. */
const INSPECT = 100_000;

/** Runs an engine in the thread of the application, whenever a link has frames, a timer is due, or somebody asks for it. */
export class HostDriver {
  private readonly engine: Engine;
  private readonly watches = new Map<number, Watch>();
  private readonly later: (() => void)[] = [];
  /** Whoever asked first is not the context in which everybody is told. */
  private readonly context = new AsyncResource('QUIPUHOST');
  /** Those for whose sake the process is not to end. */
  private readonly holders = new Set<object>();
  /** Asked after every run until they say that they are done; meanwhile the process does not end. */
  private readonly unfinished = new Set<() => boolean>();
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private inspectAt = 0;
  private running = false;
  /** Nothing runs any more. */
  isClosed = false;
  private keepsAlive = false;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Brings the watched descriptors in line with the links that there are. */
  watchLinks(): void {
    const now = new Set<number>();
    // The descriptor of a device that was deleted is ready for ever, with an error.
    for (const { link, state } of this.engine.joints())
      if (link.fd >= 0 && state !== 'gone') now.add(link.fd);
    for (const [fd, watch] of this.watches) {
      if (now.has(fd)) continue;
      watch.close();
      this.watches.delete(fd);
    }
    for (const fd of now) {
      if (this.watches.has(fd)) continue;
      const watch = watchReadable(fd, () => this.arrived());
      if (!this.keepsAlive) watch.unref();
      this.watches.set(fd, watch);
    }
  }

  /** From now on the process does not end by itself, until `letGo`. */
  hold(holder: object): void {
    if (this.isClosed) return;
    this.holders.add(holder);
    this.setAlive();
  }

  letGo(holder: object): void {
    this.holders.delete(holder);
    this.setAlive();
  }

  /** The process does not end before `done` answers true: somebody has left, and his last bytes have not. */
  finishFirst(done: () => boolean): void {
    if (this.isClosed || done()) return;
    this.unfinished.add(done);
    this.setAlive();
  }

  /**
   * Calls it soon, when the engine does not run: what an application is told of must not fail in the middle of a batch. Also
   * after `close`: who is told that all is over must not wait for ever.
   */
  tell(work: () => void): void {
    this.later.push(work);
    if (this.isClosed) this.context.runInAsyncScope(setImmediate, undefined, () => this.deliver());
    else if (!this.running) this.kick();
  }

  /** Asks something of the engine between two of its turns. Rejects with what it throws. */
  ask<T>(question: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.tell(() => {
        try {
          resolve(question());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** There is something to do. */
  kick(): void {
    if (this.running || this.isClosed || this.immediate !== undefined) return;
    this.immediate = this.context.runInAsyncScope(setImmediate, undefined, () => {
      this.immediate = undefined;
      this.run();
    });
  }

  /** No descriptor is watched any more: to be called before the links are closed. */
  unwatch(): void {
    for (const watch of this.watches.values()) watch.close();
    this.watches.clear();
  }

  close(): void {
    this.isClosed = true;
    this.unwatch();
    this.holders.clear();
    this.unfinished.clear();
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
    this.deliver();
  }

  /**
   * Runs in the next phase of the event loop, not here: koffi calls back without a callback scope of Node's, and what
   * makes one inside (llhttp does) would then run all that waits for the next tick, in the middle of its own work.
   */
  private arrived(): void {
    for (const joint of this.engine.joints()) joint.ready = true;
    this.kick();
  }

  private run(): void {
    if (this.running || this.isClosed) return;
    this.running = true;
    let busy = true;
    try {
      for (let turn = 0; busy && turn < TURNS; turn++) {
        busy = this.engine.turn() > 0;
        this.deliver();
      }
      const now = this.engine.clock.now();
      if (now >= this.inspectAt) {
        this.inspectAt = now + INSPECT;
        this.engine.inspectLinks();
        this.watchLinks();
      }
    } finally {
      // Also when a listener of the application has thrown: the others' connections go on.
      this.running = false;
      if (!this.isClosed) this.goOn(busy);
    }
  }

  private goOn(busy: boolean): void {
    for (const done of this.unfinished) if (done()) this.unfinished.delete(done);
    this.setAlive();
    if (busy || this.later.length > 0 || this.engine.dueAt() <= this.engine.clock.now()) this.kick();
    else this.sleep();
  }

  private sleep(): void {
    clearTimeout(this.timer);
    const due = this.engine.congested ? 1000 : this.engine.dueAt() - this.engine.clock.now();
    if (due === Number.POSITIVE_INFINITY) return;
    const millis = Math.min(Math.max(1, Math.ceil(due / 1000)), 0x7fff_ffff);
    this.timer = this.context.runInAsyncScope(setTimeout, undefined, () => this.run(), millis);
    if (!this.keepsAlive) this.timer.unref();
  }

  private setAlive(): void {
    const alive = this.holders.size + this.unfinished.size > 0;
    if (alive === this.keepsAlive) return;
    this.keepsAlive = alive;
    for (const watch of this.watches.values()) {
      if (alive) watch.ref();
      else watch.unref();
    }
    if (alive) this.timer?.ref();
    else this.timer?.unref();
  }

  private deliver(): void {
    for (let work = this.later.shift(); work !== undefined; work = this.later.shift()) work();
  }
}
