import { z } from 'zod';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { type Link, type LinkContext, type LinkLoss, type LinkSpec, SendStop } from '../../contract/link.js';
import { describeEthernet } from '../../linux/describe-frame.js';
import { ringDoorbell } from '../../linux/doorbell.js';
import { EventFd } from '../../linux/event-fd.js';
import { badOptions } from '../fault.js';
import { type HostRings, leaveAsHost, takeHostEnd } from './host-rings.js';
import { RingIntake } from './intake.js';
import { RingWriter } from './ring.js';

/** How often who drives an engine looks at the state of links, at least, in microseconds. */
const LOOK = 100_000;

const memory = z.instanceof(SharedArrayBuffer);
const nodeSpec = z.strictObject({
  kind: z.literal('node'),
  on: z.string(),
  rings: z.object({ up: memory, down: memory, event: z.int(), doorbell: memory, ends: memory }),
});

/** Opens a host's end of its link to a node. Throws QuipuError: bad-config, link-failed. */
export function openRingLink(spec: LinkSpec, context: LinkContext): Link {
  if (spec.rings === undefined) {
    throw new QuipuError(
      'bad-config',
      `node link: on ${JSON.stringify(spec.on)}: it is made by hostLink() of the node, or by the daemon for a host of its own`,
    );
  }
  const { success, data, error } = nodeSpec.safeParse(spec);
  if (!success) throw badOptions('node', error.issues);
  if (!takeHostEnd(data.rings)) {
    throw new QuipuError(
      'link-failed',
      `node link: on ${data.on}: another host has it, or the node has closed it; ask for a new one`,
    );
  }
  return new RingLink(data.on, data.rings, context);
}

/**
 * A host's end of its link to a node in another thread of the process: frames cross through two rings in shared
 * memory (`SharedLink` is the node's end). It says that it sleeps only when a look finds nothing, and the descriptor is
 * signalled only while it sleeps: under load neither side makes a system call.
 */
class RingLink implements Link {
  readonly kind = 'node';
  readonly target: string;
  readonly fd: number;
  readonly maxSend: number;
  readonly address = null;
  readonly interfaceIndex = 0;
  readonly hardwareType = 1;
  readonly local = false;
  readonly lastError = '';
  stopped: number = SendStop.none;
  private readonly rings: HostRings;
  private readonly event: EventFd;
  private readonly doorbell: Int32Array;
  private readonly writer: RingWriter;
  private readonly intake: RingIntake;
  private readonly context: LinkContext;
  private asleep = false;
  /** Signals that were sent, or will be in a moment, and have not been taken. */
  private owed = 0;
  private closed = false;
  /** When the node's end was first seen closed, until somebody has asked for the state; Infinity otherwise. */
  private endSeenAt = Number.POSITIVE_INFINITY;
  private endTold = false;

  constructor(on: string, rings: HostRings, context: LinkContext) {
    this.target = `node:${on}`;
    this.rings = rings;
    this.event = new EventFd(rings.event);
    this.fd = rings.event;
    this.doorbell = new Int32Array(rings.doorbell);
    this.writer = new RingWriter(rings.down);
    this.maxSend = this.writer.longest;
    this.intake = new RingIntake(rings.up, context, describeEthernet);
    this.context = context;
  }

  receive(into: Frame[], max: number): number {
    if (this.closed) return 0;
    if (this.asleep) this.wakeUp();
    const { reader } = this.intake;
    if (this.owed > 0 || reader.closed) this.takeSignals();
    const count = this.intake.take(into, max);
    if (count === 0) this.sleep();
    return count;
  }

  private sleep(): void {
    this.asleep = true;
    if (!this.intake.reader.lieDown()) this.wakeUp();
  }

  private wakeUp(): void {
    this.asleep = false;
    if (this.intake.reader.getUp()) this.owed++;
  }

  /** A descriptor with a signal left on it would be ready for ever. */
  private takeSignals(): void {
    this.owed = Math.max(0, this.owed - this.event.clear());
    if (this.intake.reader.closed && !this.endTold && this.endSeenAt === Number.POSITIVE_INFINITY) {
      this.endSeenAt = this.context.clock.now();
    }
  }

  send(frames: readonly Frame[], from: number, to: number): number {
    this.stopped = SendStop.none;
    let i = from;
    while (i < to && this.put(frames[i])) i++;
    if (i === from) return 0;
    this.writer.publish();
    ringDoorbell(this.doorbell);
    return i - from;
  }

  /** False: not taken, and `stopped` says why. */
  private put(frame: Frame): boolean {
    if (this.closed || this.intake.reader.closed) this.stopped = SendStop.down;
    else if (frame.length > this.maxSend) this.stopped = SendStop.tooLong;
    else if (!this.writer.push(frame)) this.stopped = SendStop.full;
    return this.stopped === SendStop.none;
  }

  losses(): Readonly<Partial<Record<LinkLoss, number>>> {
    return this.intake.lost;
  }

  held(): number {
    return 0;
  }

  /** `ended` when the node's end is closed: its block was removed, or the node is no more. */
  state(): 'up' | 'ended' {
    if (!this.closed && !this.intake.reader.closed) return 'up';
    this.endTold = true;
    this.endSeenAt = Number.POSITIVE_INFINITY;
    return 'ended';
  }

  dueAt(): number {
    if (this.closed) return Number.POSITIVE_INFINITY;
    return this.asleep ? this.endSeenAt + LOOK : 0;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    leaveAsHost(this.rings);
    ringDoorbell(this.doorbell);
  }
}
