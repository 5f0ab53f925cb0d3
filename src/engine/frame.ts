import type { Direction } from '../contract/direction.js';
import type { Frame } from '../contract/frame.js';

/** A frame of the pool. Plain fields, all of them numbers but the two views. */
export class PoolFrame implements Frame {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Changes only when a frame on loan moves into a slot of the pool's own (`Pool.reclaim`). */
  slotOffset: number;
  slotEnd: number;
  start: number;
  length = 0;
  /** True while nobody has it: a second release is a bug and throws. */
  isFree = true;
  /** True while its slot belongs to a ring of a link, not to the pool. */
  onLoan = false;

  link = 0;
  protocol = 0;
  packetType = 0;
  interfaceIndex = 0;
  hardwareType = 0;
  vlanPresent = 0;
  vlanTag = 0;
  vlanProtocol = 0;
  queue = 0;
  mark = 0;
  hash = 0;
  cpu = 0;
  segmentSize = 0;
  checksum = 0;
  circuit = 0;
  nextHop = 0.5; // nor is an address from 128.0.0.0 on
  timestamp = 0.5; // not a small integer, so that the field is a double from the start
  direction: Direction = 0;
  nextIdp = 0;
  hops = 0;

  constructor(bytes: Uint8Array, view: DataView, slotOffset: number, slotSize: number) {
    this.bytes = bytes;
    this.view = view;
    this.slotOffset = slotOffset;
    this.slotEnd = slotOffset + slotSize;
    this.start = slotOffset;
  }

  u8(offset: number): number {
    return offset >= 0 && offset < this.length ? this.bytes[this.start + offset] : 0;
  }

  u16(offset: number): number {
    return offset >= 0 && offset + 2 <= this.length ? this.view.getUint16(this.start + offset) : 0;
  }

  u32(offset: number): number {
    return offset >= 0 && offset + 4 <= this.length ? this.view.getUint32(this.start + offset) : 0;
  }

  setU8(offset: number, value: number): void {
    if (offset >= 0 && offset < this.length) this.bytes[this.start + offset] = value;
  }

  setU16(offset: number, value: number): void {
    if (offset >= 0 && offset + 2 <= this.length) this.view.setUint16(this.start + offset, value);
  }

  setU32(offset: number, value: number): void {
    if (offset >= 0 && offset + 4 <= this.length) this.view.setUint32(this.start + offset, value);
  }

  push(n: number): boolean {
    if (!(n >= 0 && this.start - n >= this.slotOffset)) return false;
    this.start -= n;
    this.length += n;
    return true;
  }

  pull(n: number): boolean {
    if (!(n >= 0 && n <= this.length)) return false;
    this.start += n;
    this.length -= n;
    return true;
  }

  truncate(n: number): void {
    if (n >= 0 && n < this.length) this.length = n;
  }

  fill(source: Uint8Array): boolean {
    if (source.length > this.slotEnd - this.start) return false;
    this.bytes.set(source, this.start);
    this.length = source.length;
    return true;
  }
}

/** Puts the state of a fresh frame: empty, at the headroom, no metadata. */
export function resetFrame(frame: PoolFrame, headroom: number): void {
  frame.start = frame.slotOffset + headroom;
  frame.length = 0;
  frame.link = 0;
  frame.protocol = 0;
  frame.packetType = 0;
  frame.interfaceIndex = 0;
  frame.hardwareType = 0;
  frame.vlanPresent = 0;
  frame.vlanTag = 0;
  frame.vlanProtocol = 0;
  frame.queue = 0;
  frame.mark = 0;
  frame.hash = 0;
  frame.cpu = 0;
  frame.segmentSize = 0;
  frame.checksum = 0;
  frame.circuit = 0;
  frame.nextHop = 0;
  frame.timestamp = 0;
  frame.direction = 0;
  frame.nextIdp = 0;
  frame.hops = 0;
}

/** Copies bytes and metadata; `to` is a fresh frame of the same pool. */
export function copyFrame(from: PoolFrame, to: PoolFrame): void {
  to.start = to.slotOffset + (from.start - from.slotOffset);
  to.length = from.length;
  to.bytes.copyWithin(to.start, from.start, from.start + from.length);
  to.link = from.link;
  to.protocol = from.protocol;
  to.packetType = from.packetType;
  to.interfaceIndex = from.interfaceIndex;
  to.hardwareType = from.hardwareType;
  to.vlanPresent = from.vlanPresent;
  to.vlanTag = from.vlanTag;
  to.vlanProtocol = from.vlanProtocol;
  to.queue = from.queue;
  to.mark = from.mark;
  to.hash = from.hash;
  to.cpu = from.cpu;
  to.segmentSize = from.segmentSize;
  to.checksum = from.checksum;
  to.circuit = from.circuit;
  to.nextHop = from.nextHop;
  to.timestamp = from.timestamp;
  to.direction = from.direction;
  to.nextIdp = from.nextIdp;
  to.hops = from.hops;
}
