import { expect, test } from 'vitest';
import type { GeneratorFigures } from '../../generator/generator.js';
import { liveLine, totalsText } from './figures-text.js';
import { hexText, packetText } from './packet-text.js';
import { targetOf } from './send-target.js';
import { modernWords } from './words.js';

test('the spellings of the thesis become today’s, but not behind --', () => {
  expect(modernWords(['-dev', 'eth0', '-conf', 'x', '-bind', '0', '-d', 'eth0', '-v'])).toEqual([
    ...['--dev', 'eth0', '--conf', 'x', '--cpu', '0', '-d', 'eth0', '--version'],
  ]);
  expect(modernWords(['-n', '3', '--', '-dev'])).toEqual(['-n', '3', '--', '-dev']);
});

test.each([
  ['eth0', { kind: 'device', device: 'eth0' }],
  ['eth0.100', { kind: 'device', device: 'eth0.100' }],
  ['a/b.pcap', { kind: 'file', path: 'a/b.pcap', form: 'pcap' }],
  ['x.pcapng', { kind: 'file', path: 'x.pcapng', form: 'pcapng' }],
  ['x.cfg', { kind: 'file', path: 'x.cfg', form: 'cfg' }],
  ['x.hex', { kind: 'file', path: 'x.hex', form: 'hex' }],
  ['-', { kind: 'file', path: '-', form: 'hex' }],
])('%s as a target', (out, target) => {
  expect(targetOf({ out, define: [], io: 'auto' })).toEqual(target);
});

test('packets as hex and as packets', () => {
  const bytes = Uint8Array.from({ length: 18 }, (_, i) => i * 15);
  expect(hexText(bytes)).toBe('000000  00 0f 1e 2d 3c 4b 5a 69 78 87 96 a5 b4 c3 d2 e1\n000010  f0 ff\n\n');
  expect(packetText(bytes.subarray(0, 2), 'two')).toBe('# two\n{\n  0x00, 0x0f,\n}\n');
});

const figures: GeneratorFigures = {
  frames: 3_000_001,
  bytes: 180_000_060,
  waits: 2,
  refused: {},
  micros: 3_000_000,
  seed: 5,
  workers: [{ cpu: null, way: 'xdp', frames: 3_000_001, bytes: 180_000_060 }],
};

test('totals for people: exact, and rates over the gaps', () => {
  expect(totalsText(figures, false)).toBe(
    '3000001 frames, 180000060 bytes in 3.000000 s: 1,000,000 pps, 480.0 Mbit/s\n',
  );
  expect(totalsText({ ...figures, refused: { EMSGSIZE: 4 } }, true)).toBe(
    `3000001 frames, 180000060 bytes in 3.000000 s: 1,000,000 pps, 480.0 Mbit/s
4 frames refused: EMSGSIZE
WORKER  CPU  WAY   FRAMES      BYTES
     0  any  xdp  3000001  180000060
device full 2 times, seed 5
`,
  );
  expect(totalsText({ ...figures, frames: 0, bytes: 0, micros: 0 }, false)).toBe(
    '0 frames, 0 bytes in 0.000000 s\n',
  );
});

test('the live line tells the rate since the line before', () => {
  const before = { ...figures, frames: 2_000_001, bytes: 120_000_060, micros: 2_000_000 };
  expect(liveLine(figures, before)).toBe(
    '3 s  1,000,000 pps  480.0 Mbit/s  3,000,001 frames  180,000,060 bytes',
  );
  expect(liveLine(figures, { ...before, waits: 0 })).toContain('  device full 2 times');
});
