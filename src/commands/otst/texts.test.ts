import { describe, expect, test } from 'vitest';
import type { TracedFrame, TraceStep } from '../../engine/trace.js';
import type { KernelStack } from '../../linux/tracing/stack-text.js';
import type { Style } from '../shared/style.js';
import { armedListText } from './armed.js';
import { blockText, tiesText } from './block-text.js';
import { armedText, refusedText, stackJson, stackText, waysText } from './kernel-text.js';
import type { ScriptCall } from './script-calls.js';

const marks: Style = {
  bold: (text) => text,
  dim: (text) => `(${text})`,
  good: (text) => text,
  bad: (text) => text,
};
const stack: KernelStack = {
  task: 'ping',
  pid: 4806,
  cpu: 1,
  time: 95.5,
  frames: [
    { symbol: 'trace_event_raw_event_net_dev_template', offset: 0xbe, size: 0x120 },
    { symbol: 'netif_rx', offset: 0x1f, size: 0x120 },
    { symbol: 'veth_xmit', offset: 1, size: 2, module: 'veth' },
    { symbol: '0xffffffffc0286000' },
  ],
};
const byEvent = { way: 'tracepoint', name: 'net:netif_rx' } as const;

test('a kernel stack reads like the seed’s, with the tracing’s own call aside', () => {
  expect(
    stackText('netif_rx', byEvent, stack, marks),
  ).toBe(`[   95.500000] otst: triggered stacktrace for symbol netif_rx by tracepoint net:netif_rx
[   95.500000] Pid: 4806, comm: ping, cpu: 1
[   95.500000] Call Trace:
[   95.500000] (  trace_event_raw_event_net_dev_template+0xbe/0x120)
[   95.500000]   netif_rx+0x1f/0x120
[   95.500000]   veth_xmit+0x1/0x2 [veth]
[   95.500000]   0xffffffffc0286000
`);
});

test('and is one line of JSON', () => {
  expect(JSON.parse(stackJson('netif_rx', byEvent, stack))).toEqual({
    kind: 'kernel',
    symbol: 'netif_rx',
    way: 'tracepoint',
    target: 'net:netif_rx',
    ...stack,
  });
});

test('what is armed says by which way, and why not by others', () => {
  const armed = { ...byEvent, instance: '', owner: '' };
  const refusals = [{ way: 'kprobe', why: 'the kernel has none' } as const];
  expect(armedText({ symbol: 'netif_rx', armed, refusals })).toBe(
    'otst: symbol netif_rx registered by tracepoint net:netif_rx\notst:   not by kprobe: the kernel has none\n',
  );
  expect(armedText({ symbol: 'x', armed: { ...armed, way: 'ftrace' }, refusals: [] })).toBe(
    'otst: symbol x registered by ftrace\n',
  );
});

test('a refusal names every way, the lockdown and what can be traced instead', () => {
  const refusals = [
    { way: 'kprobe', why: 'there is no file' },
    { way: 'tracepoint', why: 'none is called so' },
  ] as const;
  const kernel = { release: '6.18', lockdown: 'integrity', near: ['net:netif_rx'] };
  expect(
    refusedText('ip_rcv', refusals, kernel),
  ).toBe(`this kernel (Linux 6.18) gives no stack trace of ip_rcv:
  kprobe: there is no file
  tracepoint: none is called so
  the kernel is locked down (integrity, see kernel_lockdown(7)), which can be why it does not permit something to root
tracepoints near it, which can be traced: net:netif_rx`);
  expect(refusedText('ip_rcv', [], { release: '6.18', lockdown: 'none', near: [] })).toBe(
    'this kernel (Linux 6.18) gives no stack trace of ip_rcv:',
  );
});

test('the ways of a kernel are listed', () => {
  const states = [
    { way: 'kprobe', allowed: false, detail: 'off' },
    { way: 'tracepoint', allowed: true, detail: '7 places' },
  ] as const;
  expect(waysText(states, 'none')).toBe('✗ kprobe: off\n✓ tracepoint: 7 places\n');
  expect(waysText(states, 'confidentiality')).toContain('locked down (confidentiality');
});

