import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QuipuError } from '../../contract/error.js';
import { parseEvents } from './events.js';
import { findSymbol } from './kallsyms.js';
import { type Knowledge, planFor } from './plan.js';

const kallsyms = `ffffffff81e5f000 T netif_rx
ffffffff81e5f100 T ip_rcv
ffffffff82000000 D jiffies
`;
const known: Knowledge = {
  events: parseEvents('net:netif_rx\nskb:kfree_skb\n'),
  hasSymbols: true,
  find: (name) => findSymbol(kallsyms, name),
};
const short = (text: string, only?: 'kprobe' | 'ftrace' | 'tracepoint', what = known) => {
  const plan = planFor(text, only, what);
  return (
    plan && {
      try: plan.targets.map(({ way, name }) => `${way} ${name}`),
      not: plan.refusals.map(({ way, why }) => `${way}: ${why}`),
    }
  );
};

test('a function is tried by all ways, the tracepoint of its name last', () => {
  expect(short('netif_rx')).toEqual({
    try: ['kprobe netif_rx', 'ftrace netif_rx', 'tracepoint net:netif_rx'],
    not: [],
  });
  expect(short('ip_rcv')).toEqual({
    try: ['kprobe ip_rcv', 'ftrace ip_rcv'],
    not: ['tracepoint: no tracepoint is called ip_rcv'],
  });
});

test('a tracepoint’s name alone is no function', () => {
  expect(short('kfree_skb')).toEqual({
    try: ['tracepoint skb:kfree_skb'],
    not: ['kprobe: the kernel has no function kfree_skb', 'ftrace: the kernel has no function kfree_skb'],
  });
});

test('data cannot be traced', () => {
  expect(short('jiffies')).toEqual({
    try: [],
    not: [
      'kprobe: jiffies is data, no function',
      'ftrace: jiffies is data, no function',
      'tracepoint: no tracepoint is called jiffies',
    ],
  });
});

test('one way may be asked for', () => {
  expect(short('netif_rx', 'ftrace')).toEqual({ try: ['ftrace netif_rx'], not: [] });
  expect(short('ip_rcv', 'tracepoint')).toEqual({
    try: [],
    not: ['tracepoint: no tracepoint is called ip_rcv'],
  });
});

test('a tracepoint named with its system is that one only', () => {
  expect(short('net:netif_rx')).toEqual({ try: ['tracepoint net:netif_rx'], not: [] });
  expect(short('net/netif_rx', 'tracepoint')).toEqual({ try: ['tracepoint net:netif_rx'], not: [] });
  expect(() => short('net/netif_rx', 'kprobe')).toThrow(
    'net:netif_rx is a tracepoint: leave --way kprobe away',
  );
});

test('what the kernel does not know has no plan, unless it keeps its symbols to itself', () => {
  expect(short('nothing_like_it')).toBe(null);
  expect(short('net:nothing')).toBe(null);
  expect(short('a:b:c')).toBe(null);
  expect(short('ip_rcv', undefined, { ...known, hasSymbols: false, find: () => undefined })?.try).toEqual([
    'kprobe ip_rcv',
    'ftrace ip_rcv',
  ]);
});

test.each([
  '',
  ' ',
  'netif_rx 1',
  'netif*',
  '../../x',
  'a\nb',
  '-:x',
  '!x',
  'x:a/b',
])('%j is no symbol', (text) => {
  expect(() => planFor(text, undefined, known)).toThrow('is no name of a kernel symbol');
});

test('any words are planned for, unknown, or refused as bad', () => {
  const words = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[\w:/.$-]{0,12}$/),
    fc.constantFrom('netif_rx', 'net:netif_rx', 'jiffies'),
  );
  fc.assert(
    fc.property(words, (text) => {
      try {
        const plan = planFor(text, undefined, { ...known, hasSymbols: false });
        for (const { name } of plan?.targets ?? []) expect(name).toMatch(/^[\w.$:][\w.$:-]*$/);
      } catch (error) {
        expect((error as QuipuError).code).toBe('bad-request');
        expect(error).toBeInstanceOf(QuipuError);
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});
