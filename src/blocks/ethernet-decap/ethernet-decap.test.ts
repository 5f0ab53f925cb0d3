import { expect, test } from 'vitest';
import { ethernetFrame, hexOf } from '../../testing/frames.js';
import { OneBlock } from '../../testing/one-block.js';

test('takes the header off, both ways, and keeps its type', () => {
  const x = new OneBlock('ethernet-decap');
  const frame = ethernetFrame({ type: 0x86dd, length: 40 });
  x.send(frame);
  x.send(frame, 1);
  for (const [port, direction] of [
    ['ingress', 0],
    ['egress', 1],
  ] as const) {
    const [out] = x.out(port);
    expect(hexOf(out.bytes)).toBe(hexOf(frame.subarray(14)));
    expect(out).toMatchObject({ protocol: 0x86dd, direction });
  }
  expect(x.node.block('x')).toMatchObject({ packets: 2 });
});

test('a frame of its header alone is left empty, a shorter one dropped', () => {
  const x = new OneBlock('ethernet-decap');
  x.send(ethernetFrame({ length: 14 }));
  x.send(new Uint8Array(13));
  expect(x.out().map((out) => out.bytes.length)).toEqual([0]);
  expect(x.drops()).toEqual({ 'too-short': 1 });
});
