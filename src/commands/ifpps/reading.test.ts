import { expect, test } from 'vitest';
import { idleTicks, type MadeCpu, noCounters, procSample } from '../../testing/proc-samples.js';
import { type Reading, readingOf } from './reading.js';
import type { Sample } from './sample.js';

const cpu: MadeCpu = { ticks: idleTicks, rxSoftirqs: 10, txSoftirqs: 0, interrupts: 5 };
const none = new Set<string>();

/** Readings of one sample after the other. */
function follow(samples: readonly Sample[], named = none): Reading[] {
  const readings: Reading[] = [];
  for (const sample of samples) readings.push(readingOf(sample, readings.at(-1) ?? null, named));
  return readings;
}

const packets = (rxPackets: number) => ({ ...noCounters, rxPackets });
const statesOf = (readings: readonly Reading[], name: string) =>
  readings.map(({ devices }) => devices.find((device) => device.name === name)?.state);

test('the first reading has counted nothing, the second what came since', () => {
  const more = { ...cpu, rxSoftirqs: 12, interrupts: 8, ticks: { ...idleTicks, idle: 3 } };
  const [first, second] = follow([
    procSample(0, { eth0: packets(7) }, [cpu], 100),
    procSample(1250, { eth0: packets(12) }, [more, more], 150),
  ]);
  expect(first).toMatchObject({ elapsedMs: null, contextSwitches: null });
  expect(first.devices[0]).toMatchObject({ state: 'new', counted: null });
  expect(second).toMatchObject({ elapsedMs: 1250, contextSwitches: 50 });
  expect(second.devices[0]).toMatchObject({ state: 'counted', totals: packets(12), counted: packets(5) });
  expect(second.devices[0].interrupts.get(0)).toEqual({ total: 8, counted: 3 });
  expect(second.cpus[0]).toMatchObject({ spent: { idle: 3 }, rxSoftirqs: { total: 12, counted: 2 } });
  // A CPU that was offline until now has spent no time that is known.
  expect(second.cpus[1]).toMatchObject({ cpu: 1, spent: null, rxSoftirqs: { counted: null } });
});

test('an interface that goes, comes back and goes on', () => {
  const readings = follow([
    procSample(0, { eth0: packets(7) }, []),
    procSample(1000, {}, []),
    procSample(2000, {}, []),
    procSample(3000, { eth0: packets(9) }, []),
    procSample(4000, { eth0: packets(10) }, []),
  ]);
  expect(statesOf(readings, 'eth0')).toEqual(['new', 'gone', 'gone', 'reset', 'counted']);
  expect(readings[2].devices[0]).toMatchObject({ totals: packets(7), counted: null, goneSinceMs: 1000 });
  expect(readings[3].devices[0]).toMatchObject({ totals: packets(9), counted: null, goneSinceMs: null });
  expect(readings[4].devices[0]).toMatchObject({ counted: packets(1) });
});

test('one that was made anew between two samples', () => {
  const readings = follow([
    procSample(0, { eth0: packets(7) }, []),
    procSample(1000, { eth0: packets(2) }, []),
    procSample(2000, { eth0: packets(3) }, []),
  ]);
  expect(statesOf(readings, 'eth0')).toEqual(['new', 'reset', 'counted']);
  expect(readings[1].devices[0].counted).toBeNull();
});

test('what is gone is forgotten after a minute, unless it was named', () => {
  const samples = [0, 1000, 60_999, 61_000].map((at) =>
    procSample(at, at === 0 ? { veth0: packets(1) } : {}, []),
  );
  expect(statesOf(follow(samples), 'veth0')).toEqual(['new', 'gone', 'gone', undefined]);
  expect(statesOf(follow(samples, new Set(['veth0'])), 'veth0')).toEqual(['new', 'gone', 'gone', 'gone']);
});

test('softirqs are counted over the turn of their 32 bits', () => {
  const readings = follow([
    procSample(0, {}, [{ ...cpu, rxSoftirqs: 2 ** 32 - 5 }]),
    procSample(1000, {}, [{ ...cpu, rxSoftirqs: 10 }]),
  ]);
  expect(readings[1].cpus[0].rxSoftirqs).toEqual({ total: 10, counted: 15 });
});

test('engines of a daemon, and of one that was started anew', () => {
  const engine = (frames: number) => ({
    engine: 0,
    frames,
    bytes: frames * 60,
    calls: frames * 3,
    backlog: 1,
  });
  const readings = follow(
    [100, 150, 20].map((frames, i) => ({ ...procSample(i, {}, []), engines: [engine(frames)] })),
  );
  expect(readings.map(({ engines }) => engines[0].counted)).toEqual([
    null,
    { frames: 50, bytes: 3000, calls: 150 },
    null,
  ]);
});
