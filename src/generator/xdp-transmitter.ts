import { QuipuError } from '../contract/error.js';
import { Errno } from '../linux/errno.js';
import { emptyMemory, reserveMemory } from '../linux/mapped-memory.js';
import { setSendBuffer } from '../linux/send-buffer.js';
import { planXdp, type XdpPlan } from '../linux/xdp-memory.js';
import type { ConsumerRing, ProducerRing } from '../linux/xdp-ring.js';
import { XdpSocket } from '../linux/xdp-socket.js';
import type { FrameOrder } from './frame-order.js';
import { FrameSlots, placesFor } from './frame-slots.js';
import type { Transmitter } from './transmitter.js';

/** Frames that the kernel sends in one call (its default of XDP_MAX_TX_SKB_BUDGET): no more is given to it at once. */
const KICK = 32;
/** What the kernel keeps for a frame beside its bytes, generously. */
const OVERHEAD = 1024;
/** Words of a descriptor: address (two), length, options. */
const LENGTH = 2;
/** Nothing is received: the least that the kernel takes. */
const RECEIVE_BYTES = 1;

/** What of an AF_XDP socket sends. */
export interface TransmittingSocket {
  /** Descriptors of frames to be sent. */
  readonly send: ProducerRing;
  /** Addresses of chunks with which the kernel is done. */
  readonly completion: ConsumerRing;
  /** Lets the kernel send; 0 or an error number. */
  kick(): number;
  close(): void;
}

export interface XdpTransmitterOptions {
  readonly device: string;
  readonly interfaceIndex: number;
  readonly ringFrames: number;
}

/** Throws QuipuError, also when a frame is longer than a chunk of AF_XDP can be. */
export function openXdpTransmitter(order: FrameOrder, options: XdpTransmitterOptions): Transmitter {
  const { device, interfaceIndex, ringFrames } = options;
  const longest = order.packets.reduce((most, { bytes }) => Math.max(most, bytes.length), 0);
  const socket = new XdpSocket(device);
  try {
    const chunks = Math.max(2 * KICK, 2 ** Math.floor(Math.log2(ringFrames)));
    const plan = planXdp(socket.offsets(), RECEIVE_BYTES, 0, longest, chunks);
    if (longest > plan.longest) {
      throw new QuipuError(
        'no-support',
        `AF_XDP takes frames of up to ${plan.longest} bytes, not of ${longest}; use --io packet`,
      );
    }
    const memory = reserveMemory(plan.bytes);
    if (memory === null) throw new QuipuError('limit', `no memory for ${plan.bytes} bytes of frames`);
    setSendBuffer(socket.fd, chunks * (longest + OVERHEAD));
    socket.start(interfaceIndex, memory, 0, plan);
    return new XdpTransmitter(order, socket, memory, plan);
  } catch (error) {
    socket.close();
    throw error;
  }
}

/**
 * Sends by an AF_XDP socket in copy mode. Each place of the ring is a chunk; it is the kernel's from its sending on until
 * the kernel says that it has done with it.
 */
export class XdpTransmitter implements Transmitter {
  readonly way = 'xdp';
  error = 0;
  bytes = 0;
  private readonly socket: TransmittingSocket;
  private readonly memory: ArrayBuffer;
  private readonly words: Int32Array;
  private readonly slots: FrameSlots;
  /** Address of the first chunk, and from one to the next, as the kernel counts. */
  private readonly base: number;
  private readonly stride: number;
  /** 1 for a chunk that is in the ring or with the device. */
  private readonly busy: Uint8Array;
  private busyCount = 0;
  /** So many of the ready frames are in the ring already. */
  private described = 0;

  constructor(order: FrameOrder, socket: TransmittingSocket, memory: ArrayBuffer, plan: XdpPlan) {
    this.socket = socket;
    this.memory = memory;
    this.words = new Int32Array(memory);
    this.base = plan.receiveChunks * plan.stride;
    this.stride = plan.stride;
    const bytes = new Uint8Array(memory);
    const count = placesFor(order, plan.sendChunks);
    this.slots = new FrameSlots(order, bytes, plan.chunksAt + this.base, plan.stride, count);
    this.busy = new Uint8Array(count);
  }

