import type { Writable } from 'node:stream';
import type { RingReader } from '../links/shared/ring.js';
import { RingFlag } from '../links/shared/ring.js';
import { CaptureDirection, LINKTYPE_ETHERNET } from '../wire/capture-record.js';
import {
  emitPacketBlock,
  encodeComment,
  interfaceDescription,
  type PacketMeta,
  packetBlockLength,
  sectionHeader,
} from '../wire/pcapng-emit.js';

const BURST = 256;

/** A ring, and the frame of it that comes next. */
interface Source {
  readonly reader: RingReader;
  lost: number;
  time: number;
  block: Uint8Array | null;
}

/**
 * Writes what comes through rings as pcapng into a stream, and waits whenever the stream is full: the rings then
 * fill up, and what finds no room in them is counted by the writers, not lost unseen. Of what waits in several rings the
 * oldest comes first.
 */
export class CaptureStream {
  private readonly sources: readonly Source[];
  private readonly out: Writable;
  private blocked = false;
  private scheduled = false;
  private ended = false;
  frames = 0;

  constructor(readers: readonly RingReader[], out: Writable, interfaceName: string) {
    this.sources = readers.map((reader) => ({ reader, lost: 0, time: 0, block: null }));
    this.out = out;
    out.on('drain', () => {
      this.blocked = false;
      this.pump();
    });
    out.on('close', () => {
      this.ended = true;
    });
    out.on('error', () => {
      this.ended = true;
    });
    out.write(sectionHeader('Quipu'));
    out.write(interfaceDescription(LINKTYPE_ETHERNET, interfaceName));
    this.pump();
  }

  /** Frames have come while the reader slept. */
  wake(): void {
    this.pump();
  }

  /** Ends the stream once all that waits is written. */
  end(): void {
    if (this.ended) return;
    this.pump();
    this.ended = true;
    this.out.end();
  }

  private pump(): void {
    if (this.ended || this.blocked) return;
    const chunks: Uint8Array[] = [];
    while (chunks.length < BURST) {
      const block = this.oldest();
      if (block === null) break;
      chunks.push(block);
    }
    for (const { reader } of this.sources) reader.release();
    if (chunks.length > 0) this.blocked = !this.out.write(Buffer.concat(chunks));
    if (this.blocked || this.scheduled) return;
    if (chunks.length === BURST || !this.sleep()) {
      this.scheduled = true;
      setImmediate(() => {
        this.scheduled = false;
        this.pump();
      });
    }
  }

  /** False when frames have come meanwhile: then it must not. */
  private sleep(): boolean {
    return this.sources.map(({ reader }) => reader.sleep()).every((asleep) => asleep);
  }

  /** The next frame to be written, of those that wait; null when none does. */
  private oldest(): Uint8Array | null {
    let first: Source | null = null;
    for (const source of this.sources) {
      if (source.block === null && source.reader.next()) this.take(source);
      if (source.block !== null && (first === null || source.time < first.time)) first = source;
    }
    const block = first?.block ?? null;
    if (first !== null) first.block = null;
    return block;
  }

  private take(source: Source): void {
    const { reader } = source;
    const overflow = reader.overflow;
    const meta: PacketMeta = {
      interfaceId: 0,
      timestamp: Math.floor(reader.timestamp),
      originalLength: reader.length,
      direction:
        (reader.flags & RingFlag.egress) !== 0 ? CaptureDirection.outbound : CaptureDirection.inbound,
      dropCount: overflow - source.lost,
      comment: encodeComment(reader.note),
    };
    source.lost = overflow;
    source.time = reader.timestamp;
    this.frames++;
    const block = new Uint8Array(packetBlockLength(reader.length, meta));
    emitPacketBlock(block, 0, meta, reader.memory, reader.offset, reader.length);
    source.block = block;
  }
}
