import { readU16, readU32 } from '../bytes.js';
import { foldSum, internetChecksum } from '../checksum.js';
import { formatMac } from '../ethernet.js';
import { formatIpv4 } from '../ipv4.js';
import { formatIpv6 } from '../ipv6.js';
import type { Checksum, Fault, Field, Format, IpEnds, Layer, Stretch } from './layer.js';

/** Faults of one header that are told. */
const MOST_FAULTS = 8;
/** Fields of one header that are told. */
const MOST_FIELDS = 160;

/**
 * Takes down one header. Places that its methods take count from the header's first byte; a field that is not wholly at
 * hand is left out, its value being 0.
 */
export class LayerWriter implements Layer {
  protocol: string;
  readonly offset: number;
  length = 0;
  readonly depth: number;
  readonly fields: Field[] = [];
  readonly faults: Fault[] = [];
  checksum: Checksum | null = null;
  text = '';
  readonly bytes: Uint8Array;
  /** End of what is at hand and ends of the packet, from the frame's first byte. */
  held: number;
  end: number;
  readonly number: number;
  readonly ip: IpEnds | null;

  constructor(protocol: string, bytes: Uint8Array, { at, held, end, depth, ip, number }: Stretch) {
    this.protocol = protocol;
    this.bytes = bytes;
    this.offset = at;
    this.held = held;
    this.end = end;
    this.depth = depth;
    this.ip = ip;
    this.number = number;
  }

  /** Bytes from the header's first one to the end of the packet. */
  get room(): number {
    return Math.max(0, this.end - this.offset);
  }

  /** Bytes from the header's first one that are at hand. */
  get atHand(): number {
    return Math.max(0, this.held - this.offset);
  }

  /** Bytes of the packet are missing, as it was captured or quoted in part. */
  get isCut(): boolean {
    return this.end > this.held;
  }

  /** Whether the first `size` bytes are at hand. Says what is wrong when the packet has not so many, and is no quotation's cut end. */
  needs(size: number, what: string): boolean {
    if (size <= this.atHand) return true;
    if (size > this.room && (this.depth === 0 || this.ip !== null))
      this.fault(`${what} of ${size} bytes, ${this.room} there`, this.atHand);
    return false;
  }

  /** The header is this long, of which all may not be at hand. */
  takes(size: number): void {
    this.length = Math.min(size, this.atHand);
  }

  u8(name: string, at: number): number {
    return this.number8(name, at, 0xff);
  }

  /** The bits of a byte that `mask` has, shifted down. */
  number8(name: string, at: number, mask: number): number {
    if (at + 1 > this.atHand) return 0;
    const value = (this.bytes[this.offset + at] & mask) >>> (31 - Math.clz32(mask & -mask));
    this.note(name, value, at, 1);
    return value;
  }

  u16(name: string, at: number): number {
    if (at + 2 > this.atHand) return 0;
    const value = readU16(this.bytes, this.offset + at);
    this.note(name, value, at, 2);
    return value;
  }

  u32(name: string, at: number): number {
    if (at + 4 > this.atHand) return 0;
    const value = readU32(this.bytes, this.offset + at);
    this.note(name, value, at, 4);
    return value;
  }

  mac(name: string, at: number): string {
    if (at + 6 > this.atHand) return '';
    const value = formatMac(this.bytes, this.offset + at);
    this.note(name, value, at, 6);
    return value;
  }

  address4(name: string, at: number): string {
    if (at + 4 > this.atHand) return '';
    const value = formatIpv4(this.bytes, this.offset + at);
    this.note(name, value, at, 4);
    return value;
  }

  address6(name: string, at: number): string {
    if (at + 16 > this.atHand) return '';
    const value = formatIpv6(this.bytes, this.offset + at);
    this.note(name, value, at, 16);
    return value;
  }

  note(name: string, value: string | number, at: number, length: number): void {
    if (this.fields.length >= MOST_FIELDS || at + length > this.atHand) return;
    this.fields.push({ name, value, at: this.offset + at, length });
  }

  fault(text: string, at: number): void {
    if (this.faults.length >= MOST_FAULTS) return;
    this.faults.push({ text, at: Math.min(this.offset + at, this.bytes.length) });
  }

  /** The 16 bits at `at` cover `length` bytes of the header and what is behind it. */
  verify(at: number, length: number, pseudoSum: number | null): void {
    if (at + 2 > this.atHand) return;
    const place = this.offset + at;
    const sums = { at: place, from: this.offset, length, pseudoSum: pseudoSum ?? 0 };
    const field = readU16(this.bytes, place);
    const hex = `0x${field.toString(16).padStart(4, '0')}`;
    if (length > this.atHand || pseudoSum === null) {
      const why = pseudoSum === null ? 'the addresses change on the way' : 'the packet is cut short';
      this.checksum = { ...sums, state: 'unknown' };
      this.note('checksum', `${hex}, not to be told: ${why}`, at, 2);
      return;
    }
    const sum = internetChecksum(this.bytes, this.offset, length, pseudoSum);
    if (sum === 0) {
      this.checksum = { ...sums, state: 'right' };
      this.note('checksum', `${hex}, right`, at, 2);
      return;
    }
    // What the field should be: the checksum with the field taken out.
    const wanted = ~foldSum((~sum & 0xffff) + (~field & 0xffff)) & 0xffff;
    const unfinished = pseudoSum !== 0 && field === pseudoSum;
    this.checksum = { ...sums, state: unfinished ? 'unfinished' : 'wrong' };
    const right = `0x${wanted.toString(16).padStart(4, '0')}`;
    const why = unfinished ? 'unfinished: left to the sending device' : `wrong: ${right} is right`;
    this.note('checksum', `${hex}, ${why}`, at, 2);
  }

  /** Sum of the pseudo-header for so many bytes of a protocol; null: not to be told. */
  pseudoSum(protocol: number, length: number): number | null {
    const sum = this.ip?.addressSum ?? null;
    return sum === null ? null : foldSum(sum + protocol + length);
  }

  /** `10.0.0.1:80 > 10.0.0.2:4000 `, the ports if given; empty when nothing is around. */
  ends(from?: number, to?: number): string {
    const { ip } = this;
    if (ip === null) return from === undefined ? '' : `${from} > ${to} `;
    const { source, destination } = ip;
    if (from === undefined) return `${source} > ${destination} `;
    if (ip.version === 4) return `${source}:${from} > ${destination}:${to} `;
    return `[${source}]:${from} > [${destination}]:${to} `;
  }

  /** Text for a header that is not wholly there. */
  broken(): void {
    this.takes(this.atHand);
    const what = this.faults.length > 0 ? 'malformed' : 'cut short';
    this.text = `${this.ends()}${this.protocol} ${what} len ${this.room}`;
  }

  /** What follows, `at` bytes behind the header's first one. */
  next(format: Format, number: number, at: number, changes: Partial<Stretch> = {}): Stretch {
    const { offset, held, end, depth, ip } = this;
    const stretch = { format, number, held, end, depth, ip, ...changes };
    // Of a header that begins behind what is at hand, nothing is.
    return { ...stretch, at: Math.min(offset + at, stretch.held) };
  }
}
