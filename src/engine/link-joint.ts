import type { LinkPort } from '../contract/block.js';
import type { Direction } from '../contract/direction.js';
import type { Frame } from '../contract/frame.js';
import { type Link, type LinkLoss, SendStop } from '../contract/link.js';
import { HELD } from '../contract/outcome.js';
import type { Accounts } from './accounts.js';
import type { Dispatch } from './dispatch.js';
import type { PoolFrame } from './frame.js';
import type { Instance } from './instance.js';

/** Frames taken from a link in one go; between two such batches the graph may change. */
export const BATCH = 64;

const scratch: PoolFrame[] = [];

const refusals: Readonly<Record<number, string>> = {
  [SendStop.tooLong]: 'too-long',
  [SendStop.overflow]: 'queue-full',
};

/** Where a link meets its block: brings frames in, queues and sends those that go out, keeps the accounts. */
export class LinkJoint implements LinkPort {
  readonly link: Link;
  readonly instance: Instance;
  readonly direction: Direction;
  private readonly limit: number;
  private readonly dispatch: Dispatch;
  private readonly accounts: Accounts;
  private readonly log: (text: string) => void;

  private queue: PoolFrame[] = [];
  private sent = 0; // frames of the queue's front that are gone already
  private lastState: 'up' | 'down' | 'gone' | 'ended' = 'up';
  private readonly lossesSeen = new Map<string, number>();
  private lastLogged = '';

  framesIn = 0;
  bytesIn = 0;
  framesOut = 0;
  bytesOut = 0;
  /** Cleared when the link had nothing more; the loop that polls file descriptors sets it. */
  ready = true;

  constructor(
    link: Link,
    instance: Instance,
    options: { direction: Direction; queueLimit?: number },
    dispatch: Dispatch,
    accounts: Accounts,
    log: (text: string) => void,
  ) {
    this.link = link;
    this.instance = instance;
    this.direction = options.direction;
    this.limit = options.queueLimit ?? 1024;
    this.dispatch = dispatch;
    this.accounts = accounts;
    this.log = log;
  }

  transmit(frame: Frame): number {
    if (this.queue.length - this.sent >= this.limit) {
      this.dispatch.dropNamed(this.instance, frame as PoolFrame, 'queue-full');
    } else {
      this.queue.push(frame as PoolFrame);
    }
    return HELD;
  }

  /** Frames that wait for the link. */
  get waiting(): number {
    return this.queue.length - this.sent;
  }

  /** Takes up to one batch in and runs it. Answers how many frames came. */
  poll(): number {
    const count = this.link.receive(scratch, BATCH);
    if (count < BATCH) this.ready = false;
    if (count === 0) return 0;
    this.dispatch.tick();
    const { accounts, dispatch } = this;
    const entry = dispatch.fusion.entry(this.instance, this.direction);
    let bytes = 0;
    if (entry.batch !== null && dispatch.observer === null) {
      bytes = entry.batch(scratch, count);
      entry.batchFrames += count;
      accounts.frames += count;
      accounts.bytes += bytes;
    } else {
      dispatch.fusion.warmBatch(entry, count);
      bytes = this.dispatchAll(count);
    }
    this.framesIn += count;
    this.bytesIn += bytes;
    accounts.in += count;
    accounts.inBytes += bytes;
    return count;
  }

  /** Runs the batch frame by frame; answers its bytes as they came. */
  private dispatchAll(count: number): number {
    const idp = this.instance.idp;
    let bytes = 0;
    for (let i = 0; i < count; i++) {
      const frame = scratch[i];
      bytes += frame.length;
      frame.link = idp;
      frame.direction = this.direction;
      frame.nextIdp = idp;
      frame.hops = 0;
      this.dispatch.processDispatched(frame);
    }
    return bytes;
  }

  /** Sends what waits. Answers true when something is left because the link is full now. */
  flush(): boolean {
    // A device without a carrier would take them and lose them uncounted.
    if (this.lastState === 'down' || this.lastState === 'gone') this.dropAll('link-down');
    while (this.sent < this.queue.length) {
      const taken = this.link.send(this.queue, this.sent, this.queue.length);
      for (let i = 0; i < taken; i++) this.account(this.queue[this.sent + i]);
      this.sent += taken;
      if (this.sent === this.queue.length) break;
      const stopped = this.link.stopped;
      if (stopped === SendStop.full || stopped === SendStop.none) {
        this.compact();
        return true;
      }
      this.refuse(stopped);
    }
    this.queue.length = 0;
    this.sent = 0;
    return false;
  }

  private account(frame: PoolFrame): void {
    this.framesOut++;
    this.bytesOut += frame.length;
    if (this.link.local) {
      this.accounts.consumed++;
    } else {
      this.accounts.out++;
      this.accounts.outBytes += frame.length;
    }
    this.dispatch.pool.release(frame);
  }

  /** The frame at the front will not go, or none will. */
  private refuse(stopped: number): void {
    if (this.link.lastError !== '' && this.link.lastError !== this.lastLogged) {
      this.lastLogged = this.link.lastError;
      this.log(`${this.link.target}: ${this.link.lastError}`);
    }
    if (stopped === SendStop.down) {
      this.dropAll('link-down');
    } else {
      this.dropQueued(this.queue[this.sent++], refusals[stopped] ?? 'send-refused');
    }
  }

  private dropAll(reason: string): void {
    while (this.sent < this.queue.length) this.dropQueued(this.queue[this.sent++], reason);
  }

  private dropQueued(frame: PoolFrame, reason: string): void {
    this.dispatch.dropNamed(this.instance, frame, reason);
  }

  private compact(): void {
    if (this.sent === 0) return;
    this.queue.copyWithin(0, this.sent);
    this.queue.length -= this.sent;
    this.sent = 0;
  }

  /** Brings the link's own losses into the account: each counts as in and dropped. */
  collectLosses(): void {
    const losses = this.link.losses();
    for (const reason of Object.keys(losses) as LinkLoss[]) {
      const now = losses[reason] ?? 0;
      const more = now - (this.lossesSeen.get(reason) ?? 0);
      if (more <= 0) continue;
      this.lossesSeen.set(reason, now);
      this.accounts.in += more;
      this.accounts.dropped += more;
      this.instance.dropCounts[this.instance.reasonIndex(reason)] += more;
    }
  }

  /** Answers the link's new state when it has changed since the last call, else null. */
  stateChange(): 'up' | 'down' | 'gone' | 'ended' | null {
    const state = this.stateNow();
    if (state === this.lastState) return null;
    this.lastState = state;
    return state;
  }

  private stateNow(): 'up' | 'down' | 'gone' | 'ended' {
    try {
      return this.link.state();
    } catch {
      return this.lastState; // it vanished between two of the link's questions: the next look will tell
    }
  }

  /** As the last look found it. */
  get state(): 'up' | 'down' | 'gone' | 'ended' {
    return this.lastState;
  }

  /** Sends what still goes, drops the rest, closes the link. */
  close(): void {
    this.flush();
    this.dropAll('link-closed');
    this.queue.length = 0;
    this.sent = 0;
    this.collectLosses();
    const unread = this.link.held();
    if (unread > 0) {
      this.accounts.consumed -= unread;
      this.accounts.dropped += unread;
      this.instance.dropCounts[this.instance.reasonIndex('unread')] += unread;
    }
    this.link.close();
    this.collectLosses();
  }
}
