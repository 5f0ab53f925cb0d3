import type { Clock } from '../../contract/clock.js';
import type { Frame, FramePool, RingRoom } from '../../contract/frame.js';
import { Arena, type Region } from '../../linux/arena.js';
import { MessageBatch } from '../../linux/batch.js';
import { KernelTime } from '../../linux/kernel-time.js';
import { mapOver, unmapOver } from '../../linux/mapped-memory.js';
import { type RingShape, SLOT_HEADER, slotOffset } from '../../linux/packet-ring.js';
import type { PacketSocket } from '../../linux/packet-socket.js';
import { TP_STATUS_COPY, vlanOf } from '../../linux/packet-status.js';
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
import { RingSlots } from './ring-slots.js';
import { OVERFLOW, SuperFrame } from './super-frame.js';
import { restoreVlanTag } from './vlan.js';

// struct tpacket2_hdr, then struct sockaddr_ll (linux/if_packet.h): offsets in a slot.
const LENGTH = 4;
const CAPTURED = 8;
const FRAME_AT = 12;
const SECONDS = 16;
const NANOSECONDS = 20;
const VLAN_TCI = 24;
const VLAN_TPID = 26;
const PROTOCOL = 34;
const INTERFACE = 36;
const HARDWARE = 40;
const PACKET_TYPE = 42;

/** After so many receives in a row that found nothing, the socket is asked whether an error keeps it "readable". */
const EMPTY_HANDED = 64;

/**
 * Takes frames out of a ring (TPACKET_V2) that lies in the pool's memory: they are lent as they are, no byte is moved.
 * Their virtio-net header is in front of them. What does not fit into a slot, the super-frames, waits at the socket.
 */
export class RingReceiver implements Receiver {
  tooLong = 0;
  malformed = 0;
  ringLoss = 0;
  error = 0;
  private readonly socket: PacketSocket;
  private readonly pool: FramePool;
  private readonly view: DataView;
  private readonly room: RingRoom;
  private readonly shape: RingShape;
  private readonly at: number;
  private readonly slots: RingSlots;
  private readonly time: KernelTime;
  private readonly superFrame = new SuperFrame();
  private readonly whole: Region;
  private readonly message: MessageBatch;
  private empty = 0;
  private open = true;

  /** `at` is a claimed place in `room`. Throws QuipuError when the ring cannot be mapped there. */
  constructor(
    socket: PacketSocket,
    pool: FramePool,
    room: RingRoom,
    at: number,
    shape: RingShape,
    clock: Clock,
  ) {
    const arena = new Arena();
    this.socket = socket;
    this.pool = pool;
    this.view = new DataView(pool.memory.buffer);
    this.room = room;
    this.shape = shape;
    this.at = at;
    this.time = new KernelTime(clock);
    this.whole = arena.allocate(VNET_HEADER + OVERFLOW);
    this.message = new MessageBatch(arena, 1, { vectors: 1, name: 0, control: 0 });
    this.message.setVector(0, 0, this.whole.address, VNET_HEADER + OVERFLOW);
    mapOver(pool.memory.buffer, at, shape.bytes, socket.fd);
    this.slots = new RingSlots(
      pool,
      Array.from({ length: shape.slots }, (_, i) => at + slotOffset(shape, i)),
    );
  }

  get pending(): boolean {
    return this.superFrame.unfinished;
  }

  receive(into: Frame[], max: number): number {
    const { slots } = this;
    slots.settle();
    this.error = 0;
    let status = slots.status();
    if (status === 0) {
      if (++this.empty >= EMPTY_HANDED) this.lookForError();
      return 0;
    }
    this.empty = 0;
    this.time.begin();
    let n = 0;
    for (; status !== 0 && n < max; status = slots.status()) {
      const frame = this.superFrame.unfinished ? this.nextSegment() : this.take(status);
      if (frame !== null) into[n++] = frame;
      else if (this.stopped) break;
    }
    return n;
  }

  inspect(): void {
    this.time.adjust();
  }

