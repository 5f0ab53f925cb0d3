import type { Frame } from '../contract/frame.js';

export const MAC_A = '02:00:00:00:00:0a';
export const MAC_B = '02:00:00:00:00:0b';
export const BROADCAST = 'ff:ff:ff:ff:ff:ff';
export const IPV4 = 0x0800;
export const ARP = 0x0806;

export interface EthernetOptions {
  readonly to?: string;
  readonly from?: string;
  /** EtherType; default IPv4. */
  readonly type?: number;
  /** Length of the whole frame, filled with 0, 1, 2 …; default 60. */
  readonly length?: number;
  /** Bytes behind the header, instead of `length`. */
  readonly payload?: Uint8Array;
}

/** An Ethernet frame, from B to A unless told otherwise. */
export function ethernetFrame(options: EthernetOptions = {}): Uint8Array {
  const { to = MAC_A, from = MAC_B, type = IPV4, length = 60 } = options;
  const payload =
    options.payload ?? Uint8Array.from({ length: Math.max(0, length - 14) }, (_, i) => i & 0xff);
  return Uint8Array.of(...mac(to), ...mac(from), type >> 8, type & 0xff, ...payload);
}

/** An Ethernet frame that carries a number in its first four payload bytes, for tests of order. */
export function numberedFrame(number: number, options: EthernetOptions = {}): Uint8Array {
  const frame = ethernetFrame(options);
  new DataView(frame.buffer).setUint32(14, number);
  return frame;
}

/** The number of a `numberedFrame`. */
export function numberOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset).getUint32(14);
}

/** A frame for the virtual device `id` (seed 004 §5.4.2): the tag, then the EtherType that it wraps. */
export function taggedFrame(id: number, inner: Uint8Array = ethernetFrame()): Uint8Array {
  return Uint8Array.of(...inner.subarray(0, 12), 0xac, id, ...inner.subarray(12));
}

/** The bytes of a frame of the engine, as a copy. */
export function bytesOf(frame: Frame): Uint8Array {
  return frame.bytes.slice(frame.start, frame.start + frame.length);
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function mac(text: string): number[] {
  return text.split(':').map((part) => Number.parseInt(part, 16));
}
