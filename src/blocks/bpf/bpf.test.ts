import { describe, expect, test } from 'vitest';
import { makeEngine, type TestEngine } from '../../testing/engine.js';
import { ARP, ethernetFrame, IPV4 } from '../../testing/frames.js';

const only = (type: number, keep = 0xffff) =>
  `{ 0x28, 0, 0, 0xfffff000 }, { 0x15, 0, 1, 0x${type.toString(16)} }, { 0x6, 0, 0, ${keep} }, { 0x6, 0, 0, 0 }`;

function filtering(config: Record<string, unknown>): TestEngine {
  const node = makeEngine();
  node.act({ do: 'add', name: 'f', type: 'bpf', config });
  node.add({ up: 'discard', down: 'discard' });
  node.act({ do: 'bind', upper: 'up', lower: 'f' }, { do: 'connect', from: 'f', port: 'egress', to: 'down' });
  return node;
}

describe.each(['compiled', 'interpreted'])('%s', (run) => {
  test('passes what the filter accepts, both ways, and drops the rest', () => {
    const node = filtering({ filter: only(ARP), run });
    for (const direction of [0, 1] as const) {
      for (const type of [ARP, IPV4, IPV4]) node.inject('f', direction, ethernetFrame({ type }));
    }
    expect(node.block('f')).toMatchObject({ packets: 2, bytes: 120, filtered: 4 });
    expect(node.drops()).toEqual({ 'f filtered': 4 });
    expect([node.block('up'), node.block('down')]).toMatchObject([{ packets: 1 }, { packets: 1 }]);
  });

  test('cuts a frame to what the filter answers, never longer', () => {
    const node = filtering({ filter: only(IPV4, 20), run });
    node.inject('f', 0, ethernetFrame({ length: 100 }));
    node.inject('f', 0, ethernetFrame({ length: 15 }));
    expect(node.block('up')).toMatchObject({ packets: 2, bytes: 35 });
  });

  test('random loads come from the engine’s randomness: the same seed, the same frames', () => {
    const passed = (seed: number) => {
      const node = makeEngine({ seed });
      // ld #random; jset #1, pass, drop
      const filter = '{ 0x20, 0, 0, 0xfffff038 }, { 0x45, 0, 1, 1 }, { 0x6, 0, 0, 1 }, { 0x6, 0, 0, 0 }';
      node.act({ do: 'add', name: 'f', type: 'bpf', config: { filter, run } });
      const order = Array.from({ length: 64 }, () => {
        const before = node.drops()['f filtered'] ?? 0;
        node.inject('f');
        return (node.drops()['f filtered'] ?? 0) - before;
      });
      return order.join('');
    };
    expect(passed(1)).toBe(passed(1));
    expect(passed(1)).not.toBe(passed(2));
  });
});

test('without a filter everything passes', () => {
  const node = filtering({});
  node.inject('f', 0, new Uint8Array(0));
  node.inject('f', 0);
  expect(node.block('f')).toMatchObject({ packets: 2, filtered: 0 });
});

test('the filter is changed and taken off while the counters go on', () => {
  const node = filtering({ filter: only(ARP) });
  node.inject('f');
  node.act({ do: 'set', name: 'f', options: { filter: only(IPV4) } });
  node.inject('f');
  node.act({ do: 'set', name: 'f', options: { filter: null } });
  node.inject('f', 0, ethernetFrame({ type: ARP }));
  expect(node.block('f')).toMatchObject({ packets: 2, filtered: 1 });
});

test('a filter that is wrong is refused with its place, and the old one stays', () => {
  const node = filtering({ filter: only(ARP) });
  const set = (filter: string) => () => node.act({ do: 'set', name: 'f', options: { filter } });
  expect(set('{ 0x28, 0, 0 }')).toThrow(/filter, line 1, column \d+: /);
  expect(set('{ 0x28, 0, 0, 0 }')).toThrow('filter, instruction'); // no ret at its end
  expect(set('{ 0x15, 9, 9, 0 }, { 0x6, 0, 0, 0 }')).toThrow('filter, instruction 0');
  expect(set('')).toThrow('filter');
  node.inject('f');
  expect(node.drops()).toEqual({ 'f filtered': 1 });
});

test('the log is that of the seed', () => {
  const node = makeEngine();
  node.act({ do: 'add', name: 'fb5', type: 'bpf', config: { filter: only(ARP, 0xfffff) } });
  expect(node.lines.map((line) => line.replace(/ {4}.*/, ''))).toEqual([
    '[fb5::bpf] Parsed code:',
    '[fb5::bpf] 0: c:0x28 jt:0 jf:0 k:0xfffff000',
    '[fb5::bpf] 1: c:0x15 jt:0 jf:1 k:0x806',
    '[fb5::bpf] 2: c:0x6 jt:0 jf:0 k:0xfffff',
    '[fb5::bpf] 3: c:0x6 jt:0 jf:0 k:0x0',
    '[fb5::bpf] Filter injected!',
  ]);
});
