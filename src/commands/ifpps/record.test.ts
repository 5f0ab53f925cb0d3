import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { busySample, noCounters, procSample } from '../../testing/proc-samples.js';
import { type Reading, readingOf } from './reading.js';
import { recordOf } from './record.js';
import { recordSchema } from './record-schema.js';
import type { Sample } from './sample.js';

function readingsOf(...samples: Sample[]): Reading[] {
  const readings: Reading[] = [];
  for (const sample of samples) readings.push(readingOf(sample, readings.at(-1) ?? null, new Set()));
  return readings;
}

const engine = (frames: number) => ({ engine: 0, frames, bytes: frames * 60, calls: frames * 2, backlog: 0 });

test('every line keeps to the schema, whatever became of the interfaces', () => {
  const [, ...readings] = readingsOf(
    busySample(1, 3, 4),
    busySample(2, 3, 4),
    busySample(3, 1, 2), // interfaces and CPUs have gone
    { ...busySample(2, 4, 4), atMs: 4000 }, // and come back, with counters that went back
    { ...busySample(6, 4, 4), engines: [engine(5)] },
    { ...busySample(7, 4, 4), engines: [engine(9)] },
    { ...procSample(8000, {}, []), engines: [engine(1)] },
  );
  const states = new Set<string>();
  for (const reading of readings) {
    const record = recordSchema.parse(JSON.parse(JSON.stringify(recordOf(reading, reading.devices))));
    for (const { state } of record.interfaces) states.add(state);
  }
  expect([...states].sort()).toEqual(['counted', 'gone', 'new', 'reset']);
});

test('counts are whole, rates are over the time that went by', () => {
  const [, reading] = readingsOf(
    procSample(0, { eth0: noCounters }, []),
    procSample(500, { eth0: { ...noCounters, rxPackets: 12345, rxBytes: 740700, txDrops: 1 } }, [], 20),
  );
  const record = recordOf(reading, reading.devices);
  expect(record).toMatchObject({
    time: 1795000000.5,
    seconds: 0.5,
    system: { contextSwitchesPerSecond: 40 },
  });
  expect(record.interfaces[0]).toMatchObject({
    name: 'eth0',
    state: 'counted',
    rx: { packets: 12345, bytes: 740700 },
    counted: { rx: { packets: 12345 }, tx: { drops: 1 } },
    perSecond: { rx: { packets: 24690 }, tx: { drops: 2 } },
  });
  expect(record).not.toHaveProperty('engines');
});

test('docs/ifpps.md names every field', () => {
  const page = readFileSync(new URL('../../../docs/ifpps.md', import.meta.url), 'utf8');
  const [, reading] = readingsOf(busySample(1, 1, 1), { ...busySample(2, 1, 1), engines: [engine(5)] });
  const names = new Set<string>();
  JSON.stringify(recordOf(reading, reading.devices), (key, value: unknown) => {
    if (key !== '' && !/^[0-9]+$/.test(key)) names.add(key);
    return value;
  });
  expect(names.size).toBeGreaterThan(30);
  expect([...names].filter((name) => !page.includes(`\`${name}`))).toEqual([]);
});
