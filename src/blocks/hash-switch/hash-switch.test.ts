import { describe, expect, test } from 'vitest';
import type { Block } from '../../contract/block.js';
import { makeEngine } from '../../testing/engine.js';
import { ethernetFrame, MAC_A, MAC_B } from '../../testing/frames.js';
import { sameAsInline } from '../../testing/inline.js';
import { ipv4Frame, ipv6Frame } from '../../testing/ip-frames.js';

/** The port that a frame gets. */
function switching(config: Record<string, unknown>, bound: readonly number[] = [0, 2, 4, 6, 1, 3, 5, 7]) {
  const node = makeEngine();
  node.act({ do: 'add', name: 'h', type: 'hash-switch', config });
  const { ports, block } = node.get('h');
  for (const port of bound) ports[port] = 100 + port;
  const frame = node.engine.pool.allocate()!;
  const port = (bytes: Uint8Array, direction: 0 | 1 = 0) => {
    frame.fill(bytes);
    frame.direction = direction;
    return (block as Block).receive(frame, node.engine.dispatch);
  };
  return { node, block, port };
}

const flows = Array.from({ length: 400 }, (_, n) => ({ source: `10.0.${n & 7}.1`, words: [1000 + n, 80] }));
const reverse = ({ source, words }: (typeof flows)[number]) => ({
  source: '10.0.0.2',
  destination: source,
  words: [...words].reverse(),
});
/** How many frames each port got that got any. */
const spread = (ports: readonly number[]) =>
  [...new Set(ports)].map((port) => ports.filter((other) => other === port).length);

describe('by flow', () => {
  test('the frames of a flow get one port, the flows about as many each', () => {
    const { port } = switching({});
    const ports = flows.map((flow) => port(ipv4Frame(flow)));
    expect(flows.map((flow) => port(ipv4Frame({ ...flow, length: 99 })))).toEqual(ports);
    expect(new Set(ports)).toEqual(new Set([0, 2, 4, 6]));
    expect(Math.min(...spread(ports))).toBeGreaterThan(60); // 100 expected, standard deviation 8.7
  });

  test('frames that go down get the egress port of the same place', () => {
    const { port } = switching({});
    for (const flow of flows) expect(port(ipv4Frame(flow), 1)).toBe(port(ipv4Frame(flow)) + 1);
  });

  test('the way back has another port, or the same when symmetric', () => {
    const same = (symmetric: boolean) => {
      const { port } = switching({ symmetric });
      return flows.filter((flow) => port(ipv4Frame(flow)) === port(ipv4Frame(reverse(flow)))).length;
    };
    expect(same(true)).toBe(400);
    expect(same(false)).toBeLessThan(160);
  });

  test('IPv6, VLAN tags, and packets without a link header', () => {
    const { port } = switching({});
    const six = flows.map((_, n) => port(ipv6Frame({ source: n })));
    expect(new Set(six).size).toBe(4);
    const bare = switching({ layer: 'ip' });
    for (const flow of flows.slice(0, 50)) {
      const expected = port(ipv4Frame(flow));
      expect(port(ipv4Frame({ ...flow, tags: [[0x8100, 3]] }))).toBe(expected);
      expect(bare.port(ipv4Frame(flow).subarray(14))).toBe(expected);
    }
  });

  test('all fragments of a packet get one port', () => {
    const { port } = switching({});
    for (const { source } of flows.slice(0, 20)) {
      const ports = [0x2000, 0x2001, 2].map((fragment, i) =>
        port(ipv4Frame({ source, fragment, words: [i, i] })),
      );
      expect(new Set(ports).size).toBe(1);
    }
  });

  test('other frames are told by their MAC addresses, both ways the same', () => {
    const { port } = switching({});
    const ports = Array.from({ length: 100 }, (_, n) => {
      const from = `02:00:00:00:00:${n.toString(16).padStart(2, '0')}`;
      const there = port(ethernetFrame({ type: 0x0806, from, to: MAC_A }));
      expect(port(ethernetFrame({ type: 0x0806, from: MAC_A, to: from, length: 99 }))).toBe(there);
      return there;
    });
    expect(new Set(ports).size).toBe(4);
    expect(port(new Uint8Array(0))).toBe(port(new Uint8Array(1)));
    expect(switching({ layer: 'ip' }).port(ethernetFrame())).toBe(0);
  });

  test('another seed shares them out in another way', () => {
    const [one, other] = [switching({ seed: 1 }), switching({ seed: 2 })];
    const moved = flows.filter((flow) => one.port(ipv4Frame(flow)) !== other.port(ipv4Frame(flow)));
    expect(moved.length).toBeGreaterThan(240);
  });
});

describe('by bytes', () => {
  test('only these count', () => {
    const { port } = switching({ by: 'bytes', offset: 6, length: 6 });
    const ports = flows.map((_, n) => {
      const from = `02:00:00:00:0${n & 7}:${(n >> 3).toString(16).padStart(2, '0')}`;
      const there = port(ethernetFrame({ from, to: MAC_A }));
      expect(port(ethernetFrame({ from, to: MAC_B, type: 0x0806 }))).toBe(there);
      return there;
    });
    expect(Math.min(...spread(ports))).toBeGreaterThan(60);
  });

  test('behind the end of the frame they are 0', () => {
    const { port } = switching({ by: 'bytes', offset: 58, length: 7 });
    for (let n = 0; n < 20; n++) {
      const frame = ethernetFrame({ length: 80 }).fill(n, 58, 60).fill(0, 60);
      expect(port(frame.subarray(0, 60))).toBe(port(frame));
    }
  });
});

test('ports that are not bound are passed over; with none the frame ends there', () => {
  const { port, node } = switching({}, [6, 30]);
  expect(new Set(flows.map((flow) => port(ipv4Frame(flow))))).toEqual(new Set([6, 30]));
  expect(port(ipv4Frame(), 1)).toBe(1);
  expect(node.block('h')).toMatchObject({ packets: 400 });
});

test('options can be changed', () => {
  const { node, port } = switching({});
  const before = flows.map((flow) => port(ipv4Frame(flow)));
  node.act({ do: 'set', name: 'h', options: { seed: 9 } });
  expect(flows.map((flow) => port(ipv4Frame(flow)))).not.toEqual(before);
  expect(() => node.act({ do: 'set', name: 'h', options: { length: 65 } })).toThrow('length');
});

describe.each([
  [[]],
  [[0]],
  [[0, 2, 1]],
  [[6, 10, 30, 3, 5, 31]],
])('the source for bound ports %j', (bound) => {
  const frames = flows.slice(0, 40).flatMap((flow) => [ipv4Frame(flow), ipv4Frame(flow).subarray(14)]);
  test.each([
    {},
    { symmetric: true, seed: 0xffffffff },
    { layer: 'ip' },
    { by: 'bytes', offset: 20, length: 23, seed: 7 },
  ])('and %j does the same', (config) => {
    expect(sameAsInline('hash-switch', config, bound)).toEqual([]);
    expect(sameAsInline('hash-switch', config, bound, () => {}, frames)).toEqual([]);
  });
});
