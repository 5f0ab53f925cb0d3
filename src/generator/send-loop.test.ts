import { expect, test } from 'vitest';
import { Errno } from '../linux/errno.js';
import { type Pacer, pacerFor } from './pacer.js';
import { SendLoop } from './send-loop.js';
import { SHARED_BYTES, SharedFigures } from './shared-figures.js';
import type { Transmitter } from './transmitter.js';

const LENGTH = 60;
const alone = { worker: 0, workers: 1 };

/** A clock that goes on by 100 ns when it is looked at; a sleep ends up to 40 us late. */
class TestClock {
  time = 0;
  /** The thread stands still then, for so long. */
  readonly stalls: { after: number; by: number }[] = [];
  private sleeps = 0;

  now(): number {
    this.time += 100;
    if (this.stalls[0]?.after <= this.time) this.time += this.stalls.shift()?.by ?? 0;
    return this.time;
  }

  sleepUntil(nanoseconds: number): void {
    this.time = Math.max(this.time, nanoseconds + 3000 + (++this.sleeps % 4) * 12_000);
  }
}

/** A device that notes when it takes frames, and refuses some of them. */
class TestDevice implements Transmitter {
  readonly way = 'packet';
  error = 0;
  bytes = 0;
  skipped = 0;
  /** When each frame was taken. */
  readonly times: number[] = [];
  /** What the device answers next: an error number for a refusal, 0 to take all. */
  readonly answers: number[] = [];
  closed = false;
  private readonly clock: TestClock;

  constructor(clock: TestClock) {
    this.clock = clock;
  }

  warmUp(): void {}

  nextLength(): number {
    return LENGTH;
  }

  send(count: number): number {
    this.error = this.answers.shift() ?? 0;
    // In front of the refused frame one has gone, where there are two.
    const taken = this.error === 0 ? count : Math.min(1, count - 1);
    for (let i = 0; i < taken; i++) this.times.push(this.clock.time);
    this.bytes += taken * LENGTH;
    return taken;
  }

  skip(): void {
    this.skipped++;
  }

  isDone(): boolean {
    return true;
  }

  close(): void {
    this.closed = true;
  }
}

function run(pacer: Pacer | null, count: number, prepare: (device: TestDevice, clock: TestClock) => void) {
  const clock = new TestClock();
  const transmitter = new TestDevice(clock);
  const shared = new SharedFigures(new SharedArrayBuffer(SHARED_BYTES));
  prepare(transmitter, clock);
  const troubles: number[] = [];
  const onTrouble = (errno: number) => {
    troubles.push(errno);
    throw new Error(`trouble ${errno}`);
  };
  const loop = new SendLoop({ transmitter, pacer, clock, shared, count, onTrouble });
  let failure: unknown;
  try {
    loop.run(1e6);
  } catch (error) {
    failure = error;
  }
  const { times, skipped } = transmitter;
  return { times, skipped, troubles, failure, figures: shared.read(), refused: shared.refused() };
}

function gapsOf(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => time - times[i]);
}

test('at full speed it sends the count and no frame more, whatever the device has to say', () => {
  const { times, figures, skipped, refused } = run(null, 1000, ({ answers }) => {
    answers.push(0, Errno.ENOBUFS, Errno.EAGAIN, Errno.EMSGSIZE, Errno.ENOMEM, Errno.EMSGSIZE, 0);
  });
  expect([skipped, times.length]).toEqual([2, 998]);
  expect(figures).toMatchObject({ frames: 998, bytes: 998 * LENGTH, waits: 3 });
  expect([...refused]).toEqual([[Errno.EMSGSIZE, 2]]);
});

test.each([50_000, 1e6, 4e6])('paced frames leave on time, whatever a sleep costs: every %d ns', (gap) => {
  const { times, figures } = run(
    pacerFor({ kind: 'gap', nanoseconds: gap }, alone, undefined),
    500,
    () => {},
  );
  const late = times.map((time, i) => time - (1e6 + i * gap));
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...late)).toBeLessThanOrEqual(500);
  expect(figures.frames).toBe(500);
});

test('after a stall frames are caught up one by one, two in the time of one', () => {
  const gap = 50_000;
  const { times } = run(
    pacerFor({ kind: 'gap', nanoseconds: gap }, alone, undefined),
    1000,
    (_device, { stalls }) => stalls.push({ after: 5e6, by: 4e6 }),
  );
  const gaps = gapsOf(times);
  expect(Math.max(...gaps)).toBeGreaterThan(4e6);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(gap / 2);
  // In the end all is as if nothing had been.
  expect(times[999] - (1e6 + 999 * gap)).toBeLessThanOrEqual(500);
});

test('time lost beyond 50 ms is not caught up', () => {
  const gap = 100_000;
  const { times } = run(
    pacerFor({ kind: 'gap', nanoseconds: gap }, alone, undefined),
    2000,
    (_device, { stalls }) => stalls.push({ after: 5e6, by: 200e6 }),
  );
  const late = times[1999] - (1e6 + 1999 * gap);
  expect(late).toBeGreaterThan(149e6);
  expect(late).toBeLessThan(151e6);
});

test('beyond 100,000 frames a second those that are due together go together, none before its time', () => {
  const gap = 250;
  const pacer = pacerFor({ kind: 'packets', perSecond: 4e6 }, alone, undefined);
  const { times } = run(pacer, 5000, (_device, { stalls }) => stalls.push({ after: 0, by: 100_000 }));
  const late = times.map((time, i) => time - (1e6 + i * gap));
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
  expect(late[4999]).toBeLessThan(2000);
});

test('a device that is down ends it, and so does one that refuses everything', () => {
  const down = run(null, 10_000, ({ answers }) => answers.push(0, Errno.ENETDOWN));
  expect(down.troubles).toEqual([Errno.ENETDOWN]);
  expect(down.figures.frames).toBe(257);
  const stubborn = run(
    pacerFor({ kind: 'gap', nanoseconds: 1000 }, alone, undefined),
    5000,
    ({ answers }) => {
      for (let i = 0; i < 2000; i++) answers.push(Errno.EINVAL);
    },
  );
  expect(stubborn.troubles).toEqual([Errno.EINVAL]);
  expect(stubborn.failure).toEqual(new Error(`trouble ${Errno.EINVAL}`));
});

test('a device that is full for ever is looked at every two seconds', () => {
  const { troubles, figures } = run(null, 10, ({ answers }) => {
    for (let i = 0; i < 100_000; i++) answers.push(Errno.ENOBUFS);
  });
  expect(troubles).toEqual([0]);
  expect(figures.waits).toBeGreaterThan(1000);
});
