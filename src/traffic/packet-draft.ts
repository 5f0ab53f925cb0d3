import type { HeaderShape } from './header-shape.js';

/** Longest packet, in bytes. */
export const MAX_PACKET = 65_536;
/** Checksums in one packet at most: their work grows with the packet's length. */
export const MAX_CHECKSUMS = 256;
/** Headers in one packet at most, for the same reason. */
export const MAX_HEADERS = 64;

/** What changes bytes of a packet before each sending, in the order in which they are written. */
export type Step =
  /** A byte that counts from `next` through `lowest`, … for `span` values. */
  | { kind: 'count-byte'; at: number; next: number; lowest: number; span: number; step: number }
  /** Bytes of their own chance, each `lowest` to `lowest` + `span` - 1. */
  | { kind: 'random-bytes'; at: number; length: number; lowest: number; span: number }
  /** A number in a field that counts from `next` to `highest`, and from `lowest` again. */
  | {
      kind: 'count-field';
      place: FieldPlace;
      next: number;
      lowest: number;
      highest: number;
      step: number;
    }
  /** A number in a field, `lowest` to `lowest` + `span` - 1. */
  | { kind: 'random-field'; place: FieldPlace; lowest: number; span: number };

/** Bits of one, two or four bytes. */
export interface FieldPlace {
  readonly at: number;
  readonly width: 1 | 2 | 4;
  /** The number stands so many bits up from the lowest. */
  readonly shift: number;
  /** Bits that are the field's, of `width` bytes. */
  readonly mask: number;
}

/** A checksum: the complement of the sum of `constant` and the 16-bit words of some ranges. */
export interface ChecksumDraft {
  readonly at: number;
  /** All but the last have an even length. */
  readonly ranges: readonly Range[];
  readonly constant: number;
  /** Whether 0 is sent as 0xffff: in UDP it would mean that there is none (RFC 768). */
  readonly zeroAsOnes: boolean;
}

export interface Range {
  readonly at: number;
  readonly length: number;
}

/** A checksum function as it is written; where the packet ends is known later. */
export interface ChecksumCall {
  readonly at: number;
  readonly complete: (packetLength: number) => ChecksumDraft;
}

/** A header in a packet. */
export interface PlacedHeader {
  readonly shape: HeaderShape;
  readonly at: number;
  /** Names of the fields that were set by the configuration: no default goes over them. */
  readonly set: Set<string>;
}

/** A packet that is being written. */
export class PacketDraft {
  /** 64 bytes lie in the engine's own heap, larger arrays outside: with a million small packets that is felt. */
  private buffer = new Uint8Array(64);
  length = 0;
  readonly steps: Step[] = [];
  readonly calls: ChecksumCall[] = [];
  readonly headers: PlacedHeader[] = [];

  /** The bytes so far: a view that holds until the packet grows. */
  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  /** Adds zeros and answers where; -1, with nothing added, when the packet would be too long. */
  grow(length: number): number {
    const at = this.length;
    if (length > MAX_PACKET - at) return -1;
    if (at + length > this.buffer.length) {
      const larger = new Uint8Array(Math.min(MAX_PACKET, Math.max(at + length, 2 * this.buffer.length)));
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.length = at + length;
    return at;
  }
}
