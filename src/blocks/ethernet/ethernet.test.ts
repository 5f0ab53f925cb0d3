import { describe, expect, test } from 'vitest';
import { PacketType } from '../../contract/frame.js';
import type { LinkSpec } from '../../contract/link.js';
import { makeEngine, type TestEngine } from '../../testing/engine.js';
import { BROADCAST, ethernetFrame, hexOf, MAC_A, taggedFrame } from '../../testing/frames.js';

const address = Uint8Array.of(2, 0, 0, 0, 0, 0xa);

function hooked(config: Record<string, unknown> = {}): TestEngine {
  const node = makeEngine();
  const link = { kind: 'memory', name: 'e', address };
  node.act({ do: 'add', name: 'e', type: 'ethernet', config: { link, ...config } });
  node.add({ up: 'discard', v: 'discard' });
  node.act({ do: 'bind', upper: 'up', lower: 'e' });
  return node;
}

describe('from the link', () => {
  test('frames for this host, for a group and for all go up', () => {
    const node = hooked();
    node.arrive(
      'e',
      ethernetFrame({ to: MAC_A }),
      ethernetFrame({ to: BROADCAST }),
      ethernetFrame({ to: '01:00:5e:00:00:01' }),
    );
    expect([node.block('e'), node.block('up')]).toMatchObject([
      { received: 3, receivedBytes: 180 },
      { packets: 3 },
    ]);
  });

  test('frames for others are dropped unless the block is promiscuous', () => {
    const other = ethernetFrame({ to: '02:00:00:00:00:99' });
    const [plain, promiscuous] = [hooked(), hooked({ promiscuous: true })];
    plain.arrive('e', other);
    promiscuous.arrive('e', other);
    expect([plain.drops(), promiscuous.drops()]).toEqual([{ 'e other-host': 1 }, {}]);
    expect(PacketType.otherHost).toBe(3);
  });

  test('tagged frames have an address of their device: only what no device takes is for others', () => {
    const node = hooked();
    node.act({ do: 'connect', from: 'e', port: 'tag10', to: 'v' });
    const other = ethernetFrame({ to: '02:00:00:00:00:99' });
    node.arrive('e', taggedFrame(10, other), taggedFrame(11, other));
    expect(node.block('v')).toMatchObject({ packets: 1 });
    expect(node.drops()).toEqual({ 'e other-host': 1 });
  });

  test('frames that are too short, and those from a group address, are dropped', () => {
    const node = hooked();
    node.arrive('e', new Uint8Array(13), new Uint8Array(1), ethernetFrame({ from: '03:00:00:00:00:01' }));
    node.arrive('e', ethernetFrame({ length: 14 }));
    expect(node.drops()).toEqual({ 'e too-short': 2, 'e bad-source': 1 });
    expect(node.block('e')).toMatchObject({ received: 1, receivedBytes: 14 });
  });

  test('tagged frames leave by their port when it is bound, else go up', () => {
    const node = hooked();
    node.act({ do: 'connect', from: 'e', port: 'tag255', to: 'v' });
    node.arrive('e', taggedFrame(255), taggedFrame(254), taggedFrame(0));
    expect([node.block('v'), node.block('up')]).toMatchObject([{ packets: 1 }, { packets: 2 }]);
  });
});

describe('to the link', () => {
  test('what comes down is sent as it is, whatever its address', () => {
    const node = hooked();
    const frame = ethernetFrame({ from: '03:00:00:00:00:01', to: '02:00:00:00:00:99' });
    node.inject('e', 1, frame);
    expect(node.links.end('e').take().map(hexOf)).toEqual([hexOf(frame)]);
    expect(node.block('e')).toMatchObject({ transmitted: 1, transmittedBytes: 60, received: 0 });
  });

  test('what another block hands over is sent, even on its way up', () => {
    const node = hooked();
    node.hook('in');
    node.act({ do: 'connect', from: 'in', port: 'ingress', to: 'e' });
    node.arrive('in', ethernetFrame());
    expect(node.links.end('e').take().length).toBe(1);
  });

  test('what is too short is dropped', () => {
    const node = hooked();
    node.inject('e', 1, new Uint8Array(13));
    expect(node.drops()).toEqual({ 'e too-short': 1 });
  });
});

describe('the link', () => {
  const specOf = (config: Record<string, unknown>) => {
    const specs: LinkSpec[] = [];
    const node = makeEngine({
      wrapLink: (link, spec) => {
        specs.push(spec);
        return link;
      },
    });
    node.act({ do: 'add', name: 'e', type: 'ethernet', config });
    return specs[0];
  };

  test('is an interface by its name, with the block’s options', () => {
    const expected = { kind: 'af-packet', device: 'eth0', promiscuous: true };
    expect(specOf({ link: 'eth0', promiscuous: true })).toEqual(expected);
    expect(specOf({ link: { kind: 'af-packet', device: 'eth0', promiscuous: true } })).toEqual(expected);
    expect(specOf({ link: 'eth0', exclusive: false })).toMatchObject({
      promiscuous: false,
      exclusive: false,
    });
    expect(specOf({ link: { kind: 'memory', name: 'x' }, promiscuous: true })).toEqual({
      kind: 'memory',
      name: 'x',
    });
  });

  test('has to be Ethernet: another one is refused and closed again', () => {
    let closed = 0;
    const node = makeEngine({
      wrapLink: (link) =>
        Object.defineProperties(link, { hardwareType: { value: 65534 }, close: { value: () => closed++ } }),
    });
    const add = () => node.act({ do: 'add', name: 'e', type: 'ethernet', config: { link: 'tun0' } });
    expect(add).toThrow('tun0 has hardware type 65534, not Ethernet (1)');
    expect(closed).toBe(1);
  });

  test.each([
    {},
    { link: '' },
    { link: 5 },
    { link: {} },
    { link: 'a', queue: 0 },
    { link: 'a', queue: 1.5 },
    { link: 'a', x: 1 },
  ])('options %j are refused', (config) => {
    const node = makeEngine();
    expect(() => node.act({ do: 'add', name: 'e', type: 'ethernet', config })).toThrow('e (ethernet): ');
  });
});
