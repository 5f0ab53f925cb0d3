import { expect, test } from 'vitest';
import type { BlockView } from '../../control/views.js';
import { reportText, withFiles } from './change.js';
import { linkRows, linksText } from './links-text.js';
import { listText, typesText } from './list-text.js';
import { showText } from './show-text.js';
import { dropsText, reasonsText, totalsLine } from './totals-text.js';

const row = (name: string, type: string, idp: number, references: number, bound: number[]) => ({
  name,
  type,
  idp,
  references,
  bound,
});

test('fbctl list shows the table of the seed (004 C.3), without the kernel addresses', () => {
  const rows = [
    row('eth0', 'ethernet', 1, 4, [2]),
    row('fb2', 'tee', 2, 10, [5, 3, 1]),
    row('fb3', 'bpf', 3, 7, [4, 2]),
    row('fb4', 'counter', 4, 4, [3]),
    row('fb5', 'bpf', 5, 7, [6, 2]),
    row('fb6', 'counter', 6, 4, [5]),
  ];
  expect(listText(rows)).toBe(`NAME  TYPE      IDP  REFS  BOUND
eth0  ethernet    1     4  [2]
fb2   tee         2    10  [5 3 1]
fb3   bpf         3     7  [4 2]
fb4   counter     4     4  [3]
fb5   bpf         5     7  [6 2]
fb6   counter     6     4  [5]
`);
  expect(listText([row('fb2', 'tee', 2, 1, [])])).toContain('[]');
  expect(listText(rows, true)).toMatch(/fb2 +tee +2 +10 {2}\[fb5 fb3 eth0\]\n/);
});

test('fbctl types', () => {
  const ports = { ingress: 1, egress: 0, group: 'tag0-255' };
  expect(typesText([{ type: 'e', summary: 'a link', mode: 'source', ports, counters: {}, drops: {} }])).toBe(
    'TYPE  MODE    INGRESS  EGRESS      SUMMARY\ne     source  1        0 tag0-255  a link\n',
  );
});

const view: BlockView = {
  ...row('eth0', 'ethernet', 1, 4, [2]),
  summary: 'a link',
  mode: 'source',
  config: { link: 'eth0', filter: '{ 6,\n 0 }', queue: 5 },
  counters: { received: 12, transmitted: 3 },
  counterTexts: { received: 'frames up', transmitted: 'frames down' },
  drops: [{ block: 'eth0', reason: 'too-short', text: 'no header', count: 2, sample: 'ff00' }],
  edges: [{ port: 'ingress', to: 'fb2', idp: 2 }],
  subscribers: ['fb2'],
  subscriptions: ['fb2', 'fb3'],
  events: { count: 20, recent: [{ type: 'bound', from: 'fb2', fromIdp: 2, payload: { idp: 1 } }] },
  links: [
    {
      kind: 'af-packet',
      target: 'eth0',
      state: 'down',
      framesIn: 12,
      bytesIn: 720,
      framesOut: 3,
      bytesOut: 180,
      waiting: 1,
      lastError: 'ENETDOWN',
    },
  ],
  held: 7,
  engine: 'dispatch',
  engineWhy: 'cold: 3 of 64 frames',
};

test('fbctl show tells everything about a block', () => {
  expect(showText(view)).toBe(`eth0  ethernet (source)  IDP 1  references 4
a link
engine  dispatch: cold: 3 of 64 frames

options
  link    eth0
  filter  { 6, 0 }
  queue   5

counters
  received     12  frames up
  transmitted   3  frames down

drops
  too-short  2  no header
    the last one began ff00

held
  7 frames

edges
  ingress  -> fb2  IDP 2

links
  af-packet eth0, down
    in   12 frames  720 bytes
    out  3 frames   180 bytes
    1 frames wait to be sent
    last error: ENETDOWN

subscribed to
  fb2, fb3

subscribers
  fb2

events
  20 so far, the last:
    bound  from fb2  {"idp":1}
`);
});

test('fbctl show leaves out what there is not', () => {
  const bare = { ...view, config: {}, counters: {}, drops: [], edges: [], links: [], held: 0 };
  const empty = { ...bare, subscribers: [], subscriptions: [], events: { count: 0, recent: [] } };
  expect(showText({ ...empty, engine: 'fused', engineWhy: '' })).toBe(
    'eth0  ethernet (source)  IDP 1  references 4\na link\nengine  fused\n',
  );
});

