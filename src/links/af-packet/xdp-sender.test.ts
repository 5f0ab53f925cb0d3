import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SendStop } from '../../contract/link.js';
import { Errno } from '../../linux/errno.js';
import { planXdp, type RingPlan, type XdpPlan } from '../../linux/xdp-memory.js';
import { ConsumerRing, ProducerRing, type RingPlace } from '../../linux/xdp-ring.js';
import { makePool, type TestPool } from '../../testing/pool.js';
import { XdpSender } from './xdp-sender.js';

type TestFrame = Parameters<TestPool['release']>[0];
/** What becomes of a frame: sent, thrown away by the device, or not taken by it now. */
type Fate = 'sent' | 'thrown' | 'busy';

const POOL = { size: 100, slotSize: 2048, headroom: 128 };
const RINGS_AT = 4096 * 60;
const BUDGET = 32;
const ring = { producer: 0, consumer: 128, flags: 196, entries: 320 };

/** The kernel's side: xsk_generic_xmit. `lazy`: as before Linux 6.16 it does not say how far it came when it stops. */
class FakeKernel {
  readonly send: ProducerRing;
  readonly completion: ConsumerRing;
  readonly plan: XdpPlan;
  readonly pool: TestPool;
  readonly sender: XdpSender;
  readonly sent: number[] = [];
  readonly lengths: number[] = [];
  readonly thrown: number[] = [];
  down = false;
  fate: () => Fate = () => 'sent';
  /** Chunks whose frames a device is still sending. */
  private readonly sending: { readonly chunk: number; readonly number: number }[] = [];
  private readonly words: Int32Array;
  private readonly lazy: boolean;
  private readonly toSend: RingPlace;
  private readonly done: RingPlace;
  private consumed: number;
  private known: number;

  constructor(begin: number, lazy = false) {
    const all = { receive: ring, send: ring, fill: ring, completion: ring };
    this.plan = { ...planXdp(all, 1, POOL.headroom, POOL.slotSize - POOL.headroom), sendChunks: 64 };
    this.pool = makePool({ ...POOL, memory: new ArrayBuffer(RINGS_AT + this.plan.bytes) });
    this.words = new Int32Array(this.pool.memory.buffer);
    this.lazy = lazy;
    this.toSend = place(this.plan.send);
    this.done = place(this.plan.completion);
    for (const { producer, consumer } of [this.toSend, this.done]) {
      this.words[producer] = this.words[consumer] = begin;
    }
    this.consumed = this.known = begin | 0;
    this.send = new ProducerRing(this.words, this.toSend);
    this.completion = new ConsumerRing(this.words, this.done);
    this.sender = new XdpSender(this, this.plan, RINGS_AT, this.pool);
  }

  kick(): number {
    if (this.down) return Errno.ENETDOWN;
    for (let budget = BUDGET; ; budget--) {
      if (this.consumed === this.known) {
        this.publish();
        this.known = this.words[this.toSend.producer];
        if (this.consumed === this.known) return 0;
      }
      if (budget === 0) return this.stop(Errno.EAGAIN);
      const fate = this.fate();
      if (fate === 'busy') return this.stop(Errno.EAGAIN);
      const at = this.toSend.entries + 4 * (this.consumed & (this.toSend.size - 1));
      this.consumed = (this.consumed + 1) | 0;
      const chunk = this.words[at];
      const number = this.numberIn(chunk);
      if (fate === 'thrown') {
        this.thrown.push(number);
        this.complete(chunk);
        return this.stop(Errno.EBUSY);
      }
      this.sent.push(number);
      this.lengths.push(this.words[at + 2]);
      this.sending.push({ chunk, number });
    }
  }

  /** The device is done with one of its frames, in any order. */
  finish(which: number): void {
    if (this.sending.length === 0) return;
    const [{ chunk, number }] = this.sending.splice(which % this.sending.length, 1);
    // The device may read them until now.
    if (this.numberIn(chunk) !== number) throw new Error(`frame ${number} was overwritten while it was sent`);
    this.complete(chunk);
  }

  finishAll(): void {
    while (this.sending.length > 0) this.finish(0);
  }

  frame(number: number): TestFrame {
    const frame = this.pool.allocate();
    if (frame === null) throw new Error('the pool is empty');
    frame.length = 60 + (number % 900);
    frame.setU32(20, number);
    return frame;
  }

  private numberIn(chunk: number): number {
    return new DataView(this.pool.memory.buffer).getUint32(RINGS_AT + this.plan.chunksAt + chunk + 20);
  }

  private complete(chunk: number): void {
    const count = this.words[this.done.producer];
    this.words[this.done.entries + 2 * (count & (this.done.size - 1))] = chunk;
    this.words[this.done.producer] = count + 1;
  }

  private stop(error: number): number {
    if (!this.lazy) this.publish();
    return error;
  }

  private publish(): void {
    this.words[this.toSend.consumer] = this.consumed;
  }
}

function place({ at, size, entryBytes }: RingPlan): RingPlace {
  const word = (offset: number) => (RINGS_AT + at + offset) / 4;
  return {
    producer: word(ring.producer),
    consumer: word(ring.consumer),
    flags: word(ring.flags),
    entries: word(ring.entries),
    entryWords: entryBytes / 4,
    size,
  };
}

const fates = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.constant<Fate>('sent') },
    { weight: 1, arbitrary: fc.constant<Fate>('thrown') },
    { weight: 1, arbitrary: fc.constant<Fate>('busy') },
  ),
  { minLength: 1, maxLength: 400 },
);

