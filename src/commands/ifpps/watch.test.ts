import { expect, test } from 'vitest';
import { noCounters, procSample } from '../../testing/proc-samples.js';
import { Watch } from './watch.js';

/** A source of samples with these interfaces, one after the other. */
function sourceOf(...names: string[][]) {
  let n = 0;
  return {
    sample: async () => {
      const devices = names[Math.min(n, names.length - 1)].map((name) => [name, noCounters]);
      return procSample(n++ * 1000, Object.fromEntries(devices), []);
    },
    close: () => {},
  };
}

test('a name that was never there is an error that helps', async () => {
  const known = ['lo', 'enp3s0', 'wlan0'];
  await expect(new Watch(sourceOf(known), ['enp3s1'], 'interface').next()).rejects.toThrow(
    'no interface named "enp3s1"; did you mean enp3s0? (there are: lo, enp3s0, wlan0)',
  );
  await expect(new Watch(sourceOf([]), ['x'], 'link').next()).rejects.toThrow(
    'no link named "x" (there is none)',
  );
  const many = Array.from({ length: 20 }, (_, i) => `veth${i}`);
  await expect(new Watch(sourceOf(many), ['eth'], 'interface').next()).rejects.toThrow(
    /veth11 and 8 more\)$/,
  );
});

test('one that goes later is none', async () => {
  const watch = new Watch(sourceOf(['eth0'], []), ['eth0'], 'interface');
  await watch.next();
  expect((await watch.next()).devices).toMatchObject([{ name: 'eth0', state: 'gone' }]);
  expect(watch.last?.elapsedMs).toBe(1000);
});
