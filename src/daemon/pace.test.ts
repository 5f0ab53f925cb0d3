import { describe, expect, test } from 'vitest';
import { Pace } from './pace.js';

/** Feeds a pace with frames at a steady rate, a turn each `every` microseconds; answers the time afterwards. */
function feed(pace: Pace, from: number, micros: number, perTurn: number, every: number): number {
  let now = from;
  for (; now < from + micros; now += every) pace.note(perTurn, now);
  return now;
}

describe('frames that come fast', () => {
  test('are let gather, the longer the slower they come, but never for long', () => {
    const pace = new Pace();
    let now = feed(pace, 1e6, 5000, 32, 40); // 800,000 a second
    const fast = pace.nap();
    expect(fast).toBeGreaterThan(100);
    now = feed(pace, now, 5000, 8, 40); // 200,000
    expect(pace.nap()).toBe(150);
    feed(pace, now, 5000, 2, 40); // 50,000
    expect(pace.nap()).toBe(0);
  });

  test('are not waited for any more when they have ended', () => {
    const pace = new Pace();
    const now = feed(pace, 1e6, 5000, 32, 40);
    pace.note(0, now);
    expect(pace.nap()).toBeGreaterThan(0);
    pace.note(0, now + 1500);
    expect(pace.nap()).toBe(0);
  });

  test('after a long silence are no flood yet', () => {
    const pace = new Pace();
    pace.note(64, 1e6);
    pace.note(64, 9e6);
    expect(pace.nap()).toBe(0);
  });
});

describe('looking again at once', () => {
  /** A frame, then nothing for `gap` microseconds, looked for every ten. */
  function pauses(pace: Pace, from: number, gap: number, times: number): number {
    let now = from;
    for (let i = 0; i < times; i++) {
      pace.note(1, now);
      for (let at = 10; at < gap; at += 10) pace.note(0, now + at);
      now += gap;
    }
    return now;
  }

  test('pays while the next frame comes soon', () => {
    const pace = new Pace();
    const now = pauses(pace, 1e6, 40, 20);
    pace.note(1, now);
    expect([pace.spins(now + 10), pace.spins(now + 60)]).toEqual([true, false]);
  });

  test('does not because frames come in a row: only pauses count', () => {
    const pace = new Pace();
    let now = pauses(pace, 1e6, 2000, 20);
    for (let i = 0; i < 20; i++) {
      now = feed(pace, now, 100, 1, 20);
      now = pauses(pace, now, 2000, 1);
    }
    pace.note(1, now);
    expect(pace.spins(now + 10)).toBe(false);
  });

  test('does not while it does not, and does again when it does', () => {
    const pace = new Pace();
    let now = pauses(pace, 1e6, 2000, 20);
    pace.note(1, now);
    expect(pace.spins(now + 10)).toBe(false);
    now = pauses(pace, now, 40, 20);
    pace.note(1, now);
    expect(pace.spins(now + 10)).toBe(true);
  });
});
