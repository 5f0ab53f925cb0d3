import { afterEach, expect, test } from 'vitest';
import { type FakeTracefs, fakeTracefs } from '../../testing/fake-tracefs.js';
import { armedAs, armedIn, isAlive, ownerName, startOf } from './instances.js';

let fake: FakeTracefs | undefined;
afterEach(() => fake?.close());

test('an instance’s name tells way, owner and target', () => {
  fake = fakeTracefs();
  const all = [
    armedAs({ way: 'ftrace', name: 'ip_rcv.constprop.0' }, '12.3456'),
    armedAs({ way: 'tracepoint', name: 'net:netif_rx' }, ''),
  ];
  expect(all.map(({ instance }) => instance)).toEqual([
    'quipu-otst-ftrace-12.3456-ip_rcv.constprop.0',
    'quipu-otst-tracepoint-0-net:netif_rx',
  ]);
  for (const { instance } of all) fake.directory.makeInstance(instance);
  for (const others of ['rasdaemon', 'quipu-otst-', 'quipu-otst-magic-0-x', 'quipu-otst-kprobe-x-y'])
    fake.directory.makeInstance(others);
  expect(armedIn(fake.directory)).toEqual(all);
});

test('a process is told from a later one of its number', () => {
  const own = ownerName(process.pid);
  expect(own).toMatch(new RegExp(`^${process.pid}\\.\\d+$`));
  expect(isAlive(own)).toBe(true);
  expect(isAlive(`${own}1`)).toBe(false);
  expect(isAlive('')).toBe(false);
  expect(isAlive('4194304.1')).toBe(false); // above any pid (PID_MAX_LIMIT)
});

test('the start is found behind any program name', () => {
  const rest = `S ${Array.from({ length: 18 }, (_, i) => i).join(' ')} 987654 4096`;
  expect(startOf(`42 (a) b (c)) ${rest}`)).toBe('987654');
});
