import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Errno } from '../linux/errno.js';
import { planXdp, type RingPlan } from '../linux/xdp-memory.js';
import { ConsumerRing, ProducerRing, type RingPlace } from '../linux/xdp-ring.js';
import { numberedFrame } from '../traffic/numbered-frame.js';
import { readU32 } from '../wire/bytes.js';
import { FrameOrder } from './frame-order.js';
import { XdpTransmitter } from './xdp-transmitter.js';

/** What becomes of a frame: sent, thrown away by the device, or not taken by it now. */
type Fate = 'sent' | 'thrown' | 'busy';

const CHUNKS = 64;
const BUDGET = 32;
const offsets = { producer: 0, consumer: 128, flags: 196, entries: 320 };
const plan = planXdp(
  { receive: offsets, send: offsets, fill: offsets, completion: offsets },
  1,
  0,
  64,
  CHUNKS,
);

/** The kernel's side: xsk_generic_xmit. `lazy`: as before Linux 6.16 it does not say how far it came when it stops. */
class FakeKernel {
  readonly send: ProducerRing;
  readonly completion: ConsumerRing;
  /** Numbers of the frames that were sent. */
  readonly sent: number[] = [];
  fate: () => Fate = () => 'sent';
  private readonly memory = new ArrayBuffer(plan.bytes);
  private readonly bytes = new Uint8Array(this.memory);
  private readonly words = new Int32Array(this.memory);
  private readonly toSend = place(plan.send);
  private readonly done = place(plan.completion);
  private readonly sending: { readonly chunk: number; readonly number: number }[] = [];
  private readonly lazy: boolean;
  private consumed: number;
  private known: number;

  constructor(begin: number, lazy: boolean) {
    this.lazy = lazy;
    for (const { producer, consumer } of [this.toSend, this.done]) {
      this.words[producer] = this.words[consumer] = begin;
    }
    this.consumed = this.known = begin | 0;
    this.send = new ProducerRing(this.words, this.toSend);
    this.completion = new ConsumerRing(this.words, this.done);
  }

  /** Sends numbered frames. */
  transmitter(): XdpTransmitter {
    const order = new FrameOrder([numberedFrame(new Uint8Array(60), 14)], null);
    return new XdpTransmitter(order, this, this.memory, plan);
  }

  kick(): number {
    for (let budget = BUDGET; ; budget--) {
      if (this.consumed === this.known) {
        this.words[this.toSend.consumer] = this.consumed;
        this.known = this.words[this.toSend.producer];
        if (this.consumed === this.known) return 0;
      }
      const fate = budget === 0 ? 'busy' : this.fate();
      if (fate === 'busy') return this.stop(Errno.EAGAIN);
      const at = this.toSend.entries + 4 * (this.consumed & (this.toSend.size - 1));
      this.consumed = (this.consumed + 1) | 0;
      const chunk = this.words[at];
      expect(this.words[at + 2]).toBe(60);
      if (fate === 'thrown') {
        this.complete(chunk);
        return this.stop(Errno.EBUSY);
      }
      this.sent.push(this.numberIn(chunk));
      this.sending.push({ chunk, number: this.numberIn(chunk) });
    }
  }

  /** The device is done with some of its frames, in any order. */
  finish(count: number): void {
    for (let i = 0; i < count && this.sending.length > 0; i++) {
      const [{ chunk, number }] = this.sending.splice((i * 7) % this.sending.length, 1);
      if (this.numberIn(chunk) !== number)
        throw new Error(`frame ${number} was overwritten while it was sent`);
      this.complete(chunk);
    }
  }

  close(): void {}

  private stop(errno: number): number {
    if (!this.lazy) this.words[this.toSend.consumer] = this.consumed;
    return errno;
  }

  private complete(chunk: number): void {
    const count = this.words[this.done.producer];
    this.words[this.done.entries + 2 * (count & (this.done.size - 1))] = chunk;
    this.words[this.done.producer] = count + 1;
  }

  private numberIn(chunk: number): number {
    return readU32(this.bytes, plan.chunksAt + chunk + 14);
  }
}

function place({ at, size, entryBytes }: RingPlan): RingPlace {
  const word = (offset: number) => (at + offset) / 4;
  return {
    producer: word(offsets.producer),
    consumer: word(offsets.consumer),
    flags: word(offsets.flags),
    entries: word(offsets.entries),
    entryWords: entryBytes / 4,
    size,
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

test('frames are sent in order, as many as asked for', () => {
  const kernel = new FakeKernel(0, false);
  const transmitter = kernel.transmitter();
  expect([transmitter.send(50), transmitter.error, transmitter.bytes]).toEqual([50, 0, 3000]);
  expect(kernel.sent).toEqual(upTo(50));
  expect(transmitter.isDone()).toBe(false);
  kernel.finish(50);
  expect(transmitter.isDone()).toBe(true);
});

test('while the device has all chunks nothing goes out, and it goes on behind the last one', () => {
  const kernel = new FakeKernel(0, false);
  const transmitter = kernel.transmitter();
  expect([transmitter.send(100), transmitter.error]).toEqual([CHUNKS, Errno.EAGAIN]);
  expect(transmitter.nextLength()).toBe(0);
  kernel.finish(CHUNKS);
  expect(transmitter.nextLength()).toBe(60);
  expect([transmitter.send(36), transmitter.error]).toEqual([36, 0]);
  expect(kernel.sent).toEqual(upTo(100));
});

test.each([
  false,
  true,
])('whatever a device does, each frame is sent once and in order (lazy kernel: %s)', (lazy) => {
  // Which frame was thrown away a lazy kernel does not tell: it counts as sent.
  const fates: readonly Fate[] = ['sent', 'sent', 'sent', 'busy', lazy ? 'busy' : 'thrown'];
  const step = fc.record({
    count: fc.integer({ min: 1, max: 100 }),
    fates: fc.array(fc.constantFrom(...fates), { maxLength: 60 }),
    finished: fc.integer({ min: 0, max: 80 }),
  });
  const begin = fc.constantFrom(0, 0x7fff_fff0, 0xffff_fff0);
  fc.assert(
    fc.property(begin, fc.array(step, { maxLength: 30 }), (at, steps) => {
      const kernel = new FakeKernel(at, lazy);
      const transmitter = kernel.transmitter();
      let told = 0;
      let wanted = 0;
      for (const { count, fates: next, finished } of steps) {
        const left = [...next];
        kernel.fate = () => left.shift() ?? 'sent';
        told += transmitter.send(count);
        wanted = Math.max(wanted, told + count);
        if (!lazy) expect(told).toBe(kernel.sent.length);
        expect(transmitter.bytes).toBe(told * 60);
        kernel.finish(finished);
      }
      kernel.fate = () => 'sent';
      for (let i = 0; i < 100 && told < wanted; i++) {
        kernel.finish(CHUNKS);
        told += transmitter.send(Math.min(BUDGET, wanted - told));
      }
      expect(told).toBe(wanted);
      kernel.finish(CHUNKS);
      expect(transmitter.isDone()).toBe(true);
      expect(kernel.sent).toEqual(upTo(told));
    }),
    { seed: 4, numRuns: 100 },
  );
});
