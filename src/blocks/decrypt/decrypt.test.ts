import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { ethernetFrame, hexOf, numberedFrame, numberOf } from '../../testing/frames.js';
import { type SingleBlock, singleBlock } from '../../testing/one-block.js';

const KEY = '000102030405060708090a0b0c0d0e0f';

/** Frames as a sealing block sends them. */
function sealed(frames: readonly Uint8Array[], config: Record<string, unknown> = {}, seed = 1): Uint8Array[] {
  const { node, down } = singleBlock('encrypt', { key: KEY, ...config }, { seed });
  for (const frame of frames) node.inject('x', 1, frame);
  return down.takeBytes();
}
const opener = (config: Record<string, unknown> = {}) => singleBlock('decrypt', { key: KEY, ...config });
const numbered = (count: number) => Array.from({ length: count }, (_, i) => numberedFrame(i));
function numbersOf({ node, up }: SingleBlock, frames: readonly Uint8Array[]): number[] {
  for (const frame of frames) node.inject('x', 0, frame);
  return up.takeBytes().map(numberOf);
}

test('random frames, through both blocks and with padding, come out as they were', () => {
  const property = fc.property(
    fc.uint8Array({ maxLength: 1700 }),
    fc.constantFrom(0, 14, 18),
    fc.constantFrom(KEY, KEY + KEY),
    fc.nat(30),
    (data, offset, key, padding) => {
      const frame = Uint8Array.of(...new Uint8Array(offset).fill(5), ...data);
      const [sent] = sealed([frame], { key, offset });
      const { node, up } = opener({ key, offset });
      node.inject('x', 0, Uint8Array.of(...sent, ...new Uint8Array(padding)));
      expect(up.takeBytes().map(hexOf)).toEqual([hexOf(frame)]);
      expect(node.block('x')).toMatchObject({ packets: 1, bytes: data.length });
      expect(accountFaults(node.engine)).toEqual([]);
    },
  );
  fc.assert(property, { seed: 38, numRuns: 80 });
});

test('no bit of a frame can be changed', () => {
  const [frame] = sealed([ethernetFrame({ length: 40 })]);
  const { node, up } = opener();
  for (let bit = 0; bit < frame.length * 8; bit++) {
    node.inject('x', 0, frame.with(bit >> 3, frame[bit >> 3] ^ (1 << (bit & 7))));
  }
  expect(up.takeBytes()).toEqual([]);
  const { 'x not-authentic': forged = 0, 'x malformed': malformed = 0 } = node.drops();
  expect(forged + malformed).toBe(frame.length * 8);
  expect(forged).toBeGreaterThan(malformed);
  node.inject('x', 0, frame);
  expect(up.takeBytes().length).toBe(1);
});

test('other keys, and frames that were never sealed', () => {
  const { node } = opener({ key: KEY + KEY });
  for (const frame of sealed(numbered(2))) node.inject('x', 0, frame);
  for (const length of [0, 13, 14, 45, 46, 60]) node.inject('x', 0, new Uint8Array(length));
  const [cut] = sealed(numbered(1), { key: KEY + KEY });
  node.inject('x', 0, cut.subarray(0, -1));
  expect(node.drops()).toEqual({ 'x not-authentic': 2, 'x malformed': 7 });
});

test('the key can be changed at both ends while frames flow', () => {
  const bench = opener();
  expect(numbersOf(bench, sealed(numbered(2)))).toEqual([0, 1]);
  bench.node.act({ do: 'set', name: 'x', options: { key: KEY + KEY } });
  expect(numbersOf(bench, sealed(numbered(2), {}, 5))).toEqual([]);
  expect(numbersOf(bench, sealed(numbered(2), { key: KEY + KEY }, 6))).toEqual([0, 1]);
});

