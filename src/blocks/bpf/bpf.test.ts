import fc from 'fast-check';
import { describe, expect, describe as suite, test } from 'vitest';
import { FORMATS, formatProgram } from '../../bpf/formats.js';
import { Ancillary } from '../../bpf/opcodes.js';
import { formatTuples } from '../../bpf/tuples.js';
import { makeEngine, type TestEngine } from '../../testing/engine.js';
import { ARP, ethernetFrame, IPV4 } from '../../testing/frames.js';
import { sameAsInline, usualFrames } from '../../testing/inline.js';
import { tape, validProgram } from '../../testing/random-program.js';
import { loadProgram } from '../filter.js';
import type { Bpf } from './bpf.js';

const ancillary = Object.values(Ancillary).filter((k) => k !== Ancillary.random);
const shape = { length: 40, reach: 80, ancillary, returns: 1 };

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

describe.each(['compiled', 'interpreted'])('an expression, %s', (run) => {
  test('is a filter too, and is shown as it was given', () => {
    const node = filtering({ filter: 'arp or (ip and len <= 60)', run });
    node.inject('f', 0, ethernetFrame({ type: ARP, length: 100 }));
    node.inject('f', 0, ethernetFrame({ length: 60 }));
    node.inject('f', 0, ethernetFrame({ length: 61 }));
    expect(node.block('f')).toMatchObject({ packets: 2, filtered: 1 });
    expect(node.get('f').config).toMatchObject({ filter: 'arp or (ip and len <= 60)' });
  });
});

test.each([
  ...FORMATS.map((format) => formatProgram(loadProgram(only(ARP)), format)),
  'ldh #proto\njeq #0x806, keep, drop ; ARP\nkeep: ret #-1\ndrop: ret #0',
])('%j is a filter too, and is shown as it was given', (filter) => {
  const node = filtering({ filter });
  for (const type of [ARP, IPV4]) node.inject('f', 0, ethernetFrame({ type }));
  expect(node.block('f')).toMatchObject({ packets: 1, filtered: 1 });
  expect(node.get('f').config).toMatchObject({ filter });
});

test('a program in the BPF language that is wrong is refused with its place', () => {
  const node = filtering({ filter: 'arp' });
  const set = (filter: string) => () => node.act({ do: 'set', name: 'f', options: { filter } });
  expect(set('ldh [12]\nret y')).toThrow(
    "filter, line 2, column 5: expected #k, a or x behind ret, found 'y'",
  );
  expect(set('ldh [12]')).toThrow('filter, instruction 0: the last instruction is no ret');
});

test('an expression that is wrong is refused with its place', () => {
  const node = filtering({ filter: 'arp' });
  const set = () => node.act({ do: 'set', name: 'f', options: { filter: 'arp or\n prot 5' } });
  expect(set).toThrow("filter, line 2, column 2: 'prot' is no word of the filter language");
  node.inject('f');
  expect(node.drops()).toEqual({ 'f filtered': 1 });
});

suite('as source', () => {
  test('does what the filter does, for any program and frame', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(0xffffffff), { minLength: 60, maxLength: 200, size: 'max' }),
        fc.array(fc.uint8Array({ maxLength: 90 }), { minLength: 4, maxLength: 4 }),
        (numbers, frames) => {
          const filter = formatTuples(validProgram(tape(numbers), shape));
          expect(sameAsInline('bpf', { filter }, [], () => {}, [...usualFrames, ...frames])).toEqual([]);
        },
      ),
      { seed: 20261120, numRuns: 100 },
    );
  });

  test('does what expressions say', () => {
    for (const filter of [
      'ip and udp port 53',
      'ip6 and udp',
      'vlan 5 and ip',
      'not arp',
      'len > 40',
      'ip or not ip',
    ]) {
      expect(sameAsInline('bpf', { filter })).toEqual([]);
    }
    expect(sameAsInline('bpf', {})).toEqual([]);
    expect(sameAsInline('bpf', { filter: only(IPV4, 20) })).toEqual([]);
  });

  test('reads as one would write it', () => {
    const node = filtering({ filter: 'ip and ip[9] = 17' });
    expect(node.get('f').block.inline?.()).toMatchInlineSnapshot(`
      "receive(frame) {
      accept: {
      refuse: {
      const s = frame.start;
      const n = frame.length;
      let A = 0;
      if (n < 24) break refuse; A = frame.view.getUint16(s + 12);
      if (A !== 2048) break refuse;
      A = frame.view.getUint8(s + 23);
      if (A === 17) break accept;
      break refuse;
      }
      this.filtered++;
      return FILTERED;
      }
      this.packets++;
      this.bytes += frame.length;
      return frame.direction;
      }"
    `);
  });

  test('becomes part of a fused function', () => {
    const counters = [0, Number.POSITIVE_INFINITY].map((warmFrames) => {
      const node = makeEngine({ fusion: { warmFrames } });
      node.hook('eth0');
      node.act({ do: 'add', name: 'f', type: 'bpf', config: { filter: 'ip and udp port 53 or ip6' } });
      node.add({ up: 'discard' });
      node.act({ do: 'bind', upper: 'f', lower: 'eth0' }, { do: 'bind', upper: 'up', lower: 'f' });
      for (const bytes of [...usualFrames, ...usualFrames]) node.arrive('eth0', bytes);
      const text = node.get('eth0').entries[0]?.batchSource?.text ?? '';
      expect(text.includes('getUint16(')).toBe(warmFrames === 0);
      const { packets, bytes, filtered } = node.get('f').block as Bpf;
      return { packets, bytes, filtered };
    });
    expect(counters[0]).toEqual(counters[1]);
    // Of the twenty, two are empty and do not come so far.
    expect(counters[0]).toMatchObject({ packets: 6, filtered: 12 });
  });

  test('is not there for what is interpreted, draws random numbers, or is long', () => {
    const sourceOf = (config: Record<string, unknown>) => filtering(config).get('f').block.inline?.();
    expect(sourceOf({ filter: 'arp', run: 'interpreted' })).toBeNull();
    expect(sourceOf({ filter: '{ 0x20, 0, 0, 0xfffff038 }, { 0x16, 0, 0, 0 }' })).toBeNull();
    expect(sourceOf({ filter: `${'{ 0x00, 0, 0, 1 }, '.repeat(300)}{ 0x16, 0, 0, 0 }` })).toBeNull();
    expect(sourceOf({ filter: 'arp' })).toContain('FILTERED');
  });
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
