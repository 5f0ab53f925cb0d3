import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { hexOf } from '../../testing/frames.js';
import { singleBlock } from '../../testing/one-block.js';

const HEADER = Uint8Array.from({ length: 14 }, (_, i) => i);
const announced = (method: number, length: number, ...data: number[]) =>
  Uint8Array.of(...HEADER, 0x9c, method, length >> 8, length & 0xff, ...data);

test('random payloads, through both blocks and with padding, come out as they were', () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 1500 }),
    fc.tuple(fc.nat(255), fc.nat(1700)).map(([value, length]) => new Uint8Array(length).fill(value)),
  );
  const property = fc.property(
    payload,
    fc.constantFrom(0, 14, 18),
    fc.integer({ min: 1, max: 9 }),
    fc.nat(30),
    (data, offset, level, padding) => {
      const frame = Uint8Array.of(...new Uint8Array(offset).fill(5), ...data);
      const sender = singleBlock('compress', { offset, level });
      sender.node.inject('x', 1, frame);
      const [sent] = sender.down.takeBytes();
      const { node, up } = singleBlock('decompress', { offset });
      node.inject('x', 0, Uint8Array.of(...sent, ...new Uint8Array(padding)));
      expect(up.takeBytes().map(hexOf)).toEqual([hexOf(frame)]);
      expect(node.block('x')).toMatchObject({ packets: 1, bytesAfter: data.length });
      expect(accountFaults(node.engine)).toEqual([]);
    },
  );
  fc.assert(property, { seed: 1951, numRuns: 120 });
});

describe('what no compress block sent is dropped', () => {
  const bomb = deflateRawSync(new Uint8Array(50_000_000));
  const zeros = [...deflateRawSync(new Uint8Array(100))];
  test.each([
    ['malformed', new Uint8Array(3)],
    ['malformed', HEADER],
    ['malformed', Uint8Array.of(...HEADER, 0x9c, 0, 0)],
    ['malformed', Uint8Array.of(...HEADER, 0x45, 0, 0, 0, 1, 2, 3)],
    ['malformed', announced(2, 1, 1, 2, 3)],
    ['malformed', announced(0, 4, 1, 2, 3)],
    ['damaged', announced(1, 99, ...zeros)],
    ['damaged', announced(1, 101, ...zeros)],
    ['damaged', announced(1, 100, ...zeros.slice(0, -1))],
    ['damaged', announced(1, 0)],
    ['damaged', announced(1, 1000, ...bomb.subarray(0, 1000))],
    ['too-long', announced(1, 1907, ...zeros)],
  ])('%s', (reason, frame) => {
    const { node, up } = singleBlock('decompress');
    node.inject('x', 0, frame);
    expect(up.takeBytes()).toEqual([]);
    expect(node.drops()).toEqual({ [`x ${reason}`]: 1 });
    expect(node.drops()['x block-error']).toBeUndefined();
  });
});

test('a payload that fills the slot exactly passes', () => {
  const { node, up } = singleBlock('decompress');
  node.inject('x', 0, announced(1, 1906, ...deflateRawSync(new Uint8Array(1906))));
  expect(up.takeBytes().map((frame) => frame.length)).toEqual([1920]);
});

test('random bytes harm nothing', () => {
  const property = fc.property(
    fc.nat(1),
    fc.nat(2000),
    fc.uint8Array({ maxLength: 200 }),
    (method, length, data) => {
      const { node } = singleBlock('decompress');
      node.inject('x', 0, announced(method, length, ...data));
      expect(node.drops()['x block-error']).toBeUndefined();
      expect(accountFaults(node.engine)).toEqual([]);
    },
  );
  fc.assert(property, { seed: 9, numRuns: 200 });
});
