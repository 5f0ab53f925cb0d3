import type { Clock } from '../../contract/clock.js';
import type { Frame, FramePool } from '../../contract/frame.js';
import type { XdpPlan } from '../../linux/xdp-memory.js';
import type { XdpSocket } from '../../linux/xdp-socket.js';
import { readU16 } from '../../wire/bytes.js';
import {
  destinationClass,
  ETHERTYPE_MIN,
  ETHERTYPE_QINQ,
  ETHERTYPE_VLAN,
  ethernetType,
} from '../../wire/ethernet.js';
import { completeUnfinished } from '../../wire/unfinished-checksum.js';

/** What the kernel calls the type of an 802.3 frame, which has a length in its place (linux/if_ether.h). */
const ETH_P_802_3 = 1;
const ETH_P_802_2 = 4;
/** In the words of a received descriptor: the chunk's address, the frame's offset in it (its upper half), its length. */
const ADDRESS = 0;
const OFFSET = 1;
const LENGTH = 2;

/** What the frames of a link have in common. */
export interface FrameOrigin {
  readonly interfaceIndex: number;
  readonly hardwareType: number;
  /** The device's own address. */
  readonly address: Uint8Array;
}

/**
 * Takes frames from an AF_XDP socket. Their chunks lie in the pool's memory: they are lent as they are. All that were
 * lent go back to the kernel at the next `receive`; what is still in use then moves to the pool's slots.
 */
export class XdpReceiver {
  tooLong = 0;
  private readonly socket: XdpSocket;
  private readonly pool: FramePool;
  private readonly clock: Clock;
  private readonly origin: FrameOrigin;
  private readonly words: Int32Array;
  private readonly stride: number;
  private readonly chunksAt: number;
  /** Of each chunk: the frame that is lent for it. */
  private readonly frames: Frame[];
  /** Chunks that were taken since the kernel got some back. */
  private readonly out: Int32Array;
  private outCount = 0;

  /** `at` is where the socket's piece of the pool's memory begins. */
  constructor(
    socket: XdpSocket,
    plan: XdpPlan,
    at: number,
    pool: FramePool,
    clock: Clock,
    origin: FrameOrigin,
  ) {
    this.socket = socket;
    this.pool = pool;
    this.clock = clock;
    this.origin = origin;
    this.words = new Int32Array(pool.memory.buffer);
    this.stride = plan.stride;
    this.chunksAt = at + plan.chunksAt;
    this.frames = Array.from({ length: plan.receiveChunks }, () => pool.makeLoan());
    this.out = Int32Array.from(this.frames, (_, chunk) => chunk);
    this.outCount = this.out.length;
    this.settle();
  }

  /** As `Link.receive`. */
  receive(into: Frame[], max: number): number {
    if (this.outCount > 0) this.settle();
    const { receive } = this.socket;
    const available = receive.available;
    if (available === 0) return 0;
    const time = this.clock.now();
    const count = available < max ? available : max;
    let n = 0;
    let looked = 0;
    for (; looked < count; looked++) {
      const at = receive.next(looked);
      const length = this.words[at + LENGTH];
      const address = this.words[at + ADDRESS] >>> 0;
      const chunk = Math.floor(address / this.stride);
      if (length > this.pool.maxLength) {
        this.tooLong++;
      } else {
        const frame = this.frames[chunk];
        const start = this.chunksAt + address + (this.words[at + OFFSET] >>> 16);
        if (!this.pool.lend(frame, start)) break; // the pool is empty: the frames wait
        frame.length = length;
        this.describe(frame, time);
        into[n++] = frame;
      }
      this.out[this.outCount++] = chunk;
    }
    receive.release(looked);
    return n;
  }

  /** Takes all chunks back from whoever has them. */
  release(): void {
    for (; this.outCount > 0; this.outCount--) this.reclaim(this.out[this.outCount - 1]);
  }

  /** Gives all chunks that were taken to the kernel, to be filled. */
  private settle(): void {
    const { fill } = this.socket;
    for (let i = 0; i < this.outCount; i++) {
      const chunk = this.out[i];
      this.reclaim(chunk);
      const at = fill.next(i);
      this.words[at] = chunk * this.stride;
      this.words[at + 1] = 0;
    }
    fill.publish(this.outCount);
    this.outCount = 0;
    if (fill.wantsWakeup) this.socket.wakeForFill();
  }

  private reclaim(chunk: number): void {
    this.frames[chunk] = this.pool.reclaim(this.frames[chunk]);
  }

  private describe(frame: Frame, time: number): void {
    const { bytes, start } = frame;
    let type = ethernetType(bytes, start);
    if (type === ETHERTYPE_VLAN || type === ETHERTYPE_QINQ) {
      frame.vlanPresent = 1;
      frame.vlanProtocol = type;
      frame.vlanTag = frame.u16(14);
      type = frame.u16(16);
    }
    frame.protocol = type >= ETHERTYPE_MIN ? type : type802(readU16(bytes, start + 14));
    frame.packetType = destinationClass(bytes, start, this.origin.address);
    frame.interfaceIndex = this.origin.interfaceIndex;
    frame.hardwareType = this.origin.hardwareType;
    frame.timestamp = time;
    completeUnfinished(bytes, start, frame.length);
  }
}

/** A frame that begins with ones where others have LLC is one of Novell's (the kernel's eth_type_trans). */
function type802(first: number): number {
  return first === 0xffff ? ETH_P_802_3 : ETH_P_802_2;
}
