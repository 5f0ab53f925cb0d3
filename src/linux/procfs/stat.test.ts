import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { parseStat } from './stat.js';

test('Linux 6.18, with a CPU that is offline and the long row of interrupts', () => {
  const stat = parseStat(`cpu  1225789 49890 404164 2670093 2024 0 97610 3200 0 0
cpu0 1 2 3 4 5 6 7 8 9 10
cpu3 576582 22191 224132 1320728 303 0 85880 1569 0 0
intr 32026770 0 0 0 4492 2124 0 378
ctxt 109770678
btime 1795178798
processes 426327
procs_running 3
procs_blocked 1
softirq 1192166620 0 1129987 14186
`);
  expect([...stat.cpus.keys()]).toEqual([0, 3]);
  expect(stat.cpus.get(0)).toEqual({
    user: 1,
    nice: 2,
    system: 3,
    idle: 4,
    iowait: 5,
    irq: 6,
    softirq: 7,
    steal: 8,
  });
  expect(stat).toMatchObject({ contextSwitches: 109770678, running: 3, blocked: 1 });
});

test('Linux 2.4 knows four times a CPU, and few rows', () => {
  const stat = parseStat('cpu  4 3 2 1\ncpu0 4 3 2 1\nctxt 77\n');
  expect(stat.cpus.get(0)).toMatchObject({ user: 4, idle: 1, iowait: 0, steal: 0 });
  expect(stat).toMatchObject({ contextSwitches: 77, running: 0, blocked: 0 });
});

test('128 CPUs', () => {
  const rows = Array.from({ length: 128 }, (_, cpu) => `cpu${cpu} ${cpu} 0 0 9 0 0 0 0 0 0\n`);
  const { cpus } = parseStat(rows.join(''));
  expect(cpus.size).toBe(128);
  expect(cpus.get(127)).toMatchObject({ user: 127, idle: 9 });
});

test('any text gives numbers', () => {
  const numbers = property(string({ unit: 'binary' }), (noise) => {
    const { cpus, contextSwitches } = parseStat(`cpu0 ${noise}\n${noise}\nctxt ${noise}`);
    expect(Number.isFinite(contextSwitches)).toBe(true);
    for (const ticks of cpus.values()) expect(Object.values(ticks).every(Number.isFinite)).toBe(true);
  });
  assert(numbers, { seed: 4, numRuns: 100 });
});
