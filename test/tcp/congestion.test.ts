import { describe, expect, test } from 'vitest';
import { initialWindow, type PathFacts } from '../../src/stack/tcp/congestion/contract.js';
import { Cubic } from '../../src/stack/tcp/congestion/cubic.js';
import { HyStart } from '../../src/stack/tcp/congestion/hystart.js';
import { NewReno } from '../../src/stack/tcp/congestion/new-reno.js';
import { TcpScript } from '../../src/testing/tcp-script.js';

const MSS = 1000;
const SECOND = 1_000_000;

function facts(now: number, inFlight: number, smoothed = 100_000): PathFacts {
  const numbers = { latest: smoothed, acknowledgedTo: 0, sentTo: 1 };
  return { now, segment: MSS, smoothed, smallest: smoothed, inFlight, ...numbers };
}

/** Lets a window's worth of segments be acknowledged in each round trip; answers the window, in segments, after each. */
function rounds(control: Cubic | NewReno, count: number, roundTrip = 100_000): number[] {
  return Array.from({ length: count }, (_, i) => {
    const segments = Math.round(control.window / MSS);
    for (let n = 0; n < segments; n++) {
      const now = SECOND + i * roundTrip + (n * roundTrip) / segments;
      control.acknowledged(MSS, facts(now, control.window, roundTrip));
    }
    return control.window / MSS;
  });
}

test('RFC 6928 §2: the initial window is ten segments, at most 14,600 bytes, at least two segments', () => {
  expect([1460, 536, 1000, 4000, 9000].map(initialWindow)).toEqual([14_600, 5_360, 10_000, 14_600, 18_000]);
});

test('RFC 5681 §3.1, RFC 6928: ten segments go at once, and no more before an ACK', () => {
  const script = new TcpScript();
  script.establish().write(new Uint8Array(100_000));
  expect(script.peer.ignore()).toBe(10);
  script.peer.send({ seq: 1, ack: 1 + 2 * 1460 });
  expect(script.peer.ignore()).toBe(4); // slow start: two that left, two more
});

test('RFC 5681 §4.1: after a pause longer than the timeout it begins with the initial window again', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  let acked = 1;
  for (let i = 0; i < 4; i++) {
    script.user.write(new Uint8Array(29_200));
    script.after(10_000);
    script.peer.ignore();
    acked += 14_600;
    script.peer.send({ seq: 1, ack: acked });
    script.peer.ignore();
    acked += 14_600;
    script.peer.send({ seq: 1, ack: acked });
  }
  expect(connection.congestion.window).toBeGreaterThan(20 * 1460);
  script.peer.ignore();
  script.after(5 * SECOND);
  script.user.write(new Uint8Array(58_400));
  expect(script.peer.ignore()).toBe(10);
});

test('RFC 5681 §4.1: ACKs that were sent meanwhile do not count as sending', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  connection.congestion.window = 40 * 1460;
  script.user.write(Buffer.from('x'));
  script.peer.send({ seq: 1, ack: 2 });
  for (let i = 0; i < 50; i++) {
    script.after(100_000);
    script.peer.send({ seq: 1 + i, ack: 2, payload: 1 });
  }
  script.peer.ignore();
  script.user.write(new Uint8Array(58_400));
  expect(script.peer.seen.filter(({ length }) => length > 0).length).toBe(10);
});

test('RFC 5681 §3.1: a window that the application does not fill does not grow', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  for (let i = 0; i < 100; i++) {
    script.user.write(Buffer.from('x'));
    script.peer.send({ seq: 1, ack: 2 + i });
  }
  expect(connection.congestion.window).toBe(14_600);
});

describe('new-reno', () => {
  test('RFC 5681 §3.1: slow start grows by what is acknowledged, two segments an ACK at most (RFC 3465 §2.3)', () => {
    const control = new NewReno(MSS);
    control.acknowledged(MSS, facts(0, 0));
    expect(control.window).toBe(11 * MSS);
    control.acknowledged(10 * MSS, facts(0, 0));
    expect(control.window).toBe(13 * MSS);
  });

  test('RFC 5681 §3.1: congestion avoidance grows by a segment in a round trip', () => {
    const control = new NewReno(MSS);
    control.threshold = 10 * MSS;
    const after = rounds(control, 10);
    expect(after[0]).toBeCloseTo(11, 0);
    expect(after[9]).toBeGreaterThan(19);
    expect(after[9]).toBeLessThan(20.1);
  });

  test('RFC 5681 §3.1, equation 4: the threshold is half of what was on its way, two segments at least', () => {
    const control = new NewReno(MSS);
    control.congested(facts(0, 20 * MSS));
    expect(control.threshold).toBe(10 * MSS);
    control.congested(facts(0, MSS));
    expect(control.threshold).toBe(2 * MSS);
    control.undo();
    expect(control.threshold).toBe(10 * MSS);
  });
});

