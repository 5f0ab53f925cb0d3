import { expect, test } from 'vitest';
import type { BlockView, NodeStatus } from '../../../control/views.js';
import { makeEngine } from '../../../testing/engine.js';
import { ethernetFrame } from '../../../testing/frames.js';
import { figureC1 } from '../../shared/figure-c1.js';
import { plain } from '../../shared/style.js';
import { glyphsFor } from './glyphs.js';
import { LEAST, picture } from './picture.js';
import { PlainLines } from './plain-lines.js';
import { Rates } from './rates.js';
import { reTies } from './re-ties.js';
import { countsOf, type Scene } from './scene.js';

const looks = { style: plain, glyphs: glyphsFor({ LANG: 'en_US.UTF-8' }) };

/** After three frames and the first re-tie. */
function scene(): Scene {
  const engine = makeEngine();
  const config = { link: { kind: 'memory', name: 'eth0' }, promiscuous: true };
  engine.act({ do: 'add', name: 'eth0', type: 'ethernet', config }, ...figureC1('eth0'));
  const rates = new Rates();
  rates.add(0, countsOf(engine.ask({ op: 'show-all' })));
  engine.ask({ op: 'transaction', actions: [...reTies[0].actions] });
  const arp = ethernetFrame();
  arp.set([0x08, 0x06], 12);
  const ipv4 = ethernetFrame();
  ipv4.set([0x08, 0x00], 12);
  engine.arrive('eth0', arp, ipv4, ipv4);
  const blocks = engine.ask<BlockView[]>({ op: 'show-all' });
  const status = engine.ask<NodeStatus>({ op: 'status' });
  rates.add(2, countsOf(blocks));
  const done = { number: 1, at: 1.5, text: reTies[0].text, touches: ['knot'], status };
  const traffic = { echoesSent: 400, echoesAnswered: 399, transfers: 2, transfersBroken: 0 };
  const log = engine.lines.slice(-1);
  return {
    mode: 'live',
    source: 'here',
    note: '',
    at: 2,
    blocks,
    status,
    rates,
    reTies: [done],
    log,
    traffic,
    endless: true,
  };
}

test('the picture on a small terminal', () => {
  expect(picture(scene(), LEAST.columns, LEAST.rows, looks).join('\n')).toBe(
    `
Quipu, live: here                          2 s, Ctrl-C ends

   ● ipv4.end discard, IDP7    ● arp.end discard, IDP8
   │ 2 ended here              │ 1 ended here
   ● ipv4.count counter, IDP4  ● arp.count counter, IDP6
   │ 2 frames · 1/s            │ 1 frames · 0.5/s
   ● ipv4 bpf, IDP3            ● arp bpf, IDP5
   │ IPv4 · refused 1          │ ARP · refused 2
   ● knot forward, IDP9        │
   │ passes every frame on     │
   └─────────────┬─────────────┘
                 ● tee tee, IDP2
                 │ a copy for each above · 3 made
                 ● eth0 ethernet, IDP1
                 ▲ 3 frames · 1.5/s · 0.00 Mbit/s
   Linux: echoes 399 of 400 · HTTP 2 x 200 KB intact
every frame: in 3 + created 3 (holds) dropped: filtered 3
           = out 0 + consumed 3 + dropped 3 + held 0
re-tie 1 ✓ insert "knot" (forward) between tee and ipv4

[tee::tee] port ingress bound to IDP9
`.slice(1, -1),
  );
});

test.each([
  [60, 22],
  [80, 24],
  [100, 31],
  [250, 70],
])('on %i columns and %i rows nothing is wider or higher than the terminal', (columns, rows) => {
  const lines = picture(scene(), columns, rows, looks);
  expect(lines.length).toBeLessThan(rows);
  for (const line of lines) expect([...line].length).toBeLessThan(columns);
});

test('a broken account shows, in ASCII too', () => {
  const whole = scene();
  const { totals } = whole.status;
  const status = { ...whole.status, totals: { ...totals, consumed: 2 } };
  const text = picture({ ...whole, status }, 80, 24, { style: plain, glyphs: glyphsFor({ LANG: 'C' }) }).join(
    '\n',
  );
  expect(text).toContain('in 3 + created 3 (BROKEN)');
  expect(text).toMatch(/^[\x20-\x7e\n]*$/);
});

test('plain lines: one a second, two for a re-tie', () => {
  let text = '';
  const lines = new PlainLines((more) => {
    text += more;
  });
  const now = scene();
  for (const at of [0, 0.25, 0.5, 1.1, 1.4]) lines.show({ ...now, at });
  lines.reTied(now.reTies[0]);
  expect(text.trimEnd().split('\n')).toEqual([
    '[tee::tee] port ingress bound to IDP9',
    '  0.0 s  eth0 3 frames, 2/s; ipv4.count 2 frames, 1/s; arp.count 1 frames, 1/s',
    '  1.1 s  eth0 3 frames, 2/s; ipv4.count 2 frames, 1/s; arp.count 1 frames, 1/s',
    '  1.5 s  re-tie 1: insert "knot" (forward) between tee and ipv4',
    '  1.5 s  account holds: in 3 + created 3 = out 0 + consumed 3 + dropped 3 (filtered 3) + held 0',
  ]);
});
