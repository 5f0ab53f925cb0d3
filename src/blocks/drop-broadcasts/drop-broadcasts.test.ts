import { expect, test } from 'vitest';
import { OneBlock } from '../../testing/one-block.js';

test('passes what was sent to this host, to another or by this node; ends the rest', () => {
  const x = new OneBlock('drop-broadcasts');
  for (const packetType of [0, 1, 2, 3, 4]) x.send(new Uint8Array(20), 0, { packetType });
  x.send(new Uint8Array(20), 1);
  expect(x.out().map((out) => out.packetType)).toEqual([0, 3, 4]);
  expect(x.out('egress').length).toBe(1);
  expect(x.drops()).toEqual({ 'link-broadcast': 2 });
  expect(x.node.block('x')).toMatchObject({ packets: 4 });
});