test('fbctl show tells what a block tells of itself, and the shares of several engines', () => {
  const share = { drops: [], links: [], held: 0 };
  const details = {
    flows: 2,
    by: 'address',
    sizes: [64, 1500],
    none: {},
    top: [
      { flow: '10.0.0.1 > 10.0.0.2', packets: 100 },
      { flow: 'x', packets: 7, tag: 5 },
    ],
    table: { hits: 5, entry: { a: 1 } },
    lines: Array.from({ length: 22 }, (_, i) => ({ i })),
  };
  const engines = [
    { engine: 0, counters: { received: 10, transmitted: 3 }, ...share },
    { engine: 1, counters: { received: 2, transmitted: 0 }, ...share },
  ];
  const text = showText({ ...view, details, engines });
  expect(text).toContain(`
engines
  engine  received  transmitted  held
       0        10            3     0
       1         2            0     0

details
  flows  2
  by     address
  sizes  64, 1500
  none   {}
  top
    flow                 packets  tag
    10.0.0.1 > 10.0.0.2      100
    x                          7  5
  table
    hits   5
    entry  {"a":1}
  lines
`);
  expect(text).toContain('    19\n    and 2 more\n');
  const each = engines.map((one) => ({ ...one, details: { flows: one.engine + 5 } }));
  expect(showText({ ...view, engines: each })).toContain(
    'details of engine 0\n  flows  5\n\ndetails of engine 1\n  flows  6\n\ndrops',
  );
});

test('vlink ethernet list', () => {
  expect(linksText(linkRows([view]))).toBe(
    'BLOCK  LINK       TARGET  STATE  IN  OUT  WAITING\neth0   af-packet  eth0    down   12    3        1  ENETDOWN\n',
  );
});

test('the account of all frames, and the drop ledger', () => {
  const totals = {
    in: 10,
    inBytes: 0,
    created: 2,
    out: 3,
    outBytes: 0,
    consumed: 5,
    dropped: 4,
    frames: 0,
    bytes: 0,
    invocations: 0,
    held: 0,
  };
  const drops = [
    { block: 'a', reason: 'filtered', text: 'refused', count: 1 },
    { block: 'b', reason: 'filtered', text: 'refused', count: 2 },
    { block: 'b', reason: 'queue-full', text: 'no room', count: 1 },
  ];
  expect(totalsLine({ totals }, reasonsText(drops))).toBe(
    'frames in 10, created 2, out 3, consumed 5, dropped 4 (filtered 3, queue-full 1), held 0',
  );
  expect(totalsLine({ totals }, reasonsText([]))).toContain('dropped 4, held 0');
  expect(dropsText(drops).split('\n')[1]).toBe('b      filtered        2  refused');
});

test('a change is quiet, a rehearsal tells its actions, JSON tells all', () => {
  const report = { actions: ['bind a b'], results: [{}], dryRun: false, micros: 12 };
  expect(reportText(report, {})).toEqual({ out: '', err: '' });
  expect(reportText({ ...report, dryRun: true }, {})).toEqual({ out: 'bind a b\n', err: '' });
  expect(reportText({ ...report, actions: [], dryRun: true }, {}).err).toBe('nothing would change\n');
  expect(reportText({ ...report, confirmWithin: 30 }, {}).err).toContain('30 s');
  expect(JSON.parse(reportText(report, { json: true }).out)).toEqual(report);
});

test('values @FILE and - stand for texts of files, for typed-in values only', () => {
  const read = (name: string) => `<${name}>`;
  const typed = {
    do: 'set',
    name: 'a',
    options: { x: '@f', y: '-', z: 'a@b', n: null },
    untyped: true,
  } as const;
  expect(withFiles([typed], read)).toEqual([
    { ...typed, options: { x: '<f>', y: '<->', z: 'a@b', n: null } },
  ]);
  const exact = { do: 'add', name: 'a', type: 't', config: { x: '@f' } } as const;
  expect(withFiles([exact], read)).toEqual([exact]);
  expect(withFiles([{ ...exact, untyped: true }], read)).toMatchObject([{ config: { x: '<f>' } }]);
});
