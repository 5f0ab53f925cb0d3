import { inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { ethernetFrame, hexOf } from '../../testing/frames.js';
import { singleBlock } from '../../testing/one-block.js';
import { seededRandom } from '../../testing/random.js';

const noise = (length: number) => {
  const random = seededRandom(length + 1);
  return Uint8Array.from({ length }, () => random() >>> 13);
};

test('a payload that repeats itself becomes smaller; the link header stays', () => {
  const { node, down } = singleBlock('compress');
  const payload = new Uint8Array(1000).fill(65);
  const frame = ethernetFrame({ payload });
  node.inject('x', 1, frame);
  const [sent] = down.takeBytes();
  expect(hexOf(sent.subarray(0, 14))).toBe(hexOf(frame.subarray(0, 14)));
  expect(hexOf(sent.subarray(14, 18))).toBe('9c0103e8');
  expect(hexOf(inflateRawSync(sent.subarray(18)))).toBe(hexOf(payload));
  expect(sent.length).toBeLessThan(60);
  expect(node.block('x')).toMatchObject({
    packets: 1,
    stored: 0,
    bytesBefore: 1000,
    bytesAfter: sent.length - 14,
  });
});

test('noise, and nothing, go as they are with four bytes in front', () => {
  const { node, up } = singleBlock('compress', { offset: 2 });
  node.inject('x', 0, Uint8Array.of(1, 2, ...noise(300)));
  node.inject('x', 0, Uint8Array.of(1, 2));
  expect(up.takeBytes().map(hexOf)).toEqual([`01029c00012c${hexOf(noise(300))}`, '01029c000000']);
  expect(node.block('x')).toMatchObject({ packets: 2, stored: 2, bytesBefore: 300, bytesAfter: 308 });
});

test('higher levels make it smaller', () => {
  const lines = Array.from(
    { length: 50 },
    (_, i) => `GET /path/${(i * 37) % 13}/item${(i * i) % 29} HTTP/1.1`,
  );
  const text = Buffer.from(lines.join('\n'));
  const [fast, small] = [1, 9].map((level) => {
    const { node, up } = singleBlock('compress', { level });
    node.inject('x', 0, ethernetFrame({ payload: text }));
    return up.takeBytes()[0].length;
  });
  expect(small).toBeLessThan(fast);
});

test('frames that are too short, too long or have no headroom are dropped', () => {
  const { node } = singleBlock('compress', {}, { pool: { size: 4, slotSize: 70_000, headroom: 3 } });
  node.inject('x', 0, new Uint8Array(13));
  node.inject('x', 0, noise(40));
  node.inject('x', 0, new Uint8Array(14 + 65_536));
  expect(node.drops()).toEqual({ 'x too-short': 1, 'x too-long': 2 });
  expect(accountFaults(node.engine)).toEqual([]);
});

test('offset and level can be changed', () => {
  const { node, up } = singleBlock('compress');
  node.act({ do: 'set', name: 'x', options: { offset: 0, level: 9 } });
  node.inject('x', 0, new Uint8Array(50));
  expect(hexOf(up.takeBytes()[0].subarray(0, 4))).toBe('9c010032');
});
