import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeEngine } from '../../testing/engine.js';
import { ARP, ethernetFrame, IPV4 } from '../../testing/frames.js';
import { sameAsInline, usualFrames } from '../../testing/inline.js';
import { ICMP, ipv4Frame, ipv6Frame, TCP } from '../../testing/ip-frames.js';

/** The index of the rule that takes each frame; -1: none. */
function classify(rules: readonly string[], ...frames: Uint8Array[]): number[] {
  const node = makeEngine();
  node.act({ do: 'add', name: 'c', type: 'classifier', config: { rules } });
  node.add({ end: 'discard' });
  for (let i = 0; i < 16; i++) node.act({ do: 'connect', from: 'c', port: `ingress${i}`, to: 'end' });
  const taken = () => (node.get('c').block as unknown as { taken: Float64Array }).taken;
  return frames.map((bytes) => {
    const before = taken().slice();
    node.inject('c', 0, bytes);
    return taken().findIndex((count, i) => count > before[i]);
  });
}

const arp = (operation: number) => {
  const frame = ethernetFrame({ type: ARP });
  frame[21] = operation;
  frame[20] = 0;
  return frame;
};

test('the first rule that a frame matches has it', () => {
  const rules = ['12/0806 20/0001', '12/0806 20/0002', '12/0800', '-'];
  const frames = [arp(1), arp(2), arp(3), ethernetFrame(), ipv6Frame(), new Uint8Array(13)];
  expect(classify(rules, ...frames)).toEqual([0, 1, 3, 2, 3, 3]);
});

test('what no rule takes is dropped; what comes down passes', () => {
  const node = makeEngine();
  node.act({ do: 'add', name: 'c', type: 'classifier', config: { rules: ['12/0806'] } });
  node.add({ up: 'discard', down: 'discard' });
  node.act({ do: 'bind', upper: 'up', lower: 'c' }, { do: 'connect', from: 'c', port: 'egress', to: 'down' });
  node.inject('c');
  node.inject('c', 0, arp(1));
  node.inject('c', 1);
  expect(node.drops()).toEqual({ 'c no-match': 1 });
  expect([node.block('c'), node.block('up'), node.block('down')]).toMatchObject([
    { packets: 2 },
    { packets: 1 },
    { packets: 1 },
  ]);
});

describe('byte patterns', () => {
  const frame = (...bytes: number[]) => Uint8Array.from(bytes);
  const takes = (rule: string, ...bytes: number[]) => classify([rule], frame(...bytes))[0] === 0;

  test('any hex digit', () => {
    expect([0x4512, 0x4500, 0x3512].map((n) => takes('0/4?', n >> 8))).toEqual([true, true, false]);
    expect(takes('0/??12', 0x99, 0x12)).toBe(true);
    expect(takes('0/?2', 0x31)).toBe(false);
  });

  test('a mask, alone and with any digits', () => {
    expect([0x40, 0x4f, 0x50].map((n) => takes('0/40%f0', n))).toEqual([true, true, false]);
    expect([0x41, 0x43, 0x51].map((n) => takes('0/4?%fd', n))).toEqual([true, true, false]);
    expect(takes('0/ff%0f', 0x1f)).toBe(true);
  });

  test('negation', () => {
    expect([0x11, 0x12].map((n) => takes('!0/11', n))).toEqual([false, true]);
    expect(
      [
        [1, 2],
        [1, 3],
        [2, 3],
      ].map((bytes) => takes('0/01 !1/02', ...bytes)),
    ).toEqual([false, true, false]);
    expect(
      [
        [1, 2],
        [1, 3],
        [2, 3],
      ].map((bytes) => takes('!0/0102', ...bytes)),
    ).toEqual([false, true, true]);
  });

  test('beyond the frame’s end nothing matches, zeros and any digits neither', () => {
    for (const rule of ['1/00', '0/0000', '0/00??', '3/0000000000', '0/0000%0000']) {
      expect(takes(rule, 0)).toBe(false);
      expect(takes(`!${rule}`, 0)).toBe(true);
    }
    expect(takes('0/00??', 0, 7)).toBe(true);
  });

  test.each([
    ['12/080', 'half a byte'],
    ['12/', 'write offset/value'],
    ['12/0800 and udp', '"and": write offset/value'],
    ['12/0806%ff', 'the mask is not as long'],
    ['99999/00', 'larger than any frame'],
    [`0/${'00'.repeat(65)}`, 'longer than 64 bytes'],
    ['12/08%f?', 'write offset/value'],
  ])('%s is refused', (rule, message) => {
    expect(() => classify(['12/0800', rule])).toThrow(message);
    expect(() => classify([rule])).toThrow('c: rules.0, "');
  });
});

