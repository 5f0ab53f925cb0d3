import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { busySample, noCounters, procSample, thesisSamples } from '../../testing/proc-samples.js';
import type { Picture } from './picture.js';
import { type Reading, readingOf } from './reading.js';
import { render } from './render.js';
import type { Sample } from './sample.js';
import type { View } from './view.js';

const view: View = { mode: 'all', chosen: null, sort: 'order', intervalMs: 1000, isHelp: false };

function readingAfter(samples: readonly Sample[], named: readonly string[] = []): Reading {
  let reading: Reading | null = null;
  for (const sample of samples) reading = readingOf(sample, reading, new Set(named));
  if (reading === null) throw new Error('no samples');
  return reading;
}

function pictureOf(reading: Reading, change: Partial<Picture> = {}): Picture {
  return {
    reading,
    view,
    named: [],
    facts: { speed: 1000, link: 'up', isHardware: true },
    isPromiscuous: false,
    baseline: new Map(),
    baselineMs: null,
    things: 'interfaces',
    host: 'Linux 6.18.44',
    notes: [],
    mostCpus: null,
    hasMedian: false,
    hasPercentage: false,
    hasKeys: true,
    ...change,
  };
}

function text(picture: Picture, width: number, height: number): string {
  return render(picture, width, height)
    .map((line) => `${line.text}\n`)
    .join('');
}

const busy = (devices: number, cpus: number) =>
  readingAfter([busySample(1, devices, cpus), busySample(2, devices, cpus)]);
const sizes = [
  [60, 20],
  [80, 24],
  [200, 60],
] as const;

describe.each(sizes)('at %d columns and %d rows', (width, height) => {
  test.each([
    [2, 1],
    [8, 1],
    [128, 1],
    [2, 40],
    [8, 40],
    [128, 40],
  ])('%d CPUs and %d interfaces', async (cpus, devices) => {
    const mode = devices === 1 ? 'one' : 'all';
    const picture = pictureOf(busy(devices, cpus), { view: { ...view, mode } });
    const shown = text(picture, width, height);
    const lines = shown.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(height);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    await expect(shown).toMatchFileSnapshot(
      `goldens/${width}x${height}-${cpus}-cpus-${devices}-interfaces.txt`,
    );
  });
});

test('any size: the lines fit, and the most important stay', () => {
  for (const devices of [0, 1, 40]) {
    for (const mode of ['one', 'all'] as const) {
      const picture = pictureOf(busy(devices, 8), { view: { ...view, mode }, notes: ['a note'] });
      for (let width = 1; width <= 130; width += 7) {
        for (let height = 1; height <= 40; height += 3) {
          const lines = render(picture, width, height);
          expect(lines.length).toBeLessThanOrEqual(height);
          for (const line of lines) expect(line.text.length).toBeLessThanOrEqual(width);
          if (width > 20) expect(lines[0].text).toMatch(/^ifpps /);
        }
      }
    }
  }
});

describe('the example of the thesis', () => {
  const picture = pictureOf(readingAfter(thesisSamples(), ['eth0']), {
    view: { ...view, mode: 'one', chosen: 'eth0' },
    named: ['eth0'],
  });
  const screen = text(picture, 80, 24);

  test('is a screen', () => expect(screen).toMatchFileSnapshot('goldens/thesis.txt'));

  test.each([
    './README.md',
    '../../../docs/ifpps.md',
    '../../../README.md',
  ])('is in %s as it is drawn', (file) => {
    expect(readFileSync(new URL(file, import.meta.url), 'utf8')).toContain(screen);
  });

  test('has the figures of its screen (seed 004 D.2)', () => {
    expect(screen).toMatch(/^RX +0\.003 +20 +0 +0 /m);
    expect(screen).toMatch(/^TX +0\.000 +2 +0 +0 /m);
    expect(screen).toMatch(/^RX +226\.372 +657800 +0 +0$/m);
    expect(screen).toMatch(/^TX +12\.104 +101317 +0 +0$/m);
    expect(screen).toMatch(/^SYS +2160 context switches\/s .* 1 running +0 waiting/m);
    expect(screen).toMatch(/^MEM +43\.9 % used/m);
    expect(screen).toMatch(/^ +3 +5\.0 +0\.5 +0\.0 +94\.5 +0\.0 +3 +4 +0 +158710$/m);
  });
});

describe('an interface at large', () => {
  const one = { ...view, mode: 'one', chosen: 'eth0' } as const;
  const at = (ms: number, rxPackets: number | null) =>
    procSample(
      ms,
      rxPackets === null ? {} : { eth0: { ...noCounters, rxPackets, rxBytes: rxPackets * 100 } },
      [],
    );
  const shown = (samples: readonly Sample[], change: Partial<Picture> = {}) =>
    text(pictureOf(readingAfter(samples, ['eth0']), { view: one, named: ['eth0'], ...change }), 80, 24);

  test('that is gone says since when, and keeps its totals', () => {
    const screen = shown([at(0, 500), at(1000, 700), at(2000, null), at(5000, null)]);
    expect(screen).toMatch(/^ifpps eth0 has been gone for 3 s: its last totals/);
    expect(screen).toMatch(/^RX +- +- +- +- +-$/m);
    expect(screen).toMatch(/^RX +0\.067 +700 +0 +0$/m);
  });

  test('that was made anew shows no rate, least of all a negative one', () => {
    const screen = shown([at(0, 500), at(1000, 700), at(2000, 3)]);
    expect(screen).toMatch(/^ifpps eth0 reset: its counters began anew, link up/);
    expect(screen).toMatch(/^RX +- +- +- +- +-$/m);
  });

  test('rates are per second, whatever the interval', () => {
    expect(shown([at(0, 0), at(250, 100)])).toMatch(/^RX +0\.038 +400 /m);
    expect(shown([at(0, 0), at(10_000, 1)])).toMatch(/^RX +0\.000 +0\.1 /m);
  });

  test('totals count from where the user said', () => {
    const early = readingAfter([at(0, 500)]);
    const baseline = new Map(early.devices.map((device) => [device.name, device]));
    const screen = shown([at(0, 500), at(60_000, 700)], { baseline, baselineMs: 0 });
    expect(screen).toMatch(/errors {3}in 60 s$/m);
    expect(screen).toMatch(/^RX +0\.019 +200 +0 +0$/m);
  });

  test('promiscuous mode, line rate and a note are told', () => {
    const screen = shown([at(0, 0), at(1000, 100_000)], {
      isPromiscuous: true,
      hasPercentage: true,
      notes: ['too fast'],
    });
    expect(screen).toMatch(/^ifpps eth0, promiscuous, link up, 1000 Mbit\/s, .*\ntoo fast\n/);
    expect(screen).toMatch(/% of line$/m);
    expect(screen).toMatch(/^RX +9\.537 +100000 +0 +0 +80 +8\.0$/m);
  });
});

