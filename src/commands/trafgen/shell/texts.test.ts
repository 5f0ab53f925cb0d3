import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type DeviceRow,
  defaultSettings,
  type GeneratorSettings,
  type GeneratorView,
  type PacketView,
} from '../../../control/generator-words.js';
import { configurationText } from './configuration.js';
import { syntaxes } from './grammar.js';
import { helpText } from './help.js';
import { LineJoiner } from './joiner.js';
import { parseCommand } from './parse.js';
import {
  devicesText,
  deviceText,
  generatorsText,
  generatorText,
  packetsText,
  packetText,
  scaled,
  statisticsText,
  usersText,
} from './texts.js';

const made = { by: 'alice', at: '2026-11-20T12:00:00' };
const packet = (name: string, text: string): PacketView => ({
  name,
  text,
  packets: 2,
  lengths: [60, 1514],
  made,
  generators: ['g1'],
  warnings: [],
});
const settings: GeneratorSettings = { ...defaultSettings, packet: 'p1', device: 'eth0' };
const figures = {
  frames: 1000,
  bytes: 60_000,
  waits: 3,
  refused: { EMSGSIZE: 2 },
  micros: 500_000,
  seed: 9,
  workers: [{ cpu: 1, way: 'packet' as const, frames: 1000, bytes: 60_000 }],
};
const view: GeneratorView = {
  name: 'g1',
  settings: { ...settings, pace: { kind: 'packets', perSecond: 2000 }, count: 1000 },
  made,
  state: 'ended',
  started: { by: 'bob', at: '2026-11-20T12:30:00' },
  figures,
  error: null,
};

/** The commands of a text, as the shell reads them. */
function commandsOf(text: string) {
  const joiner = new LineJoiner();
  const commands = text.split('\n').flatMap((line) => joiner.add(line) ?? []);
  expect(joiner.isWaiting).toBe(false);
  return commands.flatMap((command) => parseCommand(command) ?? []);
}

