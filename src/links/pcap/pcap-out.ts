import { EGRESS } from '../../contract/direction.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { type Link, type LinkContext, type LinkLoss, SendStop } from '../../contract/link.js';
import { copyBytes } from '../../wire/bytes.js';
import { CaptureDirection, LINKTYPE_ETHERNET, MAX_CAPTURED } from '../../wire/capture-record.js';
import { emitPcapHeader, emitPcapRecord, PCAP_RECORD_HEADER } from '../../wire/pcap.js';
import {
  emitPacketBlock,
  interfaceDescription,
  type PacketMeta,
  packetBlockLength,
  sectionHeader,
} from '../../wire/pcapng-emit.js';
import { hardwareTypeOf } from './link-types.js';

/**
 * Takes all of the chunk, or answers false: it is full now and took nothing. Throws when it will take no more. The
 * chunk is the link's: it holds only during the call.
 */
export type CaptureSink = (chunk: Uint8Array) => boolean;

export interface PcapOutOptions {
  readonly format: 'pcap' | 'pcapng';
  /** LINKTYPE_* of the file, default 1, Ethernet. */
  readonly linkType?: number;
  /** Bytes kept of each frame, default 262144. */
  readonly snapLength?: number;
  /** pcap only: write nanosecond timestamps (in whole microseconds: the node's clock has no finer). */
  readonly nanoseconds?: boolean;
  /** pcapng only: name of the interface in the file. */
  readonly interfaceName?: string;
  /** Longest time that frames stay in the buffer, in microseconds; default 200 ms. */
  readonly flushAfter?: number;
  /** The file's name, for people. */
  readonly target?: string;
}

const BUFFER = 65_536;
const FLUSH_AFTER = 200_000;

/**
 * A link that writes what it is sent into a capture file: the bytes go to a sink in pieces of about 64 KiB, or when they
 * have waited long enough (`receive`, which every turn calls, sees to that), and at `close`.
 * When the sink throws (a full disk), the link is down; `lastError` says why and how many frames were lost with
 * the buffer.
 */
export class PcapOut implements Link {
  readonly kind = 'pcap-out';
  readonly target: string;
  readonly fd = -1;
  readonly maxSend = MAX_CAPTURED;
  readonly address = null;
  readonly interfaceIndex = 0;
  readonly hardwareType: number;
  readonly local = false;
  stopped: number = SendStop.none;
  lastError = '';

  private readonly context: LinkContext;
  private readonly sink: CaptureSink;
  private readonly isPcapng: boolean;
  private readonly snapLength: number;
  private readonly fractionScale: number;
  private readonly flushAfter: number;
  /** Reused for every frame. */
  private readonly meta: PacketMeta = {
    interfaceId: 0,
    timestamp: 0.5,
    originalLength: 0,
    direction: 0,
    dropCount: 0,
    comment: null,
  };
  private buffer = new Uint8Array(BUFFER);
  private used = 0;
  private frames = 0;
  private flushAt: number;
  private failed = false;
  private closed = false;

  /** Throws QuipuError when the options are wrong. The file's header goes out with the first frames. */
  constructor(context: LinkContext, sink: CaptureSink, options: PcapOutOptions) {
    const snapLength = options.snapLength ?? MAX_CAPTURED;
    if (!Number.isInteger(snapLength) || snapLength < 1 || snapLength > MAX_CAPTURED) {
      throw new QuipuError('bad-config', `pcap-out: snap length ${snapLength} is not in 1 … ${MAX_CAPTURED}`);
    }
    const linkType = options.linkType ?? LINKTYPE_ETHERNET;
    if (!Number.isInteger(linkType) || linkType < 0 || linkType > 0xffff) {
      throw new QuipuError('bad-config', `pcap-out: link type ${linkType} is not in 0 … 65535`);
    }
    this.context = context;
    this.sink = sink;
    this.target = options.target ?? 'capture';
    this.isPcapng = options.format === 'pcapng';
    this.snapLength = snapLength;
    this.hardwareType = hardwareTypeOf(linkType);
    this.fractionScale = options.nanoseconds === true ? 1000 : 1;
    this.flushAfter = options.flushAfter ?? FLUSH_AFTER;
    this.flushAt = context.clock.now() + this.flushAfter;
    if (this.isPcapng) {
      this.append(sectionHeader('Quipu'));
      this.append(interfaceDescription(linkType, options.interfaceName ?? '', snapLength));
    } else {
      this.used = emitPcapHeader(this.buffer, 0, linkType, snapLength, options.nanoseconds === true);
    }
  }

