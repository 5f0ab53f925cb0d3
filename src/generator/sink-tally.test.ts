import { expect, test } from 'vitest';
import { TestFrameKind, testFrame } from '../traffic/rfc2544/test-frame.js';
import { SinkTally } from './sink-tally.js';

const addresses = {
  sourceMac: new Uint8Array(6),
  destinationMac: new Uint8Array(6),
  sourceIp: new Uint8Array(4),
  destinationIp: new Uint8Array(4),
  sourcePort: 1,
  destinationPort: 2,
};
const { load, tag, learning } = TestFrameKind;

/** A tally of trial 7, whose frames have 60 bytes; and how frames come to it. */
function begun() {
  const tally = new SinkTally();
  tally.begin({ trial: 7, length: 60, expected: 10 });
  const come = (kind: 1 | 2 | 3, number: number, { trial = 7, size = 64, merged = false, at = 0 } = {}) => {
    const frame = testFrame(addresses, { size, kind, run: 1, trial, number });
    tally.take(frame, 0, frame.length, merged, 1000 + at, 5);
  };
  return { tally, come };
}

test('each kind by itself', () => {
  const { tally, come } = begun();
  come(load, 0);
  come(load, 1);
  come(load, 0);
  come(learning, 0);
  come(learning, 0);
  come(tag, 0);
  expect(tally.figures(3, 100)).toEqual({
    received: 2,
    duplicated: 1,
    reordered: 0,
    strange: 0,
    wrongLength: 0,
    merged: 0,
    learning: 1,
    learningDuplicated: 1,
    stale: 0,
    arrivals: 6,
    lost: 3,
    tags: [{ number: 0, seconds: 1000, nanoseconds: 5 }],
    error: 100,
  });
});

test('of a tag that comes twice the first arrival counts', () => {
  const { tally, come } = begun();
  come(tag, 1, { at: 2 });
  come(tag, 1, { at: 9 });
  come(tag, 0, { at: 3 });
  expect(tally.figures(0, 0).tags).toEqual([
    { number: 1, seconds: 1002, nanoseconds: 5 },
    { number: 0, seconds: 1003, nanoseconds: 5 },
  ]);
});

test('frames of another trial, with another length, merged ones, numbers that were not sent', () => {
  const { tally, come } = begun();
  come(load, 0, { trial: 6 });
  come(load, 1, { size: 65 });
  come(load, 2, { size: 200, merged: true });
  come(load, 10);
  expect(tally.figures(0, 0)).toMatchObject({
    stale: 1,
    wrongLength: 1,
    merged: 1,
    strange: 1,
    received: 2,
    arrivals: 4,
  });
});

test('the next trial begins anew; all arrivals go on', () => {
  const { tally, come } = begun();
  for (const kind of [load, tag, learning]) come(kind, 1);
  tally.begin({ trial: 8, length: 60, expected: 10 });
  come(load, 1, { trial: 8 });
  come(load, 2);
  expect(tally.figures(0, 0)).toMatchObject({ received: 1, stale: 1, learning: 0, tags: [], arrivals: 5 });
});
