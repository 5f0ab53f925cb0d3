import { QuipuError } from '../contract/error.js';
import { mapOver, reserveMemory, unmapOver } from '../linux/mapped-memory.js';
import { NetDevices } from '../linux/netdev.js';
import { type RingShape, ringShape, slotOffset } from '../linux/packet-ring.js';
import { PacketSocket } from '../linux/packet-socket.js';
import { attachFilter, type FilterProgram } from '../linux/socket-filter.js';
import { MARK, TestFrameAt } from '../traffic/rfc2544/test-frame.js';
import { GSO_NONE, VNET_HEADER, vnetGsoType } from '../wire/virtio-net.js';

/** Bytes of a frame that are looked at; the ring keeps no more of them. */
const SNAP = 64;
/** Frames that wait outside of the ring: there are none, all are short enough for it. */
const RECEIVE_BUFFER = 1 << 16;
/** The kernel has filled the slot. */
const FILLED = 1;
// struct tpacket2_hdr (linux/if_packet.h): offsets in a slot.
const LENGTH = 4;
const FRAME_AT = 12;
const SECONDS = 16;
const NANOSECONDS = 20;

/** What is done with each frame: where it begins in `bytes`, and when it came by the wall clock. */
export interface FrameTaker {
  take(
    bytes: Uint8Array,
    at: number,
    length: number,
    merged: boolean,
    seconds: number,
    nanoseconds: number,
  ): void;
}

/**
 * The test frames of a run as they come in at a device, from a ring that the kernel writes. Nobody is woken for them, which
 * would cost the sending side time: ask often enough. The device is promiscuous until it is closed.
 */
export class SinkRing {
  private readonly socket: PacketSocket;
  private readonly memory: ArrayBuffer;
  private readonly shape: RingShape;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly words: Int32Array;
  private next = 0;

  /** Throws QuipuError. */
  constructor(device: string, run: number, ringBytes: number) {
    this.shape = ringShape(ringBytes, 0, SNAP);
    const memory = reserveMemory(this.shape.bytes);
    if (memory === null) throw new QuipuError('limit', `no memory for a ring of ${this.shape.bytes} bytes`);
    this.memory = memory;
    this.socket = new PacketSocket(device, indexOf(device), {
      promiscuous: true,
      receiveBuffer: RECEIVE_BUFFER,
      muted: true,
      ring: this.shape,
    });
    try {
      mapOver(memory, 0, this.shape.bytes, this.socket.fd);
      attachFilter(this.socket.fd, testFramesOf(run));
    } catch (error) {
      this.socket.close();
      throw error;
    }
    this.bytes = new Uint8Array(memory);
    this.view = new DataView(memory);
    this.words = new Int32Array(memory);
  }

  /** Hands over what has come, `max` frames at most; answers how many. */
  drain(taker: FrameTaker, max: number): number {
    const { shape, bytes } = this;
    for (let n = 0; n < max; n++) {
      const slot = slotOffset(shape, this.next);
      // Atomic: what the kernel wrote before it gave the slot away is seen after this.
      if ((Atomics.load(this.words, slot >>> 2) & FILLED) === 0) return n;
      const at = slot + this.view.getUint16(slot + FRAME_AT, true);
      taker.take(
        bytes,
        at,
        this.view.getUint32(slot + LENGTH, true),
        vnetGsoType(bytes, at - VNET_HEADER) !== GSO_NONE,
        this.view.getUint32(slot + SECONDS, true),
        this.view.getUint32(slot + NANOSECONDS, true),
      );
      Atomics.store(this.words, slot >>> 2, 0);
      this.next = this.next + 1 === shape.slots ? 0 : this.next + 1;
    }
    return max;
  }

  /** Test frames that found the ring full since the last call. */
  takeDrops(): number {
    return this.socket.takeDrops();
  }

  /** Error number of the device since the last call; 0 when there was none. */
  takeError(): number {
    return this.socket.takeError();
  }

  close(): void {
    unmapOver(this.memory, 0, this.shape.bytes);
    this.socket.close();
  }
}

function indexOf(device: string): number {
  const devices = new NetDevices();
  try {
    return devices.index(device);
  } finally {
    devices.close();
  }
}

/** Accepts so many bytes of the frames of a run as tell what they are, and nothing else. */
function testFramesOf(run: number): FilterProgram {
  const LDH = 0x28;
  const LD = 0x20;
  const JEQ = 0x15;
  const RET = 0x06;
  return [
    [LDH, 0, 0, TestFrameAt.etherType],
    [JEQ, 0, 5, 0x0800],
    [LD, 0, 0, TestFrameAt.mark],
    [JEQ, 0, 3, MARK],
    [LD, 0, 0, TestFrameAt.run],
    [JEQ, 0, 1, run],
    [RET, 0, 0, SNAP],
    [RET, 0, 0, 0],
  ];
}