  /** Has no frames; passes the buffer on when it has waited long enough. */
  receive(_into: Frame[], _max: number): number {
    if (this.used > 0 && !this.failed && this.context.clock.now() >= this.flushAt) this.flush();
    return 0;
  }

  send(frames: readonly Frame[], from: number, to: number): number {
    this.stopped = SendStop.none;
    let i = from;
    while (i < to && this.take(frames[i])) i++;
    return i - from;
  }

  losses(): Readonly<Partial<Record<LinkLoss, number>>> {
    return {};
  }

  held(): number {
    return 0;
  }

  state(): 'up' | 'down' | 'ended' {
    if (this.closed) return 'ended';
    return this.failed ? 'down' : 'up';
  }

  dueAt(): number {
    return this.used > 0 && !this.failed ? this.flushAt : Infinity;
  }

  /** Passes the buffer to the sink; false when that is full or failed. */
  flush(): boolean {
    if (this.failed) return false;
    if (this.used === 0) return true;
    this.flushAt = this.context.clock.now() + this.flushAfter;
    try {
      if (!this.sink(this.buffer.subarray(0, this.used))) return false;
    } catch (error) {
      this.failed = true;
      const why = error instanceof Error ? error.message : String(error);
      this.lastError = `${this.target}: ${why}; ${this.frames} frames were not written`;
      return false;
    }
    this.used = 0;
    this.frames = 0;
    return true;
  }

  close(): void {
    if (this.closed) return;
    if (!this.flush() && !this.failed) {
      this.lastError = `${this.target}: full at the end; ${this.frames} frames were not written`;
    }
    this.closed = true;
    this.used = 0;
  }

  private take(frame: Frame): boolean {
    if (this.failed || this.closed) return this.stop(SendStop.down);
    if (frame.length > MAX_CAPTURED) {
      this.lastError = `frame of ${frame.length} bytes; a capture takes at most ${MAX_CAPTURED}`;
      return this.stop(SendStop.tooLong);
    }
    const captured = frame.length < this.snapLength ? frame.length : this.snapLength;
    const meta = this.meta;
    meta.timestamp = frame.timestamp > 0 ? frame.timestamp : this.context.clock.now();
    meta.originalLength = frame.length;
    meta.direction = frame.direction === EGRESS ? CaptureDirection.outbound : CaptureDirection.inbound;
    const needed = this.isPcapng ? packetBlockLength(captured, meta) : PCAP_RECORD_HEADER + captured;
    if (this.used + needed > BUFFER && !this.flush()) {
      return this.stop(this.failed ? SendStop.down : SendStop.full);
    }
    if (needed > this.buffer.length) this.buffer = new Uint8Array(needed);
    if (this.used === 0) this.flushAt = this.context.clock.now() + this.flushAfter;
    this.emit(frame, captured);
    this.frames++;
    return true;
  }

  private emit(frame: Frame, captured: number): void {
    const meta = this.meta;
    const buffer = this.buffer;
    if (this.isPcapng) {
      this.used += emitPacketBlock(buffer, this.used, meta, frame.bytes, frame.start, captured);
      return;
    }
    const seconds = Math.floor(meta.timestamp / 1e6);
    const fraction = Math.floor(meta.timestamp - seconds * 1e6) * this.fractionScale;
    this.used += emitPcapRecord(buffer, this.used, seconds, fraction, captured, frame.length);
    copyBytes(frame.bytes, frame.start, captured, buffer, this.used);
    this.used += captured;
  }

  private append(bytes: Uint8Array): void {
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  }

  private stop(why: number): false {
    this.stopped = why;
    return false;
  }
}
