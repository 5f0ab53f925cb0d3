/** Reads a capture of either format: it looks at the first four bytes and hands all to the reader for them. */
import type { CaptureRecord } from './capture-record.js';
import { PcapReader, type PcapRecord } from './pcap.js';
import { PcapngReader } from './pcapng.js';
import { BlockType } from './pcapng-format.js';

export type CaptureFormat = 'pcap' | 'pcapng';

/** The format that a file with these first four bytes has; anything but pcapng's mark is left to the pcap reader. */
export function sniffCapture(first: Uint8Array): CaptureFormat {
  const word = ((first[0] << 24) | (first[1] << 16) | (first[2] << 8) | first[3]) >>> 0;
  return word === BlockType.section ? 'pcapng' : 'pcap';
}

/**
 * As PcapReader and PcapngReader: `push` chunks of any size, call `next` until it answers null, `finish` at the end.
 * Drain it after every push: then it holds at most one unfinished block and one chunk.
 */
export class CaptureReader {
  /** Null until four bytes have come. */
  format: CaptureFormat | null = null;
  private readonly first = new Uint8Array(4);
  private firstLength = 0;
  private pcap: PcapReader | null = null;
  private pcapng: PcapngReader | null = null;

  /** LINKTYPE_* of the capture (in pcapng, of the section's first interface); -1 while unknown. */
  get linkType(): number {
    return this.pcap?.linkType ?? this.pcapng?.interfaces[0]?.linkType ?? -1;
  }

  push(chunk: Uint8Array): void {
    let rest = chunk;
    if (this.format === null) {
      const taken = Math.min(4 - this.firstLength, chunk.length);
      this.first.set(chunk.subarray(0, taken), this.firstLength);
      this.firstLength += taken;
      if (this.firstLength < 4) return;
      this.format = sniffCapture(this.first);
      if (this.format === 'pcapng') this.pcapng = new PcapngReader();
      else this.pcap = new PcapReader();
      this.feed(this.first);
      rest = chunk.subarray(taken);
    }
    this.feed(rest);
  }

  /** The next packet, or null: wait for more. Throws PcapError (see `fatal` there). */
  next(): CaptureRecord | null {
    if (this.pcapng !== null) return this.pcapng.next();
    const record = this.pcap?.next() ?? null;
    return record === null ? null : fromPcap(record, this.pcap?.linkType ?? 0);
  }

  /** Call at the end of the file: throws PcapError when it ended too early. */
  finish(): void {
    this.pcapng?.finish();
    if (this.pcapng !== null) return;
    if (this.pcap === null) {
      this.pcap = new PcapReader();
      this.pcap.push(this.first.subarray(0, this.firstLength));
    }
    this.pcap.finish();
  }

  private feed(chunk: Uint8Array): void {
    this.pcapng?.push(chunk);
    this.pcap?.push(chunk);
  }
}

function fromPcap(record: PcapRecord, linkType: number): CaptureRecord {
  return {
    timestamp: record.seconds * 1e6 + Math.floor(record.nanoseconds / 1000),
    originalLength: record.originalLength,
    bytes: record.bytes,
    interfaceId: 0,
    linkType,
    comment: '',
    direction: 0,
    dropCount: 0,
  };
}
