import type { Frame } from '../../contract/frame.js';
import { type Link, type LinkContext, type LinkLoss, SendStop } from '../../contract/link.js';
import { describeEthernet } from '../../linux/describe-frame.js';
import type { Lane, Plug } from './wire.js';

/** Frames that wait for a station without room at most, as in a device's ring. */
const RING = 256;

/** A station's link: what it sends goes on a lane; what comes waits for the engine to take it. */
export class StationLink implements Link, Plug {
  readonly kind = 'simulated';
  readonly target: string;
  readonly fd = -1;
  readonly maxSend = 0;
  readonly address = null;
  readonly interfaceIndex = 0;
  readonly hardwareType = 1;
  readonly local = false;
  readonly stopped = SendStop.none;
  readonly lastError = '';
  /** Where it sends; null: the cable is not plugged in, and what is sent is lost. */
  lane: Lane | null = null;
  private readonly context: LinkContext;
  private readonly arrived: () => void;
  private inbox: Uint8Array[] = [];
  private taken = 0;
  private readonly lost: Partial<Record<LinkLoss, number>> = {};

  /** `arrived` is called when the engine has something to take. */
  constructor(target: string, context: LinkContext, arrived: () => void) {
    this.target = target;
    this.context = context;
    this.arrived = arrived;
  }

  deliver(bytes: Uint8Array): void {
    if (this.inbox.length - this.taken >= RING) this.lose('ring-loss');
    else this.inbox.push(bytes);
    this.arrived();
  }

  receive(into: Frame[], max: number): number {
    const { pool, clock } = this.context;
    let count = 0;
    while (count < max && this.taken < this.inbox.length) {
      const bytes = this.inbox[this.taken];
      if (bytes.length > pool.maxLength) {
        this.taken++;
        this.lose('too-long');
        continue;
      }
      const frame = pool.allocate();
      if (frame === null) break; // they wait in the ring
      this.taken++;
      frame.bytes.set(bytes, frame.start);
      frame.length = bytes.length;
      frame.hardwareType = this.hardwareType;
      frame.timestamp = clock.now();
      describeEthernet(frame);
      into[count++] = frame;
    }
    if (this.taken === this.inbox.length && this.taken > 0) {
      this.inbox = [];
      this.taken = 0;
    }
    return count;
  }

  send(frames: readonly Frame[], from: number, to: number): number {
    for (let i = from; i < to; i++) {
      const { bytes, start, length } = frames[i];
      this.lane?.send(bytes.slice(start, start + length));
    }
    return to - from;
  }

  losses(): Readonly<Partial<Record<LinkLoss, number>>> {
    return this.lost;
  }

  held(): number {
    return 0;
  }

  state(): 'up' {
    return 'up';
  }

  dueAt(): number {
    return this.taken < this.inbox.length ? 0 : Number.POSITIVE_INFINITY;
  }

  close(): void {
    this.inbox = [];
    this.taken = 0;
    this.lane = null;
  }

  private lose(reason: LinkLoss): void {
    this.lost[reason] = (this.lost[reason] ?? 0) + 1;
  }
}