  release(): void {
    if (!this.open) return;
    this.open = false;
    this.slots.settle();
    unmapOver(this.pool.memory.buffer, this.at, this.shape.bytes);
    this.room.giveBack(this.at);
  }

  /** The pool is empty. */
  private stopped = false;

  /**
   * Makes the next slot a frame. Null when it is none: lost and counted, a super-frame begun, or (`stopped`) the pool
   * is empty and it stays where it is.
   */
  private take(status: number): Frame | null {
    const { view, pool, slots } = this;
    const slot = slots.offset();
    const start = slot + view.getUint16(slot + FRAME_AT, true);
    const length = view.getUint32(slot + LENGTH, true);
    if (view.getUint32(slot + CAPTURED, true) !== length) return this.takeWhole(status);
    const header = start - VNET_HEADER;
    if (vnetGsoType(pool.memory, header) !== GSO_NONE) {
      return this.beginSuperFrame(pool.memory, start, length, header);
    }
    if (length === 0) return this.lose('malformed');
    // Link headers are no longer than Ethernet's, so that this only fails on a device that is none.
    if (length > pool.maxLength || start - pool.headroom < slot + SLOT_HEADER) return this.lose('tooLong');
    const frame = slots.lend(start);
    this.stopped = frame === null;
    if (frame === null) return null;
    frame.length = length;
    if (vnetFlags(pool.memory, header) & VNET_NEEDS_CSUM) {
      const at = vnetChecksumStart(pool.memory, header);
      completePartial(pool.memory, start, length, at, vnetChecksumOffset(pool.memory, header));
    }
    this.describe(frame, slot, status);
    return frame;
  }

  /** A frame longer than its slot: the socket has all of it, if there was room in the receive buffer. */
  private takeWhole(status: number): null {
    if ((status & TP_STATUS_COPY) === 0) return this.lose('ringLoss');
    const got = this.socket.receiveOne(this.message);
    if (got < 0) {
      this.error = -got;
      return this.lose('malformed');
    }
    const { bytes } = this.whole;
    const length = got - VNET_HEADER;
    if (this.message.truncated(0) || length <= 0) return this.lose('tooLong');
    if (vnetGsoType(bytes, 0) === GSO_NONE) return this.lose('tooLong');
    return this.beginSuperFrame(bytes, VNET_HEADER, length, 0);
  }

  private beginSuperFrame(source: Uint8Array, offset: number, length: number, header: number): null {
    if (!this.superFrame.begin(source, offset, length, source, header)) return this.lose('malformed');
    this.stopped = false;
    return null;
  }

  private lose(how: 'malformed' | 'tooLong' | 'ringLoss'): null {
    this[how]++;
    this.slots.skip();
    this.stopped = false;
    return null;
  }

  /** The next segment of the super-frame in the slot that comes next, which is taken with the last one. */
  private nextSegment(): Frame | null {
    const { pool, slots } = this;
    const frame = pool.allocate();
    this.stopped = frame === null;
    if (frame === null) return null;
    const fits = this.superFrame.emit(frame, pool.maxLength);
    if (fits) {
      const slot = slots.offset();
      this.describe(frame, slot, slots.status());
    } else {
      pool.release(frame);
      this.tooLong++;
    }
    if (!this.superFrame.unfinished) slots.skip();
    return fits ? frame : null;
  }

  private describe(frame: Frame, slot: number, status: number): void {
    const { view } = this;
    frame.protocol = view.getUint16(slot + PROTOCOL);
    frame.packetType = view.getUint8(slot + PACKET_TYPE);
    frame.interfaceIndex = view.getInt32(slot + INTERFACE, true);
    frame.hardwareType = view.getUint16(slot + HARDWARE, true);
    const seconds = view.getUint32(slot + SECONDS, true);
    frame.timestamp = this.time.arrival(seconds, view.getUint32(slot + NANOSECONDS, true));
    const tci = view.getUint16(slot + VLAN_TCI, true);
    restoreVlanTag(frame, vlanOf(status, tci, view.getUint16(slot + VLAN_TPID, true)));
  }

  private lookForError(): void {
    this.empty = 0;
    this.error = this.socket.takeError();
  }
}
