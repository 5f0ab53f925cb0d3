import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { type Link, type LinkContext, type LinkLoss, SendStop } from '../../contract/link.js';
import type { CaptureRecord } from '../../wire/capture-record.js';
import { LINKTYPE_ETHERNET } from '../../wire/capture-record.js';
import { type CaptureBytes, CaptureSource } from './capture-source.js';
import { describeCaptured, hardwareTypeOf } from './link-types.js';
import { ReplayClock } from './replay-clock.js';

export interface PcapInOptions {
  /** `original`: as far apart as captured, from the first `receive` on; `max`: as fast as they are taken. */
  readonly speed: 'original' | 'max';
  /** How often the capture is played, default 1; 0 is without end. More than once needs all bytes or `rewind`. */
  readonly loop?: number;
  /** Sets a source that is a function back to the start of the file. */
  readonly rewind?: () => void;
  /** The file's name, for people. */
  readonly target?: string;
}

/** Records that are looked at beyond those asked for: so many lost ones may be skipped in one turn. */
const EXTRA_RECORDS = 64;
/** How long a source that has nothing is left alone, in microseconds. */
const STALL_PAUSE = 10_000;

/**
 * A link that plays a capture (pcap or pcapng). Frames carry the node's time, not the capture's: at original speed
 * the moment when each was due. It takes no frames. When the pool is empty, the capture waits.
 * Link types other than Ethernet are played as they are, with the hardware type that fits (`link-types.ts`).
 */
export class PcapIn implements Link {
  readonly kind = 'pcap-in';
  readonly target: string;
  readonly fd = -1;
  readonly maxSend = 0;
  readonly address = null;
  readonly interfaceIndex = 0;
  readonly local = false;
  stopped: number = SendStop.none;
  private readonly context: LinkContext;
  private readonly source: CaptureSource;
  private readonly paced: boolean;
  private readonly schedule = new ReplayClock();
  private readonly nextPass = () => this.schedule.nextPass();
  private started = false;
  /** The record that is due next, or waits for a free frame. */
  private pending: CaptureRecord | null = null;
  private pendingDue = 0;
  private stalledUntil = 0;
  private tooLong = 0;
  private refusal = '';

  /** Throws QuipuError when the options are wrong; a file that is no capture ends the link instead. */
  constructor(context: LinkContext, source: CaptureBytes, options: PcapInOptions) {
    const loop = options.loop ?? 1;
    if (!Number.isInteger(loop) || loop < 0) {
      throw new QuipuError('bad-config', `pcap-in: loop ${loop} is not a whole number, 0 for endless`);
    }
    if (loop !== 1 && typeof source === 'function' && options.rewind === undefined) {
      throw new QuipuError('bad-config', 'pcap-in: what cannot be rewound (a pipe) can be played once only');
    }
    this.context = context;
    this.target = options.target ?? 'capture';
    this.paced = options.speed === 'original';
    this.source = new CaptureSource(source, loop === 0 ? Infinity : loop, options.rewind ?? null);
  }

  /** Of the capture's first interface; Ethernet until that is known. */
  get hardwareType(): number {
    const { linkType } = this.source;
    return hardwareTypeOf(linkType < 0 ? LINKTYPE_ETHERNET : linkType);
  }

  get lastError(): string {
    return this.source.error === '' ? this.refusal : `${this.target}: ${this.source.error}`;
  }

  receive(into: Frame[], max: number): number {
    const { pool, clock } = this.context;
    const now = clock.now();
    if (!this.started) {
      this.started = true;
      this.schedule.start(now);
    }
    let n = 0;
    for (let seen = 0; n < max && seen < max + EXTRA_RECORDS; seen++) {
      const record = this.peek(now);
      if (record === null || (this.paced && this.pendingDue > now)) break;
      if (record.bytes.length > pool.maxLength) {
        this.tooLong++;
        this.pending = null;
        continue;
      }
      const frame = pool.allocate();
      if (frame === null) break;
      this.pending = null;
      frame.fill(record.bytes);
      frame.timestamp = this.paced ? this.pendingDue : now;
      describeCaptured(frame, record.linkType);
      into[n++] = frame;
    }
    return n;
  }

  send(_frames: readonly Frame[], from: number, to: number): number {
    this.stopped = from < to ? SendStop.refused : SendStop.none;
    if (from < to) this.refusal = `${this.target} is a capture that is read: it takes no frames`;
    return 0;
  }

  losses(): Readonly<Partial<Record<LinkLoss, number>>> {
    return { 'too-long': this.tooLong, malformed: this.source.malformed };
  }

  held(): number {
    return 0;
  }

  state(): 'up' | 'ended' {
    return this.source.ended && this.pending === null ? 'ended' : 'up';
  }

  dueAt(): number {
    if (this.pending !== null) return this.paced ? this.pendingDue : 0;
    return this.source.ended ? Infinity : this.stalledUntil;
  }

  close(): void {
    this.pending = null;
    this.source.end();
  }

  private peek(now: number): CaptureRecord | null {
    if (this.pending === null) {
      const record = this.source.next(this.nextPass);
      this.stalledUntil = this.source.stalled ? now + STALL_PAUSE : 0;
      if (record === null) return null;
      this.pendingDue = this.schedule.due(record.timestamp);
      this.pending = record;
    }
    return this.pending;
  }
}
