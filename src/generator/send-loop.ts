import { SendStop } from '../contract/link.js';
import { sendStop } from '../linux/send-stop.js';
import type { Pacer } from './pacer.js';
import type { SharedFigures } from './shared-figures.js';
import type { Transmitter } from './transmitter.js';
import { type SleepingClock, Waiter } from './waiter.js';

/** Frames between two looks at the outside. */
const BATCH = 256;
/** Frames that are sent with one call when they are due together, at gaps below `SMOOTH`. */
const GROUP = 32;
/** At gaps from here on, in nanoseconds, what is late is caught up one by one, two in the time of one. */
const SMOOTH = 10e3;
/** What is later than that, in nanoseconds, stays so: the frames behind it are postponed. */
const MOST_LATE = 50e6;
/** Pauses of a sender whose device is full, in nanoseconds: the first one, and the longest. */
const FIRST_PAUSE = 5e3;
const LONGEST_PAUSE = 1e6;
/** A device that takes nothing for so long is looked at, in nanoseconds. */
const STUCK = 2e9;
/** Frames refused in a row before it is given up. */
const MOST_REFUSED = 1000;
/** How long is waited in the end for what the device still has, in nanoseconds. */
const LAST_WAIT = 500e6;
const LAST_PAUSE = 50e3;

export interface LoopSetup {
  readonly transmitter: Transmitter;
  readonly pacer: Pacer | null;
  readonly clock: SleepingClock;
  readonly shared: SharedFigures;
  /** Frames to be sent; Infinity: until stopped. */
  readonly count: number;
  /** Told the error number of a device that takes nothing more, 0 when it has not taken anything for long; may throw. */
  readonly onTrouble: (errno: number) => void;
}

/** What one worker does until it has sent all or is stopped. */
export class SendLoop {
  private readonly setup: LoopSetup;
  private readonly waiter: Waiter;
  private frames = 0;
  private refused = 0;
  private refusedInRow = 0;
  private waits = 0;
  private first = 0;
  private last = 0;
  /** How long it waits when the device is full the next time, and since when it has been full. */
  private pause = FIRST_PAUSE;
  private fullSince = -1;

  constructor(setup: LoopSetup) {
    this.setup = setup;
    this.waiter = new Waiter(setup.clock, setup.shared);
  }

  /** Begins at that time of the clock. Throws what `onTrouble` throws. */
  run(start: number): void {
    try {
      if (this.waiter.until(start)) {
        this.first = this.last = this.setup.clock.now();
        if (this.setup.pacer === null) this.runFull();
        else this.runPaced(this.setup.pacer, start);
      }
      this.finish();
    } finally {
      this.publish();
    }
  }

  private get left(): number {
    return this.setup.count - this.frames - this.refused;
  }

  private runFull(): void {
    const { shared } = this.setup;
    while (this.left > 0 && !shared.stopped) this.send(Math.min(BATCH, this.left));
  }

  private runPaced(pacer: Pacer, start: number): void {
    const { clock, shared, transmitter } = this.setup;
    let sentAt = Number.NEGATIVE_INFINITY;
    while (this.left > 0 && !shared.stopped) {
      const length = transmitter.nextLength();
      const gap = pacer.gap(length);
      const due = start + pacer.due;
      const isSmooth = gap >= SMOOTH;
      if (!this.waiter.until(isSmooth ? Math.max(due, sentAt + gap / 2) : due)) return;
      const now = clock.now();
      const late = now - due;
      if (late > MOST_LATE) pacer.postpone(late - MOST_LATE);
      const count = isSmooth || gap === 0 ? 1 : Math.min(GROUP, this.left, 1 + Math.floor(late / gap));
      const { bytes } = transmitter;
      const { refused } = this;
      const sent = this.send(count);
      const skipped = this.refused - refused; // they had their time, too
      pacer.step(sent + skipped, transmitter.bytes - bytes + skipped * length);
      if (sent > 0) sentAt = now;
    }
  }

  /** Sends frames. Answers how many are gone. */
  private send(count: number): number {
    const { transmitter, clock } = this.setup;
    const sent = transmitter.send(count);
    if (sent > 0) {
      this.frames += sent;
      this.last = clock.now();
      this.pause = FIRST_PAUSE;
      this.fullSince = -1;
      this.refusedInRow = 0;
    }
    if (transmitter.error !== 0) this.takeError(transmitter.error);
    this.publish();
    return sent;
  }

  private takeError(errno: number): void {
    const { transmitter, clock, shared, onTrouble } = this.setup;
    switch (sendStop(errno)) {
      case SendStop.full: {
        this.waits++;
        const now = clock.now();
        if (this.fullSince < 0) this.fullSince = now;
        else if (now - this.fullSince > STUCK) {
          onTrouble(0);
          this.fullSince = now;
        }
        this.waiter.until(now + this.pause);
        this.pause = Math.min(LONGEST_PAUSE, this.pause * 2);
        return;
      }
      case SendStop.down:
        onTrouble(errno);
        return;
      default:
        transmitter.skip();
        this.refused++;
        shared.refuse(errno);
        if (++this.refusedInRow >= MOST_REFUSED) onTrouble(errno);
    }
  }

  /** What the device still has, it may send. */
  private finish(): void {
    const { transmitter, clock } = this.setup;
    const end = clock.now() + LAST_WAIT;
    while (!transmitter.isDone() && clock.now() < end) clock.sleepUntil(clock.now() + LAST_PAUSE);
  }

  private publish(): void {
    const { transmitter, shared } = this.setup;
    shared.publish(this.frames, transmitter.bytes, this.waits, this.first, this.last);
  }
}