describe('cubic', () => {
  /** One that has lost at 100 segments. */
  function lost(): Cubic {
    const control = new Cubic(MSS);
    control.window = 100 * MSS;
    control.congested(facts(SECOND, 100 * MSS));
    control.window = control.threshold;
    return control;
  }

  test('RFC 9438 §4.6: after a loss 0.7 of the window is left', () => {
    expect(lost().window).toBeCloseTo(70 * MSS, 6);
  });

  test('RFC 9438 §4.2, figure 1 and 2: it comes back to W_max after K = ∛(W_max · 0.3 / C) seconds, flat there', () => {
    const control = lost();
    const after = rounds(control, 60);
    const k = Math.cbrt((100 * 0.3) / 0.4);
    expect(k).toBeCloseTo(4.217, 3);
    const curve = (seconds: number): number => 0.4 * (seconds - k) ** 3 + 100;
    for (const round of [10, 20, 30, 40, 50]) {
      // It follows the curve one round trip ahead (W_cubic(t + RTT)), within a segment.
      expect(Math.abs((after[round - 1] ?? 0) - curve(round * 0.1))).toBeLessThan(1.5);
    }
    expect(after[41]).toBeCloseTo(100, 0);
  });

  test('RFC 9438 §4.7: fast convergence: who loses below the last W_max aims lower', () => {
    const control = lost();
    control.window = 80 * MSS;
    control.congested(facts(SECOND, 80 * MSS));
    control.window = control.threshold;
    // W_max = 80 · (1 + 0.7) / 2 = 68.
    // After K = ∛((68 − 56) / C) = 3.1 s, in ten round trips of 0.3 s, it is there.
    const after = rounds(control, 10, 300_000);
    expect(Math.abs((after[9] ?? 0) - 68)).toBeLessThan(0.5);
    expect(Math.abs((after[4] ?? 0) - (0.4 * (1.5 - 3.107) ** 3 + 68))).toBeLessThan(0.7);
  });

  test('RFC 9438 §4.3: with small windows and short round trips it is no slower than Reno', () => {
    const control = new Cubic(MSS);
    control.window = 10 * MSS;
    control.congested(facts(SECOND, 10 * MSS));
    control.window = control.threshold;
    // α = 3 · (1 − β) / (1 + β) segments a round trip until W_max, then one.
    const alpha = (3 * 0.3) / 1.7;
    const after = rounds(control, 4, 5_000);
    expect(after[3]).toBeGreaterThan(7 + 3.5 * alpha);
    const later = rounds(control, 40, 5_000);
    expect((later[39] ?? 0) - (later[29] ?? 0)).toBeGreaterThan(8.5);
  });

  test('RFC 9438 §4.4: it grows by half of the window in a round trip at most', () => {
    const control = lost();
    control.acknowledged(MSS, facts(SECOND, 70 * MSS));
    const before = control.window;
    for (let i = 0; i < 70; i++) control.acknowledged(MSS, facts(100 * SECOND, 70 * MSS));
    expect(control.window / before).toBeLessThan(1.7);
    expect(control.window / before).toBeGreaterThan(1.4);
  });

  test('RFC 9438 §4.8: after a timeout it grows from where slow start ended, with K = 0', () => {
    const control = new Cubic(MSS);
    control.window = 100 * MSS;
    control.timedOut(facts(SECOND, 100 * MSS));
    expect(control.threshold).toBeCloseTo(70 * MSS, 6);
    control.window = control.threshold;
    const after = rounds(control, 20);
    // W_cubic(2 s) = 0.4 · 8 + 70, faster than Reno's part.
    expect(Math.abs((after[19] ?? 0) - Math.max(73.2, 70 + 20 * 0.53))).toBeLessThan(1.5);
  });

  test('RFC 9438 §4.9: a congestion that was none is taken back', () => {
    const control = lost();
    control.undo();
    expect([control.window, control.threshold]).toEqual([100 * MSS, Number.POSITIVE_INFINITY]);
  });

  test('RFC 9438 §4.2: time in which nothing was sent is no time', () => {
    const busy = lost();
    rounds(busy, 10);
    const idle = lost();
    rounds(idle, 10);
    idle.idle(30 * SECOND);
    for (let i = 0; i < 70; i++) {
      busy.acknowledged(MSS, facts(2 * SECOND, busy.window));
      idle.acknowledged(MSS, facts(32 * SECOND, idle.window));
    }
    expect(idle.window).toBeCloseTo(busy.window, 3);
  });
});

