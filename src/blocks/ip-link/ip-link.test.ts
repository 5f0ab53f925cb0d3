import { expect, test } from 'vitest';
import { makeEngine, type TestEngine } from '../../testing/engine.js';
import { hexOf } from '../../testing/frames.js';

const IPV4 = Uint8Array.of(0x45, 0, 0, 20, 0, 0, 0x40, 0, 64, 253, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2);
/** Bit 0 of byte 6, which in an Ethernet frame would tell of a group as its source, is set. */
const IPV6 = Uint8Array.from([0x60, 0, 0, 0, 0, 0, 59, 64, ...new Array(32).fill(1)]);

function linked(link: Record<string, unknown> = {}): TestEngine {
  const node = makeEngine();
  node.act({
    do: 'add',
    name: 'l',
    type: 'ip-link',
    config: { link: { kind: 'memory', name: 'l', ...link } },
  });
  node.add({ up: 'discard' });
  node.act({ do: 'bind', upper: 'up', lower: 'l' });
  return node;
}

test('packets of both families go up as they are, however short', () => {
  const node = linked();
  node.arrive('l', IPV4, IPV6, Uint8Array.of(0x45));
  expect(node.block('l')).toMatchObject({ received: 3, receivedBytes: IPV4.length + IPV6.length + 1 });
  expect(node.block('up')).toMatchObject({ packets: 3 });
  expect(node.drops()).toEqual({});
});

test('what is no packet is dropped, both ways', () => {
  const node = linked();
  node.arrive('l', Uint8Array.of(0x55, 0), new Uint8Array(0));
  node.inject('l', 1, Uint8Array.of(0));
  expect(node.drops()).toEqual({ 'l not-ip': 3 });
  expect(node.links.end('l').take()).toEqual([]);
});

test('what comes down is sent as it is, and so is what another block hands over on its way up', () => {
  const node = linked();
  node.inject('l', 1, IPV4);
  node.hook('in');
  node.act({ do: 'connect', from: 'in', port: 'ingress', to: 'l' });
  // An "Ethernet frame" whose first bytes are a packet's.
  const both = new Uint8Array(60);
  both.set(IPV4);
  node.arrive('in', both);
  expect(node.links.end('l').take().map(hexOf)).toEqual([IPV4, both].map(hexOf));
  expect(node.block('l')).toMatchObject({ transmitted: 2, transmittedBytes: 80, received: 0 });
});

test('a link with a hardware address is refused', () => {
  expect(() => linked({ address: Uint8Array.of(2, 0, 0, 0, 0, 1) })).toThrow(
    /has a hardware address.*use the block ethernet/,
  );
});