test('expressions', () => {
  const rules = ['arp', 'ip and udp port 53', 'icmp', 'tcp dst port 80 or ip6', 'any'];
  const frames = [
    arp(1),
    ipv4Frame({ words: [53, 9] }),
    ipv4Frame({ protocol: ICMP }),
    ipv4Frame({ protocol: TCP, words: [9, 80] }),
    ipv6Frame(),
    ipv4Frame({ words: [9, 80] }),
    new Uint8Array(0),
  ];
  expect(classify(rules, ...frames)).toEqual([0, 1, 2, 3, 3, 4, 4]);
  expect(() => classify(['-', 'arp'])).toThrow(
    'c: rules.1: no frame gets here, rule 0 takes all; put it last',
  );
  expect(() => classify(['arp and'])).toThrow(/^c: rules\.0: line 1, column \d+: /);
});

test.each([[[]], [['']], [new Array(17).fill('12/0800')], ['12/0800']])('rules %j are refused', (rules) => {
  const node = makeEngine();
  expect(() => node.act({ do: 'add', name: 'c', type: 'classifier', config: { rules } })).toThrow('rules');
});

test('rules are changed as a whole, or not at all; show tells what each has taken', () => {
  const node = makeEngine();
  const view = () => node.block('c').details?.();
  node.act({ do: 'add', name: 'c', type: 'classifier', config: { rules: ['12/0800', '-'] } });
  node.inject('c');
  expect(view()).toEqual({
    rules: [
      { rule: '12/0800', port: 'ingress0', frames: 1 },
      { rule: '-', port: 'ingress1', frames: 0 },
    ],
  });
  expect(() => node.act({ do: 'set', name: 'c', options: { rules: ['arp', '1/2'] } })).toThrow('rules.1');
  node.inject('c');
  expect(view()).toMatchObject({ rules: [{ rule: '12/0800', frames: 2 }, {}] });
  const set = { do: 'set', name: 'c', options: { rules: ['arp'] } } as const;
  expect(() => node.act(set, { do: 'rm', name: 'nobody' })).toThrow('nobody');
  expect(view()).toMatchObject({ rules: [{ rule: '12/0800', frames: 2 }, {}] });
  node.act(set);
  node.inject('c');
  expect(view()).toEqual({ rules: [{ rule: 'arp', port: 'ingress0', frames: 0 }] });
});

describe('as source', () => {
  const source = (rules: readonly string[]) => {
    const node = makeEngine();
    node.act({ do: 'add', name: 'c', type: 'classifier', config: { rules } });
    return String(node.block('c').inline?.()).replace(/\s+/g, ' ');
  };

  test('the IP router’s rules read the type once and need no other check of the length', () => {
    expect(source(['12/0806 20/0001', '12/0806 20/0002', '12/0800', '-'])).toBe(
      'receive(frame) { if (frame.direction === EGRESS) return EGRESS; this.packets++; const half12 = frame.u16(12); ' +
        'if (half12 === 2054 && frame.u16(20) === 1) { this.taken[0]++; return 0; } ' +
        'if (half12 === 2054 && frame.u16(20) === 2) { this.taken[1]++; return 2; } ' +
        'if (half12 === 2048) { this.taken[2]++; return 4; } this.taken[3]++; return 6; }',
    );
  });

  const digits = fc.string({
    unit: fc.constantFrom('0', '0', '1', '8', '6', 'f', '?'),
    minLength: 1,
    maxLength: 7,
  });
  const clause = fc
    .tuple(fc.boolean(), fc.nat(24), digits, fc.option(fc.constantFrom('0', 'f', '3', '8')))
    .map(([not, offset, half, mask]) => {
      const value = half + half;
      return `${not ? '!' : ''}${offset}/${value}${mask === null ? '' : `%${mask.repeat(value.length)}`}`;
    });
  const rule = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.array(clause, { minLength: 1, maxLength: 3 }).map((clauses) => clauses.join(' ')),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'arp',
        'ip',
        'udp port 53',
        'not ip6',
        'tcp[0] > 3',
        'ether broadcast',
        'len > 20',
      ),
    },
  );
  // Few different bytes, so that patterns match now and then.
  const bytes = fc
    .array(fc.constantFrom(0, 0, 0x11, 0x88, 0x66, 0xff), { maxLength: 30 })
    .map((list) => Uint8Array.from(list));

  test('does what the rules do, whatever rules and frames', () => {
    const results = new Set<number>();
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        fc.array(bytes, { minLength: 5 }),
        (rules, all, frames) => {
          const config = { rules: all ? [...rules, '-'] : rules };
          expect(sameAsInline('classifier', config, [], () => {}, [...usualFrames, ...frames])).toEqual([]);
          for (const taken of classify(rules, ...frames)) results.add(taken);
        },
      ),
      { seed: 6, numRuns: 60 },
    );
    expect(results.size).toBeGreaterThan(6);
  });

  test('every example of a rule', () => {
    const rules = ['12/0806', 'ip and udp port 53', 'ip6', 'vlan', '30/c0a8????', '!23/11', 'icmp', '-'];
    expect(sameAsInline('classifier', { rules })).toEqual([]);
    expect(IPV4).toBe(0x800);
  });
});
