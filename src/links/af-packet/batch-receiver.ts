import type { Clock } from '../../contract/clock.js';
import type { Frame, FramePool } from '../../contract/frame.js';
import type { Arena, Region } from '../../linux/arena.js';
import { MessageBatch } from '../../linux/batch.js';
import { Errno } from '../../linux/errno.js';
import {
  type PacketSocket,
  packetHardwareType,
  packetInterface,
  packetMessage,
  packetProtocol,
  packetType,
  packetVlan,
} from '../../linux/packet-socket.js';
import { PostedSlots } from '../../linux/posted-slots.js';
import { copyBytes } from '../../wire/bytes.js';
import { completePartial } from '../../wire/checksum.js';
import {
  GSO_NONE,
  VNET_HEADER,
  VNET_NEEDS_CSUM,
  vnetChecksumOffset,
  vnetChecksumStart,
  vnetFlags,
  vnetGsoType,
} from '../../wire/virtio-net.js';
import type { Receiver } from './receiver.js';
import { OVERFLOW, SuperFrame } from './super-frame.js';
import { restoreVlanTag } from './vlan.js';

/** Errors in a row after which a receive gives up for this turn. */
const MAX_ERRORS = 16;

/**
 * Takes frames from a packet socket, a batch per system call, straight into slots of the pool: the
 * virtio-net header lands in the headroom, so that the frame begins where a fresh one does. Offloads are
 * undone: partial checksums completed, super-frames cut, VLAN tags put back in.
 * All frames of a batch bear the time at which the batch was read.
 */
export class BatchReceiver implements Receiver {
  tooLong = 0;
  malformed = 0;
  readonly ringLoss = 0;
  error = 0;
  private readonly socket: PacketSocket;
  private readonly pool: FramePool;
  private readonly clock: Clock;
  private readonly batch: MessageBatch;
  private readonly slots: PostedSlots;
  private readonly overflow: Region;
  private readonly overflowStride: number;
  private readonly superFrame: SuperFrame;
  /** Messages of the current batch: `cursor` is looked at next, `arrived` is one past the last. */
  private cursor = 0;
  private arrived = 0;
  private timestamp = 0.5; // not a small integer, so that the field is a double from the start

  constructor(arena: Arena, socket: PacketSocket, pool: FramePool, clock: Clock, batchSize: number) {
    this.socket = socket;
    this.pool = pool;
    this.clock = clock;
    this.batch = new MessageBatch(arena, batchSize, { vectors: 2, ...packetMessage });
    this.slots = new PostedSlots(arena, pool, this.batch, VNET_HEADER);
    // Room for a slot's worth in front, so that a super-frame can be put together in one piece. The pages of
    // what no super-frame ever touches are never made.
    this.overflowStride = (pool.maxLength + OVERFLOW + 7) & ~7;
    this.overflow = arena.allocate(this.slots.count * this.overflowStride);
    this.superFrame = new SuperFrame();
    for (let i = 0; i < this.slots.count; i++) {
      const at = this.overflow.address + i * this.overflowStride + pool.maxLength;
      this.batch.setVector(i, 1, at, OVERFLOW);
    }
  }

  get pending(): boolean {
    return this.cursor < this.arrived;
  }

  receive(into: Frame[], max: number): number {
    let n = this.pending ? this.deliver(into, 0, max) : 0;
    if (this.pending || n >= max) return n;
    const ready = this.slots.arm(max - n);
    if (ready === 0) return n; // the pool is empty: the frames wait in the kernel
    this.cursor = 0;
    this.arrived = this.read(ready);
    if (this.arrived > 0) {
      this.timestamp = this.clock.now();
      n = this.deliver(into, n, max);
    }
    return n;
  }

  inspect(): void {}

  release(): void {
    this.cursor = this.arrived = 0;
    this.slots.release();
  }

  private read(count: number): number {
    this.error = 0;
    for (let tries = 0; tries < MAX_ERRORS; tries++) {
      const got = this.socket.receive(this.batch, count);
      if (got >= 0) return got;
      if (got === -Errno.EAGAIN) return 0;
      if (got === -Errno.EINTR) continue;
      this.error = -got;
      // A frame with an offload that no virtio-net header can describe; the kernel has thrown it away.
      if (got === -Errno.EINVAL) this.malformed++;
      // The device went down or away: said once, then the socket works on as soon as it is up again.
      else if (got !== -Errno.ENETDOWN) return 0;
    }
    return 0;
  }

  private deliver(into: Frame[], from: number, max: number): number {
    let n = from;
    while (this.cursor < this.arrived && n < max) {
      if (this.superFrame.unfinished) {
        const frame = this.pool.allocate();
        if (frame === null) return n; // goes on from here when there are free frames again
        if (this.superFrame.emit(frame, this.pool.maxLength)) {
          this.describe(frame, this.cursor);
          into[n++] = frame;
        } else {
          this.pool.release(frame);
          this.tooLong++;
        }
        if (!this.superFrame.unfinished) this.cursor++;
      } else if (this.accept(this.cursor)) {
        into[n++] = this.slots.take(this.cursor++);
      } else if (!this.superFrame.unfinished) {
        this.cursor++;
      }
    }
    return n;
  }

  /** Makes message i a frame in its slot. False when it is none: lost and counted, or a super-frame begun. */
  private accept(i: number): boolean {
    const frame = this.slots.at(i);
    const { bytes, start } = frame;
    const header = start - VNET_HEADER;
    const length = this.batch.lengthOf(i) - VNET_HEADER;
    if (length <= 0) {
      this.malformed++;
      return false;
    }
    if (this.batch.truncated(i)) {
      this.tooLong++;
      return false;
    }
    if (vnetGsoType(bytes, header) !== GSO_NONE) {
      if (!this.beginSuperFrame(i, frame, length)) this.malformed++;
      return false;
    }
    if (length > this.pool.maxLength) {
      this.tooLong++;
      return false;
    }
    if (vnetFlags(bytes, header) & VNET_NEEDS_CSUM) {
      const at = vnetChecksumStart(bytes, header);
      completePartial(bytes, start, length, at, vnetChecksumOffset(bytes, header));
    }
    frame.length = length;
    this.describe(frame, i);
    return true;
  }

  private beginSuperFrame(i: number, frame: Frame, length: number): boolean {
    const inSlot = Math.min(length, this.pool.maxLength);
    // In front of the overflow, which already holds the rest.
    const at = i * this.overflowStride;
    copyBytes(frame.bytes, frame.start, inSlot, this.overflow.bytes, at);
    const header = frame.start - VNET_HEADER;
    return this.superFrame.begin(this.overflow.bytes, at, length, frame.bytes, header);
  }

  private describe(frame: Frame, i: number): void {
    const { batch } = this;
    frame.protocol = packetProtocol(batch, i);
    frame.packetType = packetType(batch, i);
    frame.interfaceIndex = packetInterface(batch, i);
    frame.hardwareType = packetHardwareType(batch, i);
    frame.timestamp = this.timestamp;
    restoreVlanTag(frame, packetVlan(batch, i));
  }
}
