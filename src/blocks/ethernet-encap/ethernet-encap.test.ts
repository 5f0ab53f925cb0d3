import { expect, test } from 'vitest';
import { hexOf } from '../../testing/frames.js';
import { OneBlock } from '../../testing/one-block.js';

const addresses = { source: '02:01:02:03:04:05', destination: 'f2-0a-0b-0c-0d-0e' };

test('puts the header in front, both ways, with its type or the frame’s', () => {
  const x = new OneBlock('ethernet-encap', addresses);
  x.send(Uint8Array.of(1, 2), 1, { protocol: 0x86dd });
  expect(x.out('egress').map((out) => hexOf(out.bytes))).toEqual(['f20a0b0c0d0e02010203040586dd0102']);
  x.set({ type: '0x0806' });
  x.send(Uint8Array.of(3));
  const [out] = x.out();
  expect([hexOf(out.bytes), out.protocol]).toEqual(['f20a0b0c0d0e020102030405080603', 0x0806]);
  x.set({ type: 2048 });
  x.send(new Uint8Array(0));
  expect(x.out().map((one) => one.protocol)).toEqual([0x0800]);
});

test('drops what has no room in front', () => {
  const x = new OneBlock('ethernet-encap', addresses, ['ingress'], {
    pool: { size: 4, slotSize: 64, headroom: 13 },
  });
  x.send(Uint8Array.of(1));
  expect(x.drops()).toEqual({ 'no-headroom': 1 });
});

test.each([
  [{ source: '03:00:00:00:00:01' }, 'source: 03:00:00:00:00:01 is a group address'],
  [{ source: '2:0:0:0:0:1' }, 'source: "2:0:0:0:0:1" is not a MAC address'],
  [{ destination: '' }, 'destination: "" is not a MAC address'],
  [{ type: 65536 }, 'type'],
  [{ type: '800' }, 'type'],
])('%j is refused', (wrong, message) => {
  expect(() => new OneBlock('ethernet-encap', { ...addresses, ...wrong })).toThrow(message);
});
