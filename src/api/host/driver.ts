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
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private inspectAt = 0;
  private running = false;
  private closed = false;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Brings the watched descriptors in line with the links that there are. */
  watchLinks(): void {
    const now = new Set<number>();
    for (const { link } of this.engine.joints()) if (link.fd >= 0) now.add(link.fd);
    for (const [fd, watch] of this.watches) {
      if (now.has(fd)) continue;
      watch.close();
      this.watches.delete(fd);
    }
    for (const fd of now) {
      if (!this.watches.has(fd))
        this.watches.set(
          fd,
          watchReadable(fd, () => this.arrived()),
        );
    }
  }

  /** Calls it when the engine does not run: what an application is told of must not fail in the middle of a batch. */
  tell(work: () => void): void {
    this.later.push(work);
    if (!this.running) this.kick();
  }

  /** There is something to do. */
  kick(): void {
    if (this.running || this.closed || this.immediate !== undefined) return;
    this.immediate = setImmediate(() => {
      this.immediate = undefined;
      this.run();
    });
  }

  close(): void {
    this.closed = true;
    for (const watch of this.watches.values()) watch.close();
    this.watches.clear();
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
    if (this.running || this.closed) return;
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
      }
    } finally {
      this.running = false;
    }
    if (busy || this.later.length > 0 || this.engine.dueAt() <= this.engine.clock.now()) this.kick();
    else this.sleep();
  }

  private sleep(): void {
    clearTimeout(this.timer);
    const due = this.engine.congested ? 1000 : this.engine.dueAt() - this.engine.clock.now();
    if (due === Number.POSITIVE_INFINITY) return;
    this.timer = setTimeout(() => this.run(), Math.min(Math.max(1, Math.ceil(due / 1000)), 0x7fff_ffff));
  }

  private deliver(): void {
    for (let work = this.later.shift(); work !== undefined; work = this.later.shift()) work();
  }
}