test('packets', () => {
  expect(packetsText([])).toContain('no packets');
  expect(packetsText([packet('p1', '{ 1 }')])).toBe(
    'NAME  PACKETS    BYTES  MADE BY  AT                   GENERATORS\np1          2  60-1514  alice    2026-11-20 12:00:00  g1\n',
  );
  expect(packetText({ ...packet('p1', '{ 1 }'), warnings: ['odd'] })).toBe(
    '# packet p1: 2 packets of 60-1514 bytes, made by alice at 2026-11-20 12:00:00\n# odd\n{ 1 }\n',
  );
  expect(packetText(packet('p1', '{ 1 }\u001b[2J\n'))).toMatch(/\{ 1 \}\uFFFD\[2J\n$/);
});

test('generators', () => {
  expect(generatorsText([])).toContain('no generators');
  expect(generatorsText([view])).toBe(
    `NAME  STATE  PACKET  DEVICE   PACE  COUNT  MADE BY  AT                   STARTED BY
g1    ended  p1      eth0    2kpps   1000  alice    2026-11-20 12:00:00  bob
`,
  );
  expect(generatorText(view)).toBe(`g1
  state    ended
  packet   p1
  device   eth0
  pace     2kpps
  count    1000
  cpus     any
  seed     9
  way      auto
  order    written
  qdisc    off
  made     alice  2026-11-20 12:00:00
  started  bob  2026-11-20 12:30:00

CPU  WAY     FRAMES  BYTES
  1  packet    1000  60000

${statisticsText([view])}`);
});

test('statistics: rates of the whole run, or of the time since the last look', () => {
  expect(statisticsText([view])).toBe(
    `NAME  STATE  FRAMES  BYTES       RATE        LOAD  SECONDS  WAITS  REFUSED
g1    ended    1000  60000  2.00 kpps  960 kbit/s    0.500      3  EMSGSIZE 2
`,
  );
  const before: GeneratorView = {
    ...view,
    state: 'running',
    figures: { ...figures, frames: 900, bytes: 54_000, micros: 400_000 },
  };
  const running: GeneratorView = { ...view, state: 'running' };
  expect(statisticsText([running], [before])).toContain('1.00 kpps  480 kbit/s');
  const other = { ...before, started: { by: 'bob', at: 'another start' } };
  expect(statisticsText([running], [other])).toContain('2.00 kpps');
  expect(statisticsText([{ ...view, state: 'failed', figures: null, error: 'no such device' }])).toContain(
    'g1    failed       -      -     -     -        -      -  no such device',
  );
});

const device: DeviceRow = {
  name: 'eth0',
  up: true,
  running: true,
  mtu: 1500,
  address: '02:00:00:00:00:01',
  received: { packets: 1, bytes: 60, errors: 0, dropped: 2 },
  sent: { packets: 1000, bytes: 60_000, errors: 1, dropped: 0 },
  generators: ['g1'],
};

test('devices', () => {
  expect(devicesText([device, { ...device, name: 'lo', address: '', up: false, generators: [] }])).toBe(
    `NAME  STATE   MTU  ADDRESS            RX    TX  ERRORS  DROPPED  GENERATORS
eth0  up     1500  02:00:00:00:00:01   1  1000       1        2  g1
lo    down   1500                      1  1000       1        2
`,
  );
  expect(deviceText({ ...device, running: false })).toBe(`eth0  no carrier  MTU 1500  02:00:00:00:00:01
            PACKETS  BYTES  ERRORS  DROPPED
  received        1     60       0        2
  sent         1000  60000       1        0
  generators: g1
`);
  const before = { ...device, sent: { ...device.sent, packets: 0, bytes: 0 } };
  expect(deviceText(device, before, 2)).toContain(
    'sent         1000  60000       1        0  500 pps  240 kbit/s',
  );
});

test('users', () => {
  expect(usersText([], 1)).toBe('no shells are connected\n');
  expect(usersText([{ session: 1, user: 'alice', pid: 77, since: made.at }], 1)).toBe(
    'SESSION  USER   PID  SINCE\n      1  alice   77  2026-11-20 12:00:00  (this one)\n',
  );
});

test.each([
  [0, '0 pps'],
  [7, '7 pps'],
  [0.25, '0.25 pps'],
  [999.4, '999 pps'],
  [999.6, '1.00 kpps'],
  [20_000, '20.0 kpps'],
  [1.488e6, '1.49 Mpps'],
  [1e16, '10000 Tpps'],
])('%d', (value, text) => {
  expect(scaled(value, 'pps')).toBe(text);
});

test('a configuration is read as what it was made from', () => {
  const packets = [
    packet('p1', '{ 1, 2 }'),
    packet('p2', '{\n  1, # }\n}'),
    packet('p3', '{ 1 }\n{ 2 }'),
    packet('p4', '/* {} */ { 1 }\nEND\n'),
    packet('p5', '{ 1 } }'),
    packet('p6', ' cpu(1): { 1 }'),
    packet('p7', '{ 1,\r\n 2 }'),
  ];
  const text = configurationText(packets, [view]);
  expect(text).toContain('\npacket p1 { 1, 2 }\n');
  expect(text).toContain('\ngenerator g1 packet p1 device eth0 rate 2kpps count 1000\n');
  const found = commandsOf(text).flatMap((command) =>
    command.do === 'packet' ? [[command.name, command.text]] : [],
  );
  // Lines end with \n where they are read.
  expect(found).toEqual(packets.map(({ name, text: written }) => [name, written.replaceAll('\r', '')]));
});

test('any settings and texts are', () => {
  const pace = fc.oneof(
    fc.constant({ kind: 'full' as const }),
    fc.record({
      kind: fc.constant('gap' as const),
      nanoseconds: fc.double({ min: 1e-3, max: 1e13, noNaN: true }),
    }),
    fc.record({
      kind: fc.constantFrom('packets' as const, 'bits' as const),
      perSecond: fc.double({ min: 1e-3, max: 1e12, noNaN: true }),
    }),
  );
  const any = fc.record({
    packet: fc.constantFrom('p1', 'file'),
    device: fc.constantFrom('eth0', '#1', 'a b', 'all'),
    pace,
    count: fc.option(fc.integer({ min: 1 })),
    cpus: fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 8191 }), { minLength: 1, maxLength: 4 })),
    seed: fc.option(fc.integer({ min: 0, max: 0xffff_ffff })),
    way: fc.constantFrom('auto' as const, 'xdp' as const, 'packet' as const),
    shuffled: fc.boolean(),
    queueingDiscipline: fc.boolean(),
  });
  const line = fc.oneof(
    fc.constantFrom('{', '}', 'END', '{ 1 }', '# x', "'", '/*', ''),
    fc.string({ maxLength: 5 }),
  );
  const text = fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n').replaceAll('\r', ''));
  fc.assert(
    fc.property(any, text, (one, body) => {
      const [described, told] = commandsOf(
        configurationText([packet('p', body)], [{ ...view, settings: one }]),
      );
      expect(described).toMatchObject({ do: 'packet', name: 'p', text: body });
      if (told.do !== 'generator') throw new Error(told.do);
      expect({ ...defaultSettings, ...told.settings }).toEqual(one);
    }),
    { seed: 7, numRuns: 500 },
  );
});

test('help knows every command, shortened too', () => {
  const all = helpText([]);
  for (const { usage, brief = usage, summary, words } of syntaxes) {
    expect(all).toContain(brief);
    expect(helpText(words)).toContain(usage);
    expect(helpText(words)).toContain(summary);
  }
  expect(Math.max(...(all ?? '').split('\n').map((line) => line.length))).toBeLessThanOrEqual(85);
  expect(helpText(['sh', 'dev'])).toBe("show devices\n  network devices of the daemon's namespace\n");
  expect(helpText(['show'])?.split('\n')).toHaveLength(6);
  expect(helpText(['generator'])).toContain('qdisc Q');
  expect(helpText(['fly'])).toBeNull();
});