/** Sends 400 frames while the device does this and that; answers the kernel when all has gone. */
function run(script: readonly Fate[], batches: readonly number[], lazy: boolean): FakeKernel {
  const kernel = new FakeKernel(0xffff_ff00, lazy);
  let step = 0;
  kernel.fate = () => script[step++] ?? 'sent';
  let next = 0;
  for (let turn = 0; next < 400 || kernel.sender.unsent; turn++) {
    if (turn > 5000) throw new Error(`stuck at ${next}`);
    const count = Math.min(batches[turn % batches.length], 400 - next);
    const frames = Array.from({ length: count }, (_, i) => kernel.frame(next + i));
    const taken = kernel.sender.send(frames, 0, count, 1514);
    next += taken;
    if (taken < count) expect(kernel.sender.stopped).toBe(SendStop.full);
    for (const frame of frames) {
      frame.setU32(20, 0xdead); // the frame is the caller's again
      kernel.pool.release(frame);
    }
    if (count === 0) kernel.sender.push();
    for (let i = 0; i < batches[turn % batches.length]; i++) kernel.finish(turn + i);
  }
  kernel.finishAll();
  return kernel;
}

const batches = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 });

test('every frame goes once and in order, whatever the device does', () => {
  fc.assert(
    fc.property(fates, batches, (script, sizes) => {
      const kernel = run(script, sizes, false);
      expect(kernel.sent).toEqual(Array.from({ length: 400 }, (_, i) => i));
      expect(kernel.lengths).toEqual(kernel.sent.map((number) => 60 + (number % 900)));
    }),
    { seed: 20261120, numRuns: 60 },
  );
});

test('an older kernel loses only what the device threw away', () => {
  fc.assert(
    fc.property(fates, batches, (script, sizes) => {
      const kernel = run(script, sizes, true);
      expect([...kernel.sent, ...kernel.thrown].sort((a, b) => a - b)).toEqual(
        Array.from({ length: 400 }, (_, i) => i),
      );
      expect(kernel.sent.every((number, i) => i === 0 || number > kernel.sent[i - 1])).toBe(true);
    }),
    { seed: 20261121, numRuns: 60 },
  );
});

test('no more frames are on their way than there are chunks', () => {
  const kernel = new FakeKernel(0);
  const frames = Array.from({ length: 100 }, (_, i) => kernel.frame(i));
  expect([kernel.sender.send(frames, 0, 100, 1514), kernel.sender.stopped]).toEqual([64, SendStop.full]);
  expect([kernel.sender.send(frames, 64, 100, 1514), kernel.sender.stopped]).toEqual([0, SendStop.full]);
  for (let i = 0; i < 10; i++) kernel.finish(3);
  expect([kernel.sender.send(frames, 64, 100, 1514), kernel.sender.stopped]).toEqual([10, SendStop.full]);
  kernel.finishAll();
  expect([kernel.sender.send(frames, 74, 100, 1514), kernel.sender.stopped]).toEqual([26, SendStop.none]);
  expect(kernel.sent).toEqual(frames.map((_, i) => i));
});

test('a device that is down has none of it: nothing goes later', () => {
  const kernel = new FakeKernel(0xffff_ffff);
  const frames = Array.from({ length: 40 }, (_, i) => kernel.frame(i));
  kernel.down = true;
  for (let i = 0; i < 100; i++) {
    expect([kernel.sender.send(frames, 0, 40, 1514), kernel.sender.stopped]).toEqual([0, SendStop.down]);
    expect([kernel.sender.unsent, kernel.sender.error]).toEqual([false, Errno.ENETDOWN]);
  }
  kernel.down = false;
  expect([kernel.sender.send(frames, 20, 40, 1514), kernel.sender.stopped]).toEqual([20, SendStop.none]);
  expect(kernel.sent).toEqual(Array.from({ length: 20 }, (_, i) => 20 + i));
});

test.each([
  false,
  true,
])('a device that goes down on the way has what it was given (older kernel: %s)', (lazy) => {
  const kernel = new FakeKernel(0, lazy);
  const frames = Array.from({ length: 40 }, (_, i) => kernel.frame(i));
  let count = 0;
  kernel.fate = () => {
    kernel.down = ++count === 6;
    return count === 6 ? 'thrown' : 'sent';
  };
  expect([kernel.sender.send(frames, 0, 40, 1514), kernel.sender.stopped]).toEqual([32, SendStop.down]);
  expect(kernel.sender.unsent).toBe(true);
  kernel.down = false;
  expect([kernel.sender.send(frames, 32, 40, 1514), kernel.sender.stopped]).toEqual([8, SendStop.none]);
  const all = frames.map((_, i) => i);
  expect(kernel.sent).toEqual(lazy ? all.filter((number) => number !== 5) : all);
});

test('what is too long or too short is refused where it stands, what is in front of it goes', () => {
  const kernel = new FakeKernel(0);
  const lengths = [60, 1514, 1515, 1518, 1519, 13, 14];
  const frames = lengths.map((length) => {
    const frame = kernel.frame(0);
    frame.length = length;
    return frame;
  });
  const stops: number[] = [];
  frames[3].setU16(12, 0x8100); // tagged: four bytes more
  frames[4].setU16(12, 0x8100);
  for (let at = 0; at < frames.length; ) {
    at += kernel.sender.send(frames, at, frames.length, 1514);
    if (at === frames.length) break;
    stops.push(at, kernel.sender.stopped);
    at++;
  }
  expect(stops).toEqual([2, SendStop.tooLong, 4, SendStop.tooLong, 5, SendStop.refused]);
  expect(kernel.lengths).toEqual([60, 1514, 1518, 14]);
});
