import type { Frame } from '../../contract/frame.js';
import { emitSegment, segmentCount } from '../../wire/segment.js';
import { vnetGsoSize, vnetGsoType } from '../../wire/virtio-net.js';

/** Room for the longest super-frame: 64 KiB and its link header, more only with BIG TCP. */
export const OVERFLOW = 65536 + 64;

/** A frame longer than any wire takes (GSO, GRO), being cut into segments as the caller has room for them. */
export class SuperFrame {
  /** Index of the segment that comes next; `count` when none is left. */
  next = 0;
  count = 0;
  private source: Uint8Array = new Uint8Array(0);
  private offset = 0;
  private length = 0;
  private readonly gso = { type: 0, size: 0 };

  /** Begins with the super-frame at `offset`; its virtio-net header is elsewhere. False when it cannot be cut. */
  begin(
    source: Uint8Array,
    offset: number,
    length: number,
    header: Uint8Array,
    headerOffset: number,
  ): boolean {
    this.source = source;
    this.offset = offset;
    this.length = length;
    this.gso.type = vnetGsoType(header, headerOffset);
    this.gso.size = vnetGsoSize(header, headerOffset);
    this.next = 0;
    this.count = segmentCount(this.source, offset, length, this.gso);
    return this.count > 0;
  }

  get unfinished(): boolean {
    return this.next < this.count;
  }

  /** Writes the next segment into a fresh frame; false when it is longer than `room`. Either way it is done with. */
  emit(frame: Frame, room: number): boolean {
    // The view ends where the slot does: a segment that is too long cannot reach its neighbour.
    const slot = frame.bytes.subarray(frame.start, frame.start + room);
    frame.length = emitSegment(this.source, this.offset, this.length, this.gso, this.next, slot, 0);
    this.next++;
    return frame.length > 0;
  }
}