test('RFC 6937 §3: within a recovery sending goes down to the threshold in step with what arrives', () => {
  const script = new TcpScript();
  const { connection } = script.establish({ scale: 4 });
  connection.congestion.window = 40 * 1460;
  script.user.write(new Uint8Array(80 * 1460));
  expect(script.peer.ignore()).toBe(40);
  script.after(10_000);
  let sent = 0;
  for (let n = 1; n < 40; n++) {
    script.peer.send({ seq: 1, ack: 1, sack: [[1 + 1460, 1 + (n + 1) * 1460]] });
    const now = script.peer.ignore();
    expect(now).toBeLessThanOrEqual(2);
    sent += now;
  }
  // 0.7 of 40 segments, less what is still on its way.
  expect(connection.congestion.threshold).toBe(0.7 * 40 * 1460);
  expect(Math.abs(sent - 28)).toBeLessThanOrEqual(1);
});

test('RFC 6675 §5, RFC 5681 §3.2: the threshold comes of all that was sent and not acknowledged, with what was SACKed', () => {
  const script = new TcpScript();
  const { connection } = script.establish();
  script.user.write(new Uint8Array(14_600));
  script.peer.ignore();
  script.after(10_000);
  script.peer.send({ seq: 1, ack: 1, sack: [[1461, 13_141]] });
  expect(connection.congestion.threshold).toBe(10_220);
});

/** Slow start over rounds whose times are given; answers the window, in segments, after each, and whether it has ended. */
function slowStart(times: readonly number[]): { windows: number[]; ended: boolean } {
  const control = new Cubic(MSS);
  let sent = 0;
  const windows = times.map((time, round) => {
    const first = sent;
    const segments = Math.floor(control.window / MSS);
    for (let n = 0; n < segments; n++) {
      // Each ACK lets as much be sent as the window allows then.
      const acknowledgedTo = first + n * MSS;
      sent = Math.max(sent, acknowledgedTo + control.window);
      const now = SECOND * (round + 1) + n;
      const about = { ...facts(now, control.window, time), acknowledgedTo, sentTo: sent };
      control.acknowledged(MSS, about);
    }
    sent = Math.max(sent, first + segments * MSS);
    return control.window / MSS;
  });
  return { windows, ended: control.threshold < Number.POSITIVE_INFINITY };
}

describe('RFC 9406, HyStart++', () => {
  const even = Array.from({ length: 8 }, () => 40_000);

  test('§4.2: round trips that stay the same leave slow start alone', () => {
    const { windows, ended } = slowStart(even);
    expect(ended).toBe(false);
    expect(windows[7]).toBeGreaterThan(100 * (windows[0] / 10));
  });

  test('§4.2: round trips that grow by an eighth make it slow, and after five rounds end it', () => {
    const { windows, ended } = slowStart([
      40_000,
      40_000,
      40_000,
      ...Array.from({ length: 8 }, () => 46_000),
    ]);
    expect(ended).toBe(true);
    // From the round on in which the rise was seen, a quarter of the growth.
    const growth = windows.map((window, i) => (i === 0 ? 0 : window / windows[i - 1]));
    expect(growth[2]).toBeGreaterThan(1.9);
    expect(growth[5]).toBeLessThan(1.35);
  });

  test('§4.2: when they are shorter again, slow start goes on', () => {
    const { ended, windows } = slowStart([
      40_000,
      40_000,
      46_000,
      ...Array.from({ length: 6 }, () => 40_000),
    ]);
    expect(ended).toBe(false);
    expect(windows[8] / windows[7]).toBeGreaterThan(1.9);
  });

  test.each([
    [7, false],
    [8, true],
  ])('§4.2: %i measurements in a round make its smallest count: %s', (samples, counts) => {
    const about = (acknowledged: number) => {
      const round = Math.floor(acknowledged / samples);
      const numbers = { acknowledgedTo: acknowledged * MSS, sentTo: (acknowledged + samples) * MSS };
      return { ...facts(SECOND, samples * MSS, 40_000 + 20_000 * round), ...numbers };
    };
    const start = new HyStart(about(0));
    const growths = Array.from({ length: 3 * samples }, (_, n) => start.growth(MSS, about(n + 1)));
    expect(growths.some((growth) => growth < MSS)).toBe(counts);
  });

  test('§4.3: less than 4 ms counts as nothing, more than 16 ms always as a rise', () => {
    expect(slowStart([8_000, 8_000, ...Array.from({ length: 9 }, () => 11_900)]).ended).toBe(false);
    expect(slowStart([400_000, 400_000, ...Array.from({ length: 9 }, () => 417_000)]).ended).toBe(true);
  });
});