describe('replay', () => {
  const frames = sealed(numbered(3000));

  test('each frame passes once, in any order within the window', () => {
    const bench = opener();
    const [a, b, c] = frames;
    expect(numbersOf(bench, [c, a, a, b, c, b])).toEqual([2, 0, 1]);
    expect(bench.node.drops()).toEqual({ 'x replayed': 3 });
  });

  test('the window has 1024 numbers', () => {
    const bench = opener();
    expect(numbersOf(bench, [frames[1500], frames[477], frames[476], frames[1499], frames[477]])).toEqual([
      1500, 477, 1499,
    ]);
    expect(bench.node.drops()).toEqual({ 'x replayed': 2 });
  });

  test('what is remembered of old numbers is not taken for new ones', () => {
    // The ring of bits has 2048: 10 and 2058 share one.
    const few = [10, 522, 1034, 1546, 2060, 2058];
    expect(
      numbersOf(
        opener(),
        few.map((i) => frames[i]),
      ),
    ).toEqual(few);
  });

  test('all frames twice, mixed: once each, whatever the window has moved over', () => {
    const property = fc.property(fc.array(fc.nat(2999), { maxLength: 60 }), (order) => {
      const bench = opener();
      const came = numbersOf(
        bench,
        order.map((i) => frames[i]),
      );
      expect(new Set(came).size).toBe(came.length);
      let highest = -1;
      const expected: number[] = [];
      for (const i of order) {
        if (highest - i < 1024 && !expected.includes(i)) expected.push(i);
        highest = Math.max(highest, i);
      }
      expect(came).toEqual(expected);
    });
    fc.assert(property, { seed: 6479, numRuns: 60 });
  });

  test('a number far ahead costs no more than a near one', () => {
    const sender = singleBlock('encrypt', { key: KEY });
    sender.node.inject('x', 1, numberedFrame(0));
    Object.assign(sender.node.block('x'), { sequence: 2 ** 53 - 2 });
    for (const i of [1, 2]) sender.node.inject('x', 1, numberedFrame(i));
    const [old, ...far] = sender.down.takeBytes();
    const bench = opener();
    expect(numbersOf(bench, [old, ...far, old, far[0]])).toEqual([0, 1, 2]);
    expect(bench.node.drops()).toEqual({ 'x replayed': 2 });
  });

  test('a forged frame does not move the window', () => {
    const bench = opener();
    const forged = frames[2999].with(frames[2999].length - 1, frames[2999].at(-1)! ^ 1);
    expect(numbersOf(bench, [frames[0], forged, frames[1]])).toEqual([0, 1]);
    expect(bench.node.drops()).toEqual({ 'x not-authentic': 1 });
  });

  test('senders have windows of their own; one that was forgotten cannot be replayed', () => {
    const bench = opener();
    const senders = Array.from({ length: 17 }, (_, i) => sealed(numbered(10 + i), {}, i + 1));
    expect(
      numbersOf(
        bench,
        senders.slice(0, 16).map((one) => one[0]),
      ),
    ).toEqual(new Array(16).fill(0));
    expect(
      numbersOf(
        bench,
        senders.slice(1, 16).map((one) => one[5]),
      ),
    ).toEqual(new Array(15).fill(5));
    expect(bench.node.block('x').details?.()).toEqual({ senders: 16 });
    // The first one is forgotten for another, whose number is higher than any of its; now its frames are too old.
    expect(numbersOf(bench, [senders[16][9], senders[0][0], senders[1][5]])).toEqual([9]);
    expect(bench.node.drops()).toEqual({ 'x replayed': 2 });
    expect(numbersOf(bench, [senders[2][4], senders[0][9]])).toEqual([4, 9]);
  });

  test('a block that replaces it remembers', () => {
    const bench = opener();
    expect(numbersOf(bench, [frames[0]])).toEqual([0]);
    bench.node.act({ do: 'add', name: 'y', type: 'decrypt', config: { key: KEY } });
    bench.node.act({ do: 'replace', old: 'x', new: 'y' });
    for (const i of [0, 1]) bench.node.inject('y', 0, frames[i]);
    expect(bench.up.takeBytes().map(numberOf)).toEqual([1]);
    expect(bench.node.drops()).toEqual({ 'y replayed': 1 });
  });

  test('numbers beyond 2^53 are none that a sender has', () => {
    const { node } = opener();
    node.inject('x', 0, frames[0].with(22, 0x80));
    expect(node.drops()).toEqual({ 'x malformed': 1 });
  });
});
