import type { Writable } from 'node:stream';
import type { RingReader } from '../links/shared/ring.js';
import { RingFlag } from '../links/shared/ring.js';
import { CaptureDirection } from '../wire/capture-record.js';
import {
  emitPacketBlock,
  encodeComment,
  interfaceDescription,
  type PacketMeta,
  packetBlockLength,
  sectionHeader,
} from '../wire/pcapng-emit.js';

const LINKTYPE_ETHERNET = 1;
const BURST = 256;

/**
 * Writes what comes through a ring as pcapng into a stream, and waits whenever the stream is full: the ring then
 * fills up, and what finds no room in it is counted by the writer, not lost unseen.
 */
export class CaptureStream {
  private readonly reader: RingReader;
  private readonly out: Writable;
  private blocked = false;
  private scheduled = false;
  private ended = false;
  private lost = 0;
  frames = 0;

  constructor(reader: RingReader, out: Writable, interfaceName: string) {
    this.reader = reader;
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
    while (chunks.length < BURST && this.reader.next()) chunks.push(this.block());
    this.reader.release();
    if (chunks.length > 0) this.blocked = !this.out.write(Buffer.concat(chunks));
    if (this.blocked || this.scheduled) return;
    if (chunks.length === BURST || !this.reader.sleep()) {
      this.scheduled = true;
      setImmediate(() => {
        this.scheduled = false;
        this.pump();
      });
    }
  }

  private block(): Uint8Array {
    const { reader } = this;
    const overflow = reader.overflow;
    const meta: PacketMeta = {
      interfaceId: 0,
      timestamp: Math.floor(reader.timestamp),
      originalLength: reader.length,
      direction:
        (reader.flags & RingFlag.egress) !== 0 ? CaptureDirection.outbound : CaptureDirection.inbound,
      dropCount: overflow - this.lost,
      comment: encodeComment(reader.note),
    };
    this.lost = overflow;
    this.frames++;
    const block = new Uint8Array(packetBlockLength(reader.length, meta));
    emitPacketBlock(block, 0, meta, reader.memory, reader.offset, reader.length);
    return block;
  }
}