  warmUp(): void {
    this.prepare(1);
    this.socket.kick();
  }

  nextLength(): number {
    this.collect();
    // While the kernel has all chunks nothing can be laid out, and nothing be sent.
    return this.prepare(1) > 0 ? this.slots.lengths[this.slots.head] : 0;
  }

  send(count: number): number {
    this.error = 0;
    let sent = 0;
    while (sent < count && this.error === 0) {
      const n = this.prepare(Math.max(this.described, Math.min(KICK, count - sent)));
      if (n === 0) this.error = Errno.EAGAIN;
      else sent += this.drive(n);
    }
    return sent;
  }

  skip(): void {
    // What is in the ring cannot be left out: it is tried again.
    if (this.described === 0 && this.prepare(1) > 0) this.slots.release(1);
  }

  isDone(): boolean {
    this.collect();
    return this.busyCount <= this.described;
  }

  close(): void {
    this.socket.close();
    emptyMemory(this.memory);
  }

  /** Lays frames out until `count` are ready or the kernel has the next chunk: how many of them are. */
  private prepare(count: number): number {
    const { slots, busy } = this;
    while (slots.ready < count) {
      if (slots.ready === slots.count) break;
      const place = (slots.head + slots.ready) % slots.count;
      if (busy[place] !== 0) {
        this.collect();
        if (busy[place] !== 0) break;
      }
      slots.layOut();
    }
    return Math.min(count, slots.ready);
  }

  /**
   * Describes the first `count` ready frames in the ring and lets the kernel send: how many it has sent. What is in the ring
   * stays there, since the kernel may have looked at it.
   */
  private drive(count: number): number {
    const { socket, slots, words, described } = this;
    const { send } = socket;
    for (let i = described; i < count; i++) {
      const place = (slots.head + i) % slots.count;
      this.occupy(place);
      const at = send.next(i - described);
      words[at] = this.base + place * this.stride;
      words[at + 1] = 0;
      words[at + LENGTH] = slots.lengths[place];
      words[at + LENGTH + 1] = 0;
    }
    if (count > described) send.publish(count - described);
    this.described = count;
    let gone = 0;
    for (let tries = 0; ; tries++) {
      const failed = socket.kick();
      const took = this.described - send.waiting;
      // After EBUSY the last one that it took is lost: the device has thrown it away.
      const isLost = failed === Errno.EBUSY && took > 0;
      gone += this.take(took, isLost);
      if (this.described === 0 && !isLost) return gone;
      // Linux before 6.16 does not say how far it came when it stops so.
      const goesOn = took > 0 || failed === Errno.EINTR || failed === Errno.EBUSY;
      if (goesOn && !isLost && tries < KICK) continue;
      this.error = failed === 0 || failed === Errno.EBUSY ? Errno.EAGAIN : failed;
      return gone;
    }
  }

  /**
   * The kernel has taken the first `count` described frames from the ring. A lost one, the last of them, comes again. Answers
   * how many were sent.
   */
  private take(count: number, isLost: boolean): number {
    const sent = isLost ? count - 1 : count;
    this.bytes += this.slots.release(sent);
    this.described -= count;
    this.collect();
    if (isLost) this.putBack();
    return sent;
  }

  /** Puts the frame that the kernel took last in front of those that wait in the ring. */
  private putBack(): void {
    const { head, lengths } = this.slots;
    this.occupy(head);
    this.socket.send.putInFront([this.base + head * this.stride, 0, lengths[head], 0]);
    this.described++;
  }

  private occupy(place: number): void {
    if (this.busy[place] !== 0) return;
    this.busy[place] = 1;
    this.busyCount++;
  }

  /** Takes the chunks back with which the kernel is done. */
  private collect(): void {
    const { completion } = this.socket;
    const count = completion.available;
    for (let i = 0; i < count; i++) {
      const place = (this.words[completion.next(i)] - this.base) / this.stride;
      if (this.busy[place] === 0) continue;
      this.busy[place] = 0;
      this.busyCount--;
    }
    if (count > 0) completion.release(count);
  }
}
