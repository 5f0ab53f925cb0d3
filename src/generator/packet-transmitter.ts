import { Arena } from '../linux/arena.js';
import { MessageBatch } from '../linux/batch.js';
import { Errno } from '../linux/errno.js';
import { TransmitSocket } from '../linux/transmit-socket.js';
import type { FrameOrder } from './frame-order.js';
import { FrameSlots, placesFor } from './frame-slots.js';
import type { Transmitter } from './transmitter.js';

/** Frames of one system call: more of them gain nothing. */
const BATCH = 256;
/** What the kernel keeps for a frame beside its bytes, generously. */
const OVERHEAD = 1024;

export interface PacketTransmitterOptions {
  readonly device: string;
  readonly interfaceIndex: number;
  /** Frames that may wait at the device. */
  readonly ringFrames: number;
  readonly queueingDiscipline: boolean;
}

/** Sends by sendmmsg(2) on a packet socket. */
export class PacketTransmitter implements Transmitter {
  readonly way = 'packet';
  error = 0;
  bytes = 0;
  private readonly socket: TransmitSocket;
  private readonly batch: MessageBatch;
  private readonly slots: FrameSlots;
  private readonly address: number;
  private readonly stride: number;
  /** Length that a message's vector has now. */
  private readonly described: Int32Array;

  /** Throws QuipuError. */
  constructor(order: FrameOrder, options: PacketTransmitterOptions) {
    const longest = order.packets.reduce((most, { bytes }) => Math.max(most, bytes.length), 0);
    this.stride = (longest + 63) & ~63;
    const arena = new Arena();
    const memory = arena.allocate(BATCH * this.stride);
    this.address = memory.address;
    this.batch = new MessageBatch(arena, BATCH, { vectors: 1, name: 0, control: 0 });
    this.slots = new FrameSlots(order, memory.bytes, 0, this.stride, placesFor(order, BATCH));
    this.described = new Int32Array(BATCH);
    this.socket = new TransmitSocket(options.device, options.interfaceIndex, {
      sendBuffer: options.ringFrames * (longest + OVERHEAD),
      queueingDiscipline: options.queueingDiscipline,
    });
  }

  warmUp(): void {
    this.prepare(1);
    this.socket.send(this.batch, 0, 0);
  }

  nextLength(): number {
    this.prepare(1);
    return this.slots.lengths[this.slots.head];
  }

  send(count: number): number {
    this.error = 0;
    let sent = 0;
    while (sent < count) {
      const { slots } = this;
      const n = Math.min(count - sent, slots.count);
      this.prepare(n);
      // One call takes messages that lie side by side.
      const some = Math.min(n, slots.count - slots.head);
      const took = this.socket.send(this.batch, slots.head, some);
      if (took > 0) {
        this.bytes += slots.release(took);
        sent += took;
        continue; // a short count hides its error: the next call, beginning with the refused frame, tells it
      }
      if (took === -Errno.EINTR) continue;
      this.error = took === 0 ? Errno.EAGAIN : -took;
      break;
    }
    return sent;
  }

  skip(): void {
    this.prepare(1);
    this.slots.release(1);
  }

  isDone(): boolean {
    return this.socket.waiting() === 0;
  }

  close(): void {
    this.socket.close();
  }

  /** Lays frames out until `count` of them are ready. */
  private prepare(count: number): void {
    const { slots } = this;
    while (slots.ready < count) {
      const place = slots.layOut();
      const length = slots.lengths[place];
      if (this.described[place] === length) continue;
      this.described[place] = length;
      this.batch.setVector(place, 0, this.address + place * this.stride, length);
    }
  }
}
