/** The classic capture file (draft-ietf-opsawg-pcap): 24 bytes of header, then records of 16 bytes and a packet. */
import { ByteQueue } from './byte-queue.js';
import { MAX_CAPTURED, PcapError } from './capture-record.js';

export const PCAP_HEADER = 24;
export const PCAP_RECORD_HEADER = 16;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
/** Alexey Kuznetzov's variant, with interface and protocol in each record. */
const MAGIC_KUZNETZOV = 0xa1b2cd34;

export interface PcapRecord {
  /** Since the Unix epoch. */
  readonly seconds: number;
  /** Below 10^9. */
  readonly nanoseconds: number;
  readonly originalLength: number;
  /** A copy that is the caller's. */
  readonly bytes: Uint8Array;
}

/**
 * Reads a pcap file that comes in chunks of any size: `push` a chunk, then call `next` until it answers null
 * ("wait for more"). `next` throws PcapError, after which it throws the same again.
 */
export class PcapReader {
  /** LINKTYPE_* of all packets; -1 until the header has come. */
  linkType = -1;
  /** Snap length that the header tells. */
  snapLength = 0;
  /** True when the file counts in nanoseconds. */
  nanoseconds = false;
  private little = false;
  private readonly queue = new ByteQueue();
  private failure: PcapError | null = null;

  push(chunk: Uint8Array): void {
    if (this.failure === null) this.queue.push(chunk);
  }

  next(): PcapRecord | null {
    if (this.failure !== null) throw this.failure;
    if (this.linkType < 0 && !this.readHeader()) return null;
    const { queue, little } = this;
    if (queue.available < PCAP_RECORD_HEADER) return null;
    const captured = queue.u32(8, little);
    if (captured > MAX_CAPTURED) {
      return this.fail(`pcap record of ${captured} bytes; at most ${MAX_CAPTURED} are read`);
    }
    if (queue.available < PCAP_RECORD_HEADER + captured) return null;
    const nanoseconds = queue.u32(4, little) * (this.nanoseconds ? 1 : 1000);
    const record = {
      // A fraction beyond a second is wrong, but harmless.
      seconds: queue.u32(0, little) + Math.floor(nanoseconds / 1e9),
      nanoseconds: nanoseconds % 1e9,
      originalLength: queue.u32(12, little),
      bytes: queue.copy(PCAP_RECORD_HEADER, captured),
    };
    queue.skip(PCAP_RECORD_HEADER + captured);
    return record;
  }

  /** Call at the end of the file: throws PcapError when it ended within the header or a record. */
  finish(): void {
    if (this.failure !== null) throw this.failure;
    if (this.linkType < 0) this.fail(`pcap file of ${this.queue.available} bytes ends within its header`);
    if (this.queue.available > 0) this.fail(`pcap file ends within a record: ${this.queue.available} bytes`);
  }

  private readHeader(): boolean {
    const { queue } = this;
    if (queue.available < 4) return false;
    const magic = queue.u32(0, false);
    const swapped = queue.u32(0, true);
    this.little = swapped === MAGIC_MICROSECONDS || swapped === MAGIC_NANOSECONDS;
    if (magic === MAGIC_KUZNETZOV || swapped === MAGIC_KUZNETZOV) {
      this.fail(
        "pcap of Kuznetzov's variant (magic a1b2cd34) is not supported: convert it with editcap -F pcap",
      );
    }
    if (!this.little && magic !== MAGIC_MICROSECONDS && magic !== MAGIC_NANOSECONDS) {
      this.fail(`not a pcap file: magic ${magic.toString(16).padStart(8, '0')}`);
    }
    if (queue.available < PCAP_HEADER) return false;
    const major = queue.u16(4, this.little);
    const minor = queue.u16(6, this.little);
    // Before 2.3 the two lengths of a record stood the other way round.
    if (major !== 2 || minor < 3) this.fail(`pcap version ${major}.${minor} is not supported, only 2.4`);
    this.nanoseconds = (this.little ? swapped : magic) === MAGIC_NANOSECONDS;
    this.snapLength = queue.u32(16, this.little);
    this.linkType = queue.u32(20, this.little) & 0xffff;
    queue.skip(PCAP_HEADER);
    return true;
  }

  private fail(what: string): never {
    this.failure = new PcapError(this.queue.position, what);
    throw this.failure;
  }
}

/** Writes the file header, little-endian, and answers PCAP_HEADER. */
export function emitPcapHeader(
  bytes: Uint8Array,
  offset: number,
  linkType: number,
  snapLength = MAX_CAPTURED,
  nanoseconds = false,
): number {
  writeU32le(bytes, offset, nanoseconds ? MAGIC_NANOSECONDS : MAGIC_MICROSECONDS);
  writeU32le(bytes, offset + 4, 2 | (4 << 16));
  writeU32le(bytes, offset + 8, 0);
  writeU32le(bytes, offset + 12, 0);
  writeU32le(bytes, offset + 16, snapLength);
  writeU32le(bytes, offset + 20, linkType);
  return PCAP_HEADER;
}

/** Writes a record's header; `fraction` in the file's unit. The packet follows. Answers PCAP_RECORD_HEADER. */
export function emitPcapRecord(
  bytes: Uint8Array,
  offset: number,
  seconds: number,
  fraction: number,
  captured: number,
  originalLength: number,
): number {
  writeU32le(bytes, offset, seconds);
  writeU32le(bytes, offset + 4, fraction);
  writeU32le(bytes, offset + 8, captured);
  writeU32le(bytes, offset + 12, originalLength);
  return PCAP_RECORD_HEADER;
}

function writeU32le(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
