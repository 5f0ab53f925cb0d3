/**
 * Links that exist in memory only: what one end sends, the other receives, in order, as copies. No OS, no
 * thread, no time of its own: with a virtual clock the same calls give the same frames.
 */
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { type Link, type LinkContext, type LinkLoss, SendStop } from '../../contract/link.js';
import { describeEthernet } from '../../linux/describe-frame.js';
import { destinationClass, MAC_LENGTH } from '../../wire/ethernet.js';
import { FrameQueue } from './frame-queue.js';

export interface MemoryOptions {
  /** Frames that may wait in each direction before `send` answers full; default 1024. */
  readonly limit?: number;
  /** Hardware address, six bytes. Without one every unicast frame counts as sent to this end. */
  readonly address?: Uint8Array;
  readonly interfaceIndex?: number;
  /** Name for people; default `memory`. */
  readonly target?: string;
}

export interface MemoryPairOptions {
  readonly limit?: number;
  readonly a?: Omit<MemoryOptions, 'limit'>;
  readonly b?: Omit<MemoryOptions, 'limit'>;
}

const DEFAULT_LIMIT = 1024;

/** One end of a memory link. Tests pull its cable with `down`, `up` and `remove`. */
export class MemoryLink implements Link {
  readonly kind = 'memory';
  readonly target: string;
  readonly fd = -1;
  readonly maxSend: number;
  readonly address: Uint8Array | null;
  readonly interfaceIndex: number;
  readonly hardwareType = 1;
  readonly local = false;
  stopped: number = SendStop.none;
  lastError = '';
  /** The other end, or null when that is outside. */
  peer: MemoryLink | null = null;

  private readonly context: LinkContext;
  private readonly inbox: FrameQueue;
  private readonly outbox: FrameQueue;
  private own: 'up' | 'down' | 'gone' = 'up';
  private readonly lost: Partial<Record<LinkLoss, number>> = {};

  constructor(
    context: LinkContext,
    options: MemoryOptions,
    maxSend: number,
    inbox: FrameQueue,
    outbox: FrameQueue,
  ) {
    const { address } = options;
    if (address !== undefined && address.length !== MAC_LENGTH) {
      throw new QuipuError('bad-config', `memory link: an address has 6 bytes, not ${address.length}`);
    }
    this.context = context;
    this.target = options.target ?? 'memory';
    this.maxSend = maxSend;
    this.address = address ?? null;
    this.interfaceIndex = options.interfaceIndex ?? 0;
    this.inbox = inbox;
    this.outbox = outbox;
  }

  receive(into: Frame[], max: number): number {
    if (this.state() !== 'up') return 0;
    const inbox = this.inbox;
    const { pool, clock } = this.context;
    let n = 0;
    while (n < max && inbox.count > 0) {
      const length = inbox.frontLength();
      if (length > pool.maxLength) {
        this.lost['too-long'] = (this.lost['too-long'] ?? 0) + 1;
        inbox.drop();
        continue;
      }
      const frame = pool.allocate();
      if (frame === null) break; // it waits: a full queue then stops the sender
      inbox.shift(frame.bytes, frame.start);
      frame.length = length;
      frame.hardwareType = this.hardwareType;
      frame.interfaceIndex = this.interfaceIndex;
      frame.timestamp = clock.now();
      if (describeEthernet(frame)) {
        frame.packetType = destinationClass(frame.bytes, frame.start, this.address);
      }
      into[n++] = frame;
    }
    return n;
  }

  send(frames: readonly Frame[], from: number, to: number): number {
    this.stopped = SendStop.none;
    if (this.state() !== 'up') {
      this.stopped = SendStop.down;
      this.lastError = `memory link ${this.target} is ${this.state()}`;
      return 0;
    }
    let i = from;
    for (; i < to; i++) {
      const frame = frames[i];
      if (this.maxSend > 0 && frame.length > this.maxSend) {
        this.stopped = SendStop.tooLong;
        this.lastError = `frame of ${frame.length} bytes, the other end takes at most ${this.maxSend}`;
        break;
      }
      if (!this.outbox.push(frame.bytes, frame.start, frame.length)) {
        this.stopped = SendStop.full;
        break;
      }
    }
    return i - from;
  }

  losses(): Readonly<Partial<Record<LinkLoss, number>>> {
    return this.lost;
  }

  /** Frames under way belong to neither end: the sender counted them out, the receiver not yet in. */
  held(): number {
    return 0;
  }

  /** As with veth, one end that is down takes the carrier from the other. */
  state(): 'up' | 'down' | 'gone' {
    if (this.own !== 'up') return this.own;
    return this.peer === null || this.peer.own === 'up' ? 'up' : 'down';
  }

  dueAt(): number {
    return this.inbox.count > 0 && this.state() === 'up' ? 0 : Infinity;
  }

  /** Takes this end down. Frames under way wait until `up`. */
  down(): void {
    if (this.own === 'up') this.own = 'down';
  }

  up(): void {
    if (this.own === 'down') this.own = 'up';
  }

  /** Takes this end away for good, with the frames that were under way to it. */
  remove(): void {
    this.own = 'gone';
  }

  close(): void {
    this.remove();
  }
}

/** Two ends joined to each other. Throws QuipuError when the options are wrong. */
export function memoryPair(
  contextA: LinkContext,
  contextB: LinkContext,
  options: MemoryPairOptions = {},
): [MemoryLink, MemoryLink] {
  const limit = checkedLimit(options.limit);
  const toA = new FrameQueue(limit);
  const toB = new FrameQueue(limit);
  const a = new MemoryLink(contextA, options.a ?? {}, contextB.pool.maxLength, toA, toB);
  const b = new MemoryLink(contextB, options.b ?? {}, contextA.pool.maxLength, toB, toA);
  a.peer = b;
  b.peer = a;
  return [a, b];
}

/** A link whose other end is the caller's: no second pool is needed. */
export interface MemoryEnd {
  readonly link: MemoryLink;
  /** Lets a frame arrive at the link (a copy); false when its queue is full or it is not up. */
  inject(bytes: Uint8Array): boolean;
  /** What the link has sent since the last call. */
  take(): Uint8Array[];
}

/** Throws QuipuError when the options are wrong. */
export function memoryEnd(context: LinkContext, options: MemoryOptions = {}): MemoryEnd {
  const limit = checkedLimit(options.limit);
  const inbox = new FrameQueue(limit);
  const outbox = new FrameQueue(limit);
  const link = new MemoryLink(context, options, context.pool.maxLength, inbox, outbox);
  return {
    link,
    inject: (bytes) => link.state() === 'up' && inbox.push(bytes, 0, bytes.length),
    take: () => {
      const taken: Uint8Array[] = [];
      while (outbox.count > 0) {
        const bytes = new Uint8Array(outbox.frontLength());
        outbox.shift(bytes, 0);
        taken.push(bytes);
      }
      return taken;
    },
  };
}

function checkedLimit(limit = DEFAULT_LIMIT): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1 << 20) return limit;
  throw new QuipuError('bad-config', `memory link: limit ${limit} is not between 1 and ${1 << 20}`);
}
