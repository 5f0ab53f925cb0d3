import type { Frame } from '../../contract/frame.js';
import { type Link, type LinkContext, type LinkLoss, SendStop } from '../../contract/link.js';
import { RingIntake } from './intake.js';
import { RingWriter } from './ring.js';

/**
 * Least time between two wake-ups of an application, in microseconds. A wake-up costs the two threads more than
 * the handling of a dozen frames, so under load some may gather; after a pause the first frame wakes at once.
 */
const WAKE_GAP = 200;

/** The two rings of an application's socket, and how to wake the application. */
export interface Channel {
  /** Frames towards the application. */
  readonly up: SharedArrayBuffer;
  /** Frames from the application. */
  readonly down: SharedArrayBuffer;
  /** Wakes the application; called when it sleeps, and when the channel is closed. */
  readonly wake: () => void;
  /** Least time between two wake-ups, in microseconds; default `WAKE_GAP`. */
  readonly wakeGap?: number;
  /** What it is joined to, for people. */
  readonly target?: string;
  /** Called once, after the last `wake`. */
  readonly left?: () => void;
}

/** The engine's end of an application's socket: what it sends is read by the application's thread. */
export class SharedLink implements Link {
  readonly kind = 'shared';
  readonly target: string;
  readonly fd = -1;
  readonly maxSend = 0;
  readonly address = null;
  readonly interfaceIndex = 0;
  readonly hardwareType = 1;
  readonly local = true;
  readonly lastError = '';
  stopped: number = SendStop.none;
  private readonly writer: RingWriter;
  private readonly intake: RingIntake;
  private readonly channel: Channel;
  private readonly wakeGap: number;
  private readonly context: LinkContext;
  /** When the application may be woken again; and whether that is still to be done. */
  private wakeAt = Number.NEGATIVE_INFINITY;
  private wakeDue = false;

  constructor(target: string, channel: Channel, context: LinkContext) {
    this.target = target;
    this.channel = channel;
    this.context = context;
    this.writer = new RingWriter(channel.up);
    this.wakeGap = channel.wakeGap ?? WAKE_GAP;
    this.intake = new RingIntake(channel.down, context, describe);
  }

  receive(into: Frame[], max: number): number {
    if (this.wakeDue) this.wake();
    return this.intake.take(into, max);
  }

  send(frames: readonly Frame[], from: number, to: number): number {
    this.stopped = SendStop.none;
    let i = from;
    for (; i < to; i++) {
      if (this.writer.closed) {
        this.stopped = SendStop.down;
        break;
      }
      if (!this.writer.push(frames[i])) {
        this.stopped = SendStop.overflow;
        break;
      }
    }
    if (this.writer.publish()) this.wake();
    return i - from;
  }

  /** Wakes the application, or remembers to: `receive` is called in every turn, and at `dueAt` at the latest. */
  private wake(): void {
    const now = this.context.clock.now();
    this.wakeDue = now < this.wakeAt;
    if (this.wakeDue) return;
    this.wakeAt = now + this.wakeGap;
    this.channel.wake();
  }

  losses(): Readonly<Partial<Record<LinkLoss, number>>> {
    return this.intake.lost;
  }

  held(): number {
    return this.writer.waiting;
  }

  state(): 'up' | 'ended' {
    return this.writer.closed ? 'ended' : 'up';
  }

  dueAt(): number {
    return this.wakeDue ? this.wakeAt : Number.POSITIVE_INFINITY;
  }

  close(): void {
    if (!this.writer.close()) return;
    this.channel.wake();
    this.channel.left?.();
  }
}

function describe(frame: Frame): boolean {
  frame.protocol = frame.u16(12);
  return true;
}
