import { expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { hexOf } from '../../testing/frames.js';
import { ipv4Packet } from '../../testing/ip-packets.js';
import { OneBlock } from '../../testing/one-block.js';

const PORTS = ['ingress', 'egress', 'ingress1', 'egress1'];

test('passes all, and copies those with the colour, both ways', () => {
  const x = new OneBlock('paint-tee', { color: 0x80000002 }, PORTS);
  const packet = ipv4Packet();
  for (const direction of [0, 1] as const)
    for (const mark of [0, 2, 0x80000002]) x.send(packet, direction, { mark });
  const [ingress, egress, up, down] = PORTS.map((port) => x.out(port));
  expect([ingress.length, egress.length]).toEqual([3, 3]);
  expect([up, down].map((out) => out.map(({ bytes, mark }) => `${mark} ${hexOf(bytes)}`))).toEqual([
    [`${0x80000002} ${hexOf(packet)}`],
    [`${0x80000002} ${hexOf(packet)}`],
  ]);
  expect(x.node.block('x')).toMatchObject({ packets: 6, copies: 2 });
  expect(accountFaults(x.node.engine)).toEqual([]);
});

test('compares the bits of its mask only; a colour outside it is refused', () => {
  const x = new OneBlock('paint-tee', { color: 1, mask: 1 }, PORTS);
  for (const mark of [1, 2, 3, 0xffffffff]) x.send(ipv4Packet(), 0, { mark });
  expect([x.out().length, x.out('ingress1').length]).toEqual([4, 3]);
  expect(() => x.set({ color: 2 })).toThrow('x: color: 0x2 has bits outside the mask 0x1');
});

test('where the pool is empty only the copy is lost', () => {
  const x = new OneBlock('paint-tee', {}, PORTS, { pool: { size: 1 } });
  x.send(ipv4Packet(), 0, { mark: 1 });
  expect(x.out().length).toBe(1);
  expect(x.drops()).toEqual({ 'pool-empty': 1 });
});
