import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { makeEngine, type TestEngine } from '../../testing/engine.js';
import { ethernetFrame, hexOf, taggedFrame } from '../../testing/frames.js';

/** `vlink ethernet add mydev0 eth0 10` of the seed. */
function device(options: { headroom?: number } = {}): TestEngine {
  const node = makeEngine({ pool: { size: 64, slotSize: 1024, headroom: options.headroom ?? 64 } });
  node.run('vlink ethernet hook eth0\nvlink ethernet add mydev0 eth0 10');
  return node;
}
const sent = (node: TestEngine, link: string) => node.links.end(link).take().map(hexOf);

describe('a virtual device', () => {
  test('gets the carrier’s frames with its tag, the tag taken off', () => {
    const node = device();
    const inner = ethernetFrame({ length: 70 });
    node.arrive('eth0', taggedFrame(10, inner), taggedFrame(11, inner), ethernetFrame());
    expect(sent(node, 'mydev0')).toEqual([hexOf(inner)]);
    expect(node.drops()).toEqual({ 'eth0 unbound-port': 2 });
    expect(node.block('mydev0')).toMatchObject({ received: 1, receivedBytes: 72 });
  });

  test('hands what Linux sends to the carrier, the tag put in', () => {
    const node = device();
    const frame = ethernetFrame({ length: 70 });
    node.arrive('mydev0', frame);
    expect(sent(node, 'eth0')).toEqual([hexOf(taggedFrame(10, frame))]);
    expect(node.block('mydev0')).toMatchObject({ transmitted: 1, transmittedBytes: 72 });
  });

  test('hands frames to the block that sits on it instead, and takes frames from there', () => {
    const node = device();
    node.run('fbctl add c counter\nfbctl bind c mydev0');
    node.arrive('eth0', taggedFrame(10));
    expect([sent(node, 'mydev0'), node.block('c')]).toMatchObject([[], { packets: 1 }]);
    node.inject('c', 1, ethernetFrame());
    expect(sent(node, 'eth0')).toEqual([hexOf(taggedFrame(10))]);
  });

  test('the frame’s protocol is that of its bytes, on either side', () => {
    const node = device();
    node.run('fbctl add f bpf\nfbctl bind f mydev0');
    const ipv4 = '{ 0x28, 0, 0, 0xfffff000 }, { 0x15, 0, 1, 0x800 }, { 0x6, 0, 0, 1500 }, { 0x6, 0, 0, 0 }';
    node.act({ do: 'set', name: 'f', options: { filter: ipv4 } });
    node.arrive(
      'eth0',
      taggedFrame(10, ethernetFrame({ type: 0x800 })),
      taggedFrame(10, ethernetFrame({ type: 0x806 })),
    );
    expect(node.block('f')).toMatchObject({ packets: 1, filtered: 1 });
    node.run('fbctl add down bpf\nfbctl unbind mydev0:egress\nfbctl bind mydev0:egress down');
    node.act({ do: 'set', name: 'down', options: { filter: ipv4.replace('0x800', '0xac0a') } });
    node.arrive('mydev0', ethernetFrame({ type: 0x800 }));
    expect(node.block('down')).toMatchObject({ packets: 1, filtered: 0 });
  });

  test('any frame comes out of the other side as it went in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 14, maxLength: 400 }), fc.nat(255), (bytes, id) => {
        const node = makeEngine();
        node.run(`vlink ethernet hook eth0 --promiscuous\nvlink ethernet add v eth0 ${id}`);
        bytes[6] &= 0xfe;
        node.arrive('v', bytes);
        const [wire] = node.links.end('eth0').take();
        expect(hexOf(wire)).toBe(hexOf(taggedFrame(id, bytes)));
        node.arrive('eth0', wire);
        expect(sent(node, 'v')).toEqual([hexOf(bytes)]);
        expect(accountFaults(node.engine)).toEqual([]);
      }),
      { seed: 30, numRuns: 60 },
    );
  });
});

describe('drops', () => {
  test('what is too short, either way', () => {
    const node = device();
    node.inject('mydev0', 1, new Uint8Array(13));
    node.inject('mydev0', 0, taggedFrame(10, ethernetFrame({ length: 14 })).subarray(0, 15));
    expect(node.drops()).toEqual({ 'mydev0 too-short': 2 });
  });

  test('what comes up without its tag', () => {
    const node = device();
    node.inject('mydev0', 0, taggedFrame(9));
    expect(node.drops()).toEqual({ 'mydev0 wrong-tag': 1 });
  });

  test('what has no room for the tag', () => {
    const node = device({ headroom: 1 });
    node.inject('mydev0', 1);
    expect(node.drops()).toEqual({ 'mydev0 no-headroom': 1 });
  });
});

describe('options', () => {
  test('name and shape of the Linux device', () => {
    const node = device();
    node.run('vlink ethernet add site.v1 eth0 11 --device v1 --mtu 1400 --mac 02:00:00:00:00:99');
    expect(node.links.opened).toEqual(['eth0', 'mydev0', 'v1']);
  });

  test.each([
    {},
    { id: -1 },
    { id: 256 },
    { id: 1.5 },
    { id: 1, mac: '1:2' },
    { id: 1, mtu: 67 },
    { id: 1, device: '' },
    { id: 1, device: 'x'.repeat(16) },
  ])('%j are refused', (config) => {
    const add = () => makeEngine().act({ do: 'add', name: 'v', type: 'ethernet-tagged', config });
    expect(add).toThrow('v (ethernet-tagged): ');
  });
});