test('what is armed is listed with its state and who waits for it', () => {
  const row = { symbol: 'a', way: 'kprobe', caught: 0, left: 1, pid: null, orphan: false };
  expect(armedListText([])).toBe('nothing is armed\n');
  expect(
    armedListText([
      row,
      { ...row, symbol: 'b', caught: 1, left: 0 },
      { ...row, symbol: 'c', caught: 2, left: 3, pid: 77 },
      { ...row, symbol: 'net:d', way: 'tracepoint', left: null, orphan: true },
    ]),
  ).toBe(`SYMBOL  WAY         STATE                 FOR
a       kprobe      armed                 "otst show"
b       kprobe      fired                 "otst show"
c       kprobe      armed, fired 2 times  otst, pid 77
net:d   tracepoint  half armed            nobody: its otst was killed; "otst rm --all" removes it
`);
});

describe('of a block', () => {
  const step = (block: string, idp: number, more: Partial<TraceStep> = {}): TraceStep => ({
    branch: 0,
    block,
    type: 'counter',
    idp,
    direction: 'ingress',
    micros: 2,
    lengthBefore: 42,
    lengthAfter: 42,
    front: 0,
    changes: [],
    result: 'ingress',
    copies: [],
    ...more,
  });
  const frame: TracedFrame = {
    bytes: 'ffffffffffff020000000002080600010800060400010200000000020a0000020000000000000a000001',
    length: 42,
    timestamp: 0,
    steps: [step('eth0', 1), step('fb3', 2, { stack: ['x'] }), step('end', 4, { result: 'consumed' })],
  };
  const call = (name: string, of: ScriptCall['of']): ScriptCall => ({
    call: name,
    file: 'src/engine/dispatch.ts',
    line: 190,
    column: 5,
    of,
  });
  const calls = [call('Dispatch.walk', 'quipu'), call('', 'quipu'), call('run', 'node')];
  const view = {
    name: 'fb3',
    type: 'counter',
    engine: 'fused',
    engineWhy: 'inlined where frames enter eth0',
  } as const;

  test('the path is shown with the block marked, the JavaScript stack below, and the engine', () => {
    expect(blockText(frame, view, calls, marks)).toBe(`ARP who-has 10.0.0.1 tell 10.0.0.2, 42 bytes
  eth0  counter  IDP 1  ingress  2 µs  -> ingress
  fb3   counter  IDP 2  ingress  2 µs  -> ingress  <== here
  end   counter  IDP 4  ingress  2 µs  consumed
JavaScript stack where it enters fb3 (counter):
  Dispatch.walk  src/engine/dispatch.ts:190
  (module)       src/engine/dispatch.ts:190
(  and 1 of Node's own below)
Other frames run it fused, without these calls (inlined where frames enter eth0); one that is followed is dispatched.
`);
  });

  test('a path whose beginning was not seen says so, and a dispatched block too', () => {
    const text = blockText({ ...frame, before: 2 }, { ...view, engine: 'dispatch', engineWhy: 'cold' }, []);
    expect(text).toContain('\n  ... 2 blocks before: one held it, or it came from another engine\n');
    expect(text).toContain('\nOther frames are dispatched like this one (cold).\n');
  });

  test('where nothing comes, it is told what the block is tied to', () => {
    const edge = (to: string) => ({ port: 'ingress', to, idp: 2 });
    const blocks = [
      { name: 'eth0', edges: [edge('fb3')], links: [] },
      { name: 'tee', edges: [edge('end'), { ...edge('fb3'), port: 'ingress1' }], links: [] },
      { name: 'fb3', edges: [edge('end')], links: [] },
      { name: 'lone', edges: [edge('end')], links: [] },
    ];
    expect(tiesText('fb3', blocks)).toBe(
      'it is tied, and frames may come from eth0:ingress, tee:ingress1, but none did',
    );
    expect(tiesText('lone', blocks)).toBe(
      'it is not tied: no block and no link leads to it; "fbctl bind lone BLOCK" ties it',
    );
    expect(tiesText('gone', blocks)).toBe('the block was removed meanwhile');
  });
});
