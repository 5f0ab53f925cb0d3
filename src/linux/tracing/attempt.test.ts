import { afterEach, expect, test } from 'vitest';
import { type FakeKernel, type FakeTracefs, fakeTracefs } from '../../testing/fake-tracefs.js';
import { attempt } from './attempt.js';
import { kernelKnowledge } from './knowledge.js';
import { planFor } from './plan.js';
import { surveyWays } from './survey.js';
import type { Way } from './way.js';

let fake: FakeTracefs;
afterEach(() => fake.close());
const kallsyms = 'ffffffff81e5f000 T netif_rx\nffffffff81e5f100 T ip_rcv\n';

/** The way that a kernel traces a symbol by, and what it said of the others. */
function tried(kernel: FakeKernel, symbol: string, only?: Way): { by: string | null; not: string[] } {
  fake = fakeTracefs({ events: ['net:netif_rx'], ...kernel });
  const plan = planFor(symbol, only, kernelKnowledge(fake.directory, kallsyms));
  if (plan === null) throw new Error(`${symbol} is not known`);
  const { armed, refusals } = attempt(fake.directory, plan, 1, '');
  expect(fake.directory.names('instances')).toEqual(armed === null ? [] : [armed.instance]);
  return { by: armed && `${armed.way} ${armed.name}`, not: refusals.map(({ way, why }) => `${way}: ${why}`) };
}

const noKprobes =
  'kprobe: the kernel has no kprobe events: tracefs has no file kprobe_events (CONFIG_KPROBE_EVENTS is off)';
const noTracer =
  'ftrace: the kernel has no function tracer: available_tracers lacks "function" (CONFIG_FUNCTION_TRACER is off)';
const locked =
  'ftrace: the kernel has the function tracer and does not let it be used: set_ftrace_filter: EPERM: not permitted';
const noEvent = 'tracepoint: no tracepoint is called ip_rcv';

test('a kernel with everything takes kprobes', () => {
  expect(tried({ kprobes: true, functions: 'open' }, 'netif_rx')).toEqual({ by: 'kprobe netif_rx', not: [] });
});

test('without kprobes it takes ftrace', () => {
  expect(tried({ functions: 'open' }, 'ip_rcv')).toEqual({ by: 'ftrace ip_rcv', not: [noEvent, noKprobes] });
});

test('without both it takes the tracepoint of the same name', () => {
  expect(tried({}, 'netif_rx')).toEqual({ by: 'tracepoint net:netif_rx', not: [noKprobes, noTracer] });
  fake.close();
  expect(tried({ functions: 'locked' }, 'netif_rx')).toEqual({
    by: 'tracepoint net:netif_rx',
    not: [noKprobes, locked],
  });
});

test('where nothing is left it says why, way by way', () => {
  expect(tried({ functions: 'locked' }, 'ip_rcv')).toEqual({ by: null, not: [noKprobes, locked, noEvent] });
});

test('a way that is there may refuse one symbol, and the next is tried', () => {
  const refuse = (path: string) => (path === 'kprobe_events' ? ('EINVAL' as const) : undefined);
  expect(tried({ kprobes: true, functions: 'open', refuse }, 'netif_rx')).toEqual({
    by: 'ftrace netif_rx',
    not: ['kprobe: the kernel refuses netif_rx: EINVAL: the kernel does not accept these values'],
  });
  fake.close();
  expect(tried({ kprobes: true, refuse }, 'netif_rx', 'kprobe').by).toBe(null);
});

test('what is armed already is told, and stays; another way does not take its place', () => {
  fake = fakeTracefs({ kprobes: true, functions: 'open', events: ['net:netif_rx'] });
  const known = kernelKnowledge(fake.directory, kallsyms);
  const again = (symbol: string, only?: Way, owner = '') => {
    const plan = planFor(symbol, only, known);
    if (plan === null) throw new Error(`${symbol} is not known`);
    const { armed, standing, refusals } = attempt(fake.directory, plan, 1, owner);
    return [armed?.way ?? null, standing?.way ?? null, refusals.length];
  };
  expect(again('net:netif_rx')).toEqual(['tracepoint', null, 0]);
  expect(again('net:netif_rx')).toEqual([null, 'tracepoint', 0]);
  expect(again('netif_rx')).toEqual(['kprobe', null, 0]);
  expect(again('netif_rx')).toEqual([null, 'kprobe', 0]);
  expect(again('netif_rx', 'ftrace')).toEqual(['ftrace', null, 0]);
  expect(again('netif_rx', undefined, '7.1')).toEqual(['kprobe', null, 0]);
  expect(fake.directory.names('instances').length).toBe(4);
});

test('the ways are surveyed without setting anything', () => {
  fake = fakeTracefs({ functions: 'locked', events: ['net:netif_rx', 'skb:kfree_skb'] });
  expect(surveyWays(fake.directory).map(({ way, allowed }) => [way, allowed])).toEqual([
    ['kprobe', false],
    ['ftrace', false],
    ['tracepoint', true],
  ]);
  expect(surveyWays(fake.directory)[2].detail).toBe(
    '2 places that the kernel’s source marks'.replace('’', "'"),
  );
  expect(fake.log).toEqual([]);
});
