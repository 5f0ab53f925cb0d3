import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ProcReader } from './reader.js';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quipu-proc-'));
  mkdirSync(join(root, 'net'));
  writeFileSync(join(root, 'net/dev'), 'eth0: 1 2 3 4 5 6 7 8 9 10 11 12\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('files are read anew each time, however long they get', () => {
  writeFileSync(join(root, 'stat'), 'ctxt 5\n');
  writeFileSync(join(root, 'interrupts'), 'CPU0\n 1: 5 eth0\n 2: 6 eth1\n');
  for (const name of ['1', '4711', 'self']) mkdirSync(join(root, name));
  const reader = new ProcReader(root);
  const first = reader.read((_, description) => description === 'eth1');
  expect(first.devices.get('eth0')?.rxBytes).toBe(1);
  expect(first.stat.contextSwitches).toBe(5);
  expect(first.processes).toBe(2);
  expect(first.interrupts.map(({ label }) => label)).toEqual(['2']);

  const rows = Array.from({ length: 3000 }, (_, i) => `eth${i}: ${i} 2 3 4 5 6 7 8 9 10 11 12\n`);
  writeFileSync(join(root, 'net/dev'), rows.join('')); // more than the reader's first buffer
  const second = reader.read(() => true);
  expect(second.devices.size).toBe(3000);
  expect(second.devices.get('eth2999')?.rxBytes).toBe(2999);
  expect(second.atMs).toBeGreaterThan(first.atMs);
  expect(reader.deviceNames()).toHaveLength(3000);
  reader.close();
});

test('what the kernel does not have is empty', () => {
  const reader = new ProcReader(root);
  const { stat, interrupts, softirqs, memory, processes } = reader.read(() => true);
  expect(stat.cpus.size + interrupts.length + softirqs.rx.size + memory.total + processes).toBe(0);
  reader.close();
});

test('without net/dev there is nothing to show', () => {
  rmSync(join(root, 'net/dev'));
  expect(() => new ProcReader(root)).toThrow(`cannot read ${root}/net/dev (ENOENT): procfs must be mounted`);
});

test('the procfs of this machine', () => {
  const reader = new ProcReader();
  const snapshot = reader.read(() => true);
  expect(snapshot.devices.has('lo')).toBe(true);
  expect(snapshot.stat.cpus.size).toBeGreaterThan(0);
  expect(snapshot.memory.total).toBeGreaterThan(0);
  expect(snapshot.processes).toBeGreaterThan(1);
  reader.close();
});
