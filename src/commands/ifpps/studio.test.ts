import { expect, test } from 'vitest';
import { noCounters, procSample } from '../../testing/proc-samples.js';
import { PromiscuousDevices } from './promiscuous.js';
import { type Reading, readingOf } from './reading.js';
import { settingsOf } from './settings.js';
import { Studio } from './studio.js';

const studioFor = (names: readonly string[], more = {}) =>
  new Studio(
    settingsOf({ interval: 1000, warn: true, ...more }, names, true),
    new PromiscuousDevices(),
    'here',
  );

const packets = (rxPackets: number) => ({ none0: { ...noCounters, rxPackets } });
function readingsOf(...counts: number[]): Reading[] {
  const readings: Reading[] = [];
  for (const [i, count] of counts.entries()) {
    const sample = procSample(i * 1000, packets(count), []);
    readings.push(readingOf(sample, readings.at(-1) ?? null, new Set()));
  }
  return readings;
}

test('one name is shown at large, none or several as a table', () => {
  expect(studioFor(['a']).firstView()).toMatchObject({ mode: 'one', chosen: 'a', sort: 'order' });
  expect(studioFor([]).firstView()).toMatchObject({ mode: 'all', chosen: null });
  expect(studioFor(['a', 'b'], { sort: 'rx' }).firstView()).toMatchObject({ mode: 'all', sort: 'rx' });
});

test('totals count from the baseline, until the interface is made anew', () => {
  const studio = studioFor(['none0']);
  const [first, second, anew] = readingsOf(100, 150, 3);
  const view = studio.firstView();
  expect(studio.pictureOf(first, view)).toMatchObject({ baseline: new Map(), baselineMs: null });
  studio.setBaseline(first);
  expect(studio.pictureOf(second, view).baseline.get('none0')?.totals.rxPackets).toBe(100);
  expect(studio.pictureOf(anew, view)).toMatchObject({ baseline: new Map(), baselineMs: 0 });
});

test('without a new reading the rates of the last one are not shown', () => {
  const studio = studioFor(['none0']);
  const [, second] = readingsOf(100, 150);
  studio.failure = 'no daemon';
  studio.message = 'no privilege';
  const picture = studio.pictureOf(second, studio.firstView());
  expect(picture.reading.elapsedMs).toBeNull();
  expect(picture.notes).toEqual(['no daemon', 'no privilege']);
});

test('very short intervals are warned of, unless nobody wants to be', () => {
  const [first] = readingsOf(1);
  const notes = (more: object) => {
    const studio = studioFor(['none0'], { interval: 50, ...more });
    return studio.pictureOf(first, studio.firstView()).notes;
  };
  expect(notes({})).toEqual([expect.stringContaining('coarse')]);
  expect(notes({ warn: false })).toEqual([]);
});

test('a link of a daemon is not made promiscuous in place of an interface of its name', async () => {
  await expect(studioFor([], { quipu: true }).switchPromiscuous('lo')).rejects.toThrow(
    'that is for interfaces',
  );
});
