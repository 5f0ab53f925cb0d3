// needs: root ip
// Graphs that multiply frames in a cycle, pools that run empty, changes that nobody confirms (issue 2, must show 6).
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ActionInput } from '../../src/control/actions.js';
import { add } from './bad-input.js';
import { difference, dropsFor, Lab, type TestDaemon, until } from './lab.js';
import { Steady } from './steady.js';

const bind = (upper: string, lower: string): ActionInput => ({ do: 'bind', upper, lower });
const hook = (name: string, device: string): ActionInput =>
  add(name, 'ethernet', { link: device, promiscuous: true });

describe('a daemon of its own', () => {
  const lab = new Lab();
  let daemon: TestDaemon;

  beforeAll(() => {
    lab.host('left', 'middle');
    lab.cable('left', 'v0', 'middle', 'v1');
  });
  afterEach(async () => {
    const status = await daemon.down();
    expect(difference(status)).toBe(0);
    expect(status.totals.held).toBe(0);
    expect(status.pool.free).toBe(status.pool.size);
  });
  afterAll(() => lab.close());

  it('answers while tees in a cycle multiply frames', async () => {
    daemon = await lab.daemon('middle');
    await daemon.change(
      hook('in', 'v1'),
      add('a', 'tee'),
      add('b', 'tee'),
      { do: 'connect', from: 'a', port: 'ingress', to: 'b' },
      { do: 'connect', from: 'a', port: 'ingress1', to: 'b' },
      { do: 'connect', from: 'b', port: 'ingress', to: 'a' },
      { do: 'connect', from: 'b', port: 'ingress1', to: 'a' },
      { do: 'connect', from: 'in', port: 'ingress', to: 'a' },
    );
    const load = lab.flood('left', 'v0', { rate: 1000 });
    await until('circling frames', async () =>
      dropsFor(await daemon.status(), 'hop-limit') > 1000 ? true : undefined,
    );
    let longest = 0;
    for (let i = 0; i < 20; i++) {
      const start = performance.now();
      await daemon.client.request({ op: 'list' });
      longest = Math.max(longest, performance.now() - start);
      await sleep(20);
    }
    expect(longest).toBeLessThan(1000);
    expect(difference(await daemon.status())).toBe(0);
    // The cure must not take longer than the illness: what circles is cut short.
    const start = performance.now();
    await daemon.change({ do: 'disconnect', from: 'in', port: 'ingress' });
    expect(performance.now() - start).toBeLessThan(1500);
    await load.stop();
    expect(dropsFor(await daemon.status(), 'pool-empty')).toBeGreaterThan(0);
  });

  it('keeps its accounts exact with a pool of 64 frames', async () => {
    daemon = await lab.daemon('middle', '--frames', '64');
    const ends = Array.from({ length: 32 }, (_, i) => `end${i}`);
    await daemon.change(
      hook('in', 'v1'),
      add('t', 'tee'),
      ...ends.flatMap((name) => [add(name, 'tee'), bind(name, 't')]),
      ...ends.flatMap((name) =>
        [0, 1, 2].flatMap((i) => [add(`${name}.${i}`, 'discard'), bind(`${name}.${i}`, name)]),
      ),
      bind('t', 'in'),
    );
    const load = lab.flood('left', 'v0', { rate: 20_000 });
    await until('an empty pool', async () =>
      dropsFor(await daemon.status(), 'pool-empty') > 1000 ? true : undefined,
    );
    for (let i = 0; i < 20; i++) {
      expect(difference(await daemon.status())).toBe(0);
      await sleep(10);
    }
    const { sent } = await load.stop();
    const lost = lab.counter('left', 'v0', 'tx_dropped');
    expect(lost).toBe(0);
    await until('all frames', async () => ((await daemon.status()).totals.in >= sent ? true : undefined));
    expect((await daemon.status()).totals.in).toBe(sent);
  });
});

describe('a change to be confirmed, under load', () => {
  const steady = new Steady();
  beforeAll(() => steady.start());
  afterAll(() => steady.finish());

  const insert: ActionInput[] = [
    add('extra'),
    { do: 'unbind', upper: 'path', lower: 'in' },
    bind('extra', 'in'),
    bind('path', 'extra'),
  ];
  const attempt = (actions: ActionInput[], confirmSeconds: number) =>
    steady.daemon.client.request({ op: 'transaction', actions, confirmSeconds });
  const settled = () =>
    until('the end of the wait', async () =>
      (await steady.daemon.status()).confirmWithin === undefined ? true : undefined,
    );

  it('is taken back when nobody confirms', async () => {
    const before = [await steady.graph(), await steady.daemon.client.request({ op: 'list' })];
    const packets = await steady.passed();
    await attempt(insert, 0.5);
    expect((await steady.names()).sort()).toEqual(['extra', 'in', 'out', 'path']);
    await expect(steady.daemon.change(add('more'))).rejects.toThrow(
      /a change waits for its confirmation \(1 s left\): "quipu confirm"/,
    );
    await settled();
    expect([await steady.graph(), await steady.daemon.client.request({ op: 'list' })]).toEqual(before);
    expect(await steady.passed()).toBeGreaterThan(packets);
    expect(steady.daemon.log).toMatch(/4 actions rolled back: not confirmed in time/);
    await steady.lives();
  });

  it('stays when it is confirmed in time', async () => {
    await attempt(insert, 5);
    await steady.daemon.client.request({ op: 'confirm' });
    await expect(steady.daemon.client.request({ op: 'confirm' })).rejects.toThrow(/no change waits/);
    expect(await steady.names()).toContain('extra');
    await steady.lives();
  });

  it('that opened and took away links leaves the descriptors in order', async () => {
    await steady.daemon.change(hook('other', 'w1'));
    const load = steady.lab.flood('left', 'w0', { rate: 2000 });
    const framesIn = async () => (await steady.daemon.show('other')).links[0].framesIn;
    await until('the load', async () => ((await framesIn()) > 100 ? true : undefined));
    const seen = await framesIn();
    await attempt([{ do: 'rm', name: 'other' }, add('tap0', 'ethernet-tagged', { id: 3 })], 0.4);
    // Nobody asks anything meanwhile, so only the poll on its descriptor can bring frames in.
    await sleep(1200);
    expect(await framesIn()).toBeGreaterThan(seen + 1000);
    expect(steady.lab.run('middle', 'ip', '-o', 'link')).not.toContain('tap0');
    await load.stop();
    await steady.daemon.change({ do: 'rm', name: 'other' });
    expect(difference(await steady.daemon.status())).toBe(0);
  });
});