describe('the table', () => {
  const table = (change: Partial<View>, more: Partial<Picture> = {}, height = 24) =>
    text(pictureOf(busy(40, 2), { view: { ...view, ...change }, ...more }), 80, height);

  test('is sorted as told', () => {
    const first = (sort: View['sort']) => table({ sort }).split('\n')[4].trim().split(/\s+/);
    expect(first('order')[1]).toBe('eth0');
    expect(first('rx')).toContain('40000');
    expect(first('drops')).toContain('12');
    expect(table({ sort: 'name' })).toContain('40 interfaces, sorted by name');
  });

  test('is moved so that the chosen one is seen', () => {
    const chosen = busy(40, 2).devices[25].name;
    expect(table({ chosen })).toContain(`> ${chosen}`);
    expect(table({ chosen })).toMatch(/and \d+ more: \d\d above, \d+ below/);
    expect(table({ chosen: 'eth0' })).toMatch(/more: 0 above/);
  });

  test('shows what several names ask for', () => {
    const names = busy(40, 2)
      .devices.slice(5, 7)
      .map(({ name }) => name);
    const screen = table({}, { named: names });
    expect(screen).toContain('ifpps 2 interfaces');
    expect(screen).not.toContain('eth0');
  });

  test('says what is gone or new', () => {
    const reading = readingAfter([busySample(1, 2, 2), busySample(2, 1, 2)]);
    const screen = text(pictureOf(reading), 80, 24);
    expect(screen).toMatch(/^ifpps 2 interfaces, 1 gone/);
    expect(screen).toMatch(/^ {2}veth7919 +gone +- +- +- +- +-$/m);
  });

  test('needs no marks where nobody can choose', () => {
    const screen = table({}, { hasKeys: false }, Number.POSITIVE_INFINITY);
    expect(screen).not.toContain('>');
    expect(screen).not.toContain('q quit');
    expect(screen.split('\n').length).toBeGreaterThan(45);
  });
});

describe('CPUs', () => {
  const cpus = (count: number, change: Partial<Picture>, width = 80, height = 24) =>
    text(pictureOf(busy(1, count), { view: { ...view, mode: 'one' }, ...change }), width, height);

  test('-n shows the busiest', () => {
    const screen = cpus(8, { mostCpus: 2 });
    const rows = screen.match(/^ +\d+ .*$/gm)?.map((row) => row.trim().split(/\s+/));
    expect(rows?.map(([cpu]) => cpu)).toEqual(['3', '6']);
    expect(screen).toMatch(/^avg /m);
  });

  test('-m adds the median', () => {
    // Users' shares of the four: 0, 37, 14 and 51 %.
    const screen = cpus(4, { hasMedian: true });
    expect(screen).toMatch(/^avg +25\.5 /m);
    expect(screen).toMatch(/^med +25\.5 /m);
    expect(cpus(3, { hasMedian: true })).toMatch(/^med +14\.0 /m);
  });

  test('where they do not fit, it says how many there are', () => {
    expect(cpus(128, {})).toMatch(/^the busiest \d+ of 128 CPUs$/m);
    expect(cpus(128, {}, 200, 60)).toMatch(/ 127 /);
  });
});

test('links and engines of a daemon', () => {
  const engine = (frames: number) => ({
    engine: 0,
    frames,
    bytes: frames * 64,
    calls: frames * 4,
    backlog: 7,
  });
  const samples = [1, 2].map((step) => ({ ...busySample(step, 2, 2), engines: [engine(step * 1000)] }));
  const screen = text(pictureOf(readingAfter(samples), { things: 'links', host: 'quipu' }), 80, 24);
  expect(screen).toMatch(/^ifpps 2 links, every 1 s, 2 CPUs, quipu$/m);
  expect(screen).toMatch(/^ {2}link /m);
  expect(screen).toMatch(
    /^engine +frames\/s +MiB\/s +calls\/s +backlog +frames\n0 +1000 +0\.061 +4000 +7 +2000$/m,
  );
});

test('the help says the keys', () => {
  const screen = text(pictureOf(busy(1, 2), { view: { ...view, isHelp: true } }), 60, 20);
  expect(screen).toMatch(/^ {2}q +quit$/m);
  expect(Math.max(...screen.split('\n').map((line) => line.length))).toBeLessThan(60); // nothing is cut off
});

test('names write nothing on the terminal but themselves', () => {
  const sample = procSample(1000, { 'a\u001b[31m\u009b': noCounters }, []);
  const shown = text(pictureOf(readingAfter([sample])), 80, 24);
  expect(shown).toContain('> a\uFFFD[31m\uFFFD ');
});
