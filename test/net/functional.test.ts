// The functional tests of the seed (004 §6.1), each under full-rate traffic: flat-out numbered frames on veth,
// exact accounts from the sender's device to the receiver's socket.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { etherTypeFilter } from '../../src/bpf/common.js';
import { formatTuples } from '../../src/bpf/tuples.js';
import type { ActionInput } from '../../src/control/actions.js';
import {
  type Collected,
  difference,
  dropsFor,
  type FloodOptions,
  Lab,
  snmp,
  type TestDaemon,
  until,
} from './lab.js';

const TEST_TYPE = 0x88b5;
const lab = new Lab();
let daemon: TestDaemon;

// left --v0/v1-- middle (Quipu) --v2/v3-- right
beforeAll(async () => {
  lab.host('left', 'middle', 'right');
  lab.cable('left', 'v0', 'middle', 'v1');
  lab.cable('middle', 'v2', 'right', 'v3');
  lab.run('middle', 'ip', 'addr', 'add', '10.9.0.2/24', 'dev', 'v1');
  daemon = await lab.daemon('middle');
  const receiveBuffer = 64 << 20;
  await daemon.change(
    {
      do: 'add',
      name: 'in',
      type: 'ethernet',
      config: {
        link: { kind: 'af-packet', device: 'v1', receiveBuffer },
        promiscuous: true,
        exclusive: true,
      },
    },
    { do: 'add', name: 'out', type: 'ethernet', config: { link: 'v2', queue: 4096 } },
    { do: 'add', name: 'path', type: 'counter' },
    { do: 'connect', from: 'path', port: 'ingress', to: 'out' },
    { do: 'bind', upper: 'path', lower: 'in' },
  );
});

afterAll(async () => {
  const status = await daemon.down();
  expect(difference(status)).toBe(0);
  expect(status.totals.held).toBe(0);
  expect(status.pool.free).toBe(status.pool.size);
  await lab.close();
});

interface Run {
  readonly collected: Collected;
  readonly sent: number;
  /** Frames that left Quipu by `out`. */
  readonly out: number;
  /** Frames dropped by the account, all reasons. */
  readonly dropped: number;
}

/** Floods the path at full rate while `work` is done, then checks every account from end to end. */
async function underLoad(
  work: () => Promise<void>,
  options: FloodOptions = {},
  collect: 'raw' | 'udp' = 'raw',
): Promise<Run> {
  const before = await daemon.status();
  const outBefore = (await daemon.show('out')).links[0].framesOut;
  const lostBefore = lab.counter('left', 'v0', 'tx_dropped');
  const lateBefore = lab.counter('middle', 'v2', 'tx_dropped');
  const receiver = await lab.collect('right', 'v3', collect);
  const sender = lab.flood('left', 'v0', options);
  await until('traffic', async () =>
    (await daemon.status()).totals.in > before.totals.in + 1000 ? true : undefined,
  );
  await work();
  const { sent } = await sender.stop();
  const lostOnWire = lab.counter('left', 'v0', 'tx_dropped') - lostBefore;
  const after = await until('all frames in', async () => {
    const status = await daemon.status();
    return status.totals.in - before.totals.in >= sent - lostOnWire ? status : undefined;
  });
  const collected = await receiver.stop();
  const out = (await daemon.show('out')).links[0].framesOut - outBefore;
  // Every frame that the sender's device let go came in here, those that the kernel's ring lost among them.
  expect(after.totals.in - before.totals.in).toBe(sent - lostOnWire);
  // Nothing vanished inside.
  expect(difference(after)).toBe(0);
  // What went out arrived, in order, none twice.
  const late = lab.counter('middle', 'v2', 'tx_dropped') - lateBefore;
  expect(collected.received + collected.lost).toBe(out - late);
  expect(collected.reordered).toBe(0);
  return { collected, sent: sent - lostOnWire, out, dropped: after.totals.dropped - before.totals.dropped };
}

/** As `underLoad`, for changes that must not cost a frame: whatever is missing was lost by the kernel's ring. */
async function unharmed(work: () => Promise<void>): Promise<Run> {
  const before = dropsFor(await daemon.status(), 'ring-loss');
  const run = await underLoad(work);
  const ringLosses = dropsFor(await daemon.status(), 'ring-loss') - before;
  expect(run.dropped).toBe(ringLosses);
  expect(run.out).toBe(run.sent - ringLosses);
  return run;
}

async function many(count: number, work: (i: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) await work(i);
}

/** Puts `name` between `path` and `in`. */
const insert = (name: string): ActionInput[] => [
  { do: 'unbind', upper: 'path', lower: 'in' },
  { do: 'bind', upper: name, lower: 'in' },
  { do: 'bind', upper: 'path', lower: name },
];
const takeOut = (name: string): ActionInput[] => [
  { do: 'unbind', upper: 'path', lower: name },
  { do: 'unbind', upper: name, lower: 'in' },
  { do: 'bind', upper: 'path', lower: 'in' },
];

describe('functional tests of the seed, under heavy load', () => {
  it('1 creates functional blocks', async () => {
    await unharmed(() => many(50, (i) => daemon.change({ do: 'add', name: `made${i}`, type: 'counter' })));
  });

  it('2 removes functional blocks', async () => {
    await unharmed(() => many(50, (i) => daemon.change({ do: 'rm', name: `made${i}` })));
  });

  it('3 binds a block to another: into the path', async () => {
    await daemon.change({ do: 'add', name: 'extra', type: 'counter' });
    await unharmed(async () => {
      await daemon.change(...insert('extra'));
      await sleep(100);
    });
    const { counters } = await daemon.show('extra');
    expect(counters.packets).toBeGreaterThan(1000);
  });

  it('4 unbinds two bound blocks', async () => {
    const run = await unharmed(async () => {
      await daemon.change(...takeOut('extra'));
      const { packets } = (await daemon.show('extra')).counters;
      await sleep(100);
      expect((await daemon.show('extra')).counters.packets).toBe(packets);
    });
    expect(run.out).toBeGreaterThan(1000);
    // and for good: what comes then ends at the port that leads nowhere, under that name
    const before = dropsFor(await daemon.status(), 'unbound-port', 'in');
    const cut = await underLoad(async () => {
      await daemon.change({ do: 'unbind', upper: 'path', lower: 'in' });
      await sleep(100);
    });
    const unbound = dropsFor(await daemon.status(), 'unbound-port', 'in') - before;
    expect(unbound).toBeGreaterThan(1000);
    expect(cut.out).toBeLessThan(cut.sent);
    await daemon.change({ do: 'bind', upper: 'path', lower: 'in' });
  });

  it('5 subscribes a block to another: an event arrives', async () => {
    await daemon.change({ do: 'add', name: 'listener', type: 'forward' });
    await unharmed(async () => {
      await daemon.change({ do: 'subscribe', who: 'listener', to: 'path' });
      await daemon.change({ do: 'notify', from: 'path', event: 'hello', payload: { n: 1 } });
    });
    const { events } = await daemon.show('listener');
    expect(events.recent).toContainEqual(
      expect.objectContaining({ type: 'hello', from: 'path', payload: { n: 1 } }),
    );
  });

  it('6 unsubscribes it: no event arrives any more', async () => {
    await unharmed(() => daemon.change({ do: 'unsubscribe', who: 'listener', to: 'path' }).then(() => {}));
    const { count } = (await daemon.show('listener')).events;
    await daemon.change({ do: 'notify', from: 'path', event: 'hello' });
    expect((await daemon.show('listener')).events.count).toBe(count);
    await daemon.change({ do: 'rm', name: 'listener' });
  });

  it('7 replaces a block with another', async () => {
    const idp = (await daemon.show('path')).idp;
    await unharmed(async () => {
      await many(20, async (i) => {
        const [old, next] = i === 0 ? ['path', 'path1'] : [`path${i}`, `path${i + 1}`];
        await daemon.change({ do: 'add', name: next, type: 'counter' }, { do: 'replace', old, new: next });
      });
    });
    const last = await daemon.show('path20');
    expect(last.idp).toBe(idp);
    expect(last.counters.packets).toBeGreaterThan(1000);
    await daemon.change(
      { do: 'add', name: 'path', type: 'counter' },
      { do: 'replace', old: 'path20', new: 'path', drop: true },
    );
    expect((await daemon.show('path')).counters.packets).toBe(0);
  });

  it('8 redirects traffic into the stack: exclusive, the kernel does not see it', async () => {
    const count = () => {
      const text = lab.run('middle', 'cat', '/proc/net/snmp');
      return snmp(text, 'Udp', 'InDatagrams') + snmp(text, 'Udp', 'NoPorts') + snmp(text, 'Ip', 'InReceives');
    };
    const mac = lab.run('middle', 'cat', '/sys/class/net/v1/address').trim();
    const before = count();
    const run = await underLoad(() => sleep(200), { kind: 'udp', mac }, 'udp');
    expect(run.out).toBeGreaterThan(1000);
    expect(count()).toBe(before);
  });

  it('9 creates a virtual Ethernet device', async () => {
    await unharmed(async () => {
      const added = await lab.tool('middle', 'vlink', ['ethernet', 'add', 'mydev0', 'in', '10']);
      expect(added).toMatchObject({ code: 0, stderr: '' });
    });
    expect(lab.run('middle', 'ip', '-o', 'link', 'show', 'mydev0')).toContain('mydev0');
    expect((await daemon.show('in')).edges).toContainEqual(
      expect.objectContaining({ port: 'tag10', to: 'mydev0' }),
    );
  });

  it('10 redirects tagged traffic to it', async () => {
    await daemon.change(
      { do: 'add', name: 'tagged', type: 'counter' },
      { do: 'connect', from: 'tagged', port: 'ingress', to: 'out' },
      { do: 'bind', upper: 'tagged', lower: 'mydev0' },
    );
    const before = await daemon.show('path');
    // The tag is taken off on the way, so what arrives has the number where plain frames have it.
    const run = await underLoad(() => sleep(200), { kind: 'tagged', size: 66 }, 'raw');
    expect(run.out).toBeGreaterThan(1000);
    expect((await daemon.show('tagged')).counters.packets).toBe(run.out);
    expect((await daemon.show('path')).counters.packets).toBe(before.counters.packets);
    await daemon.change({ do: 'rm', name: 'tagged', mode: 'force' });
  });

  it('11 removes a virtual Ethernet device', async () => {
    await unharmed(async () => {
      const removed = await lab.tool('middle', 'vlink', ['ethernet', 'rm', 'mydev0']);
      expect(removed).toMatchObject({ code: 0, stderr: '' });
    });
    expect(lab.run('middle', 'ip', '-o', 'link')).not.toContain('mydev0');
  });

  it('12 filters specific traffic', async () => {
    await daemon.change(
      { do: 'add', name: 'only', type: 'bpf', config: { filter: formatTuples(etherTypeFilter(TEST_TYPE)) } },
      ...insert('only'),
    );
    const passed = await unharmed(() => sleep(100));
    expect((await daemon.show('only')).counters).toMatchObject({ packets: passed.out, filtered: 0 });
    const refused = await underLoad(async () => {
      await daemon.change({
        do: 'set',
        name: 'only',
        options: { filter: formatTuples(etherTypeFilter(0x0800)) },
      });
      await sleep(100);
    });
    const { counters, drops } = await daemon.show('only');
    expect(counters.filtered).toBeGreaterThan(1000);
    expect(counters.packets - passed.out + counters.filtered).toBe(
      refused.sent - (refused.dropped - counters.filtered),
    );
    expect(drops).toContainEqual(expect.objectContaining({ reason: 'filtered', count: counters.filtered }));
    await daemon.change(...takeOut('only'), { do: 'rm', name: 'only' });
  });

  it('13 duplicates packets', async () => {
    await daemon.change(
      { do: 'add', name: 'twice', type: 'tee' },
      ...insert('twice'),
      { do: 'add', name: 'copies', type: 'counter' },
      { do: 'add', name: 'end', type: 'discard' },
      { do: 'bind', upper: 'end', lower: 'copies' },
    );
    const created = (await daemon.status()).totals.created;
    await unharmed(async () => {
      await daemon.change({ do: 'bind', upper: 'copies', lower: 'twice' });
      await sleep(100);
    });
    const { packets } = (await daemon.show('copies')).counters;
    expect(packets).toBeGreaterThan(1000);
    expect((await daemon.status()).totals.created - created).toBe(packets);
    expect((await daemon.show('end')).counters.packets).toBe(packets);
    await daemon.change(...takeOut('twice'));
    for (const name of ['copies', 'end', 'twice']) await daemon.change({ do: 'rm', name, mode: 'force' });
  });

  it('14 counts packets and bytes', async () => {
    const before = (await daemon.show('path')).counters;
    const run = await unharmed(() => sleep(100));
    const after = (await daemon.show('path')).counters;
    expect(after.packets - before.packets).toBe(run.out);
    expect(after.bytes - before.bytes).toBe(run.out * 64);
  });

  it('15 forwards packets', async () => {
    await daemon.change({ do: 'add', name: 'dummy', type: 'forward' });
    await unharmed(async () => {
      await daemon.change(...insert('dummy'));
      await sleep(100);
      await daemon.change(...takeOut('dummy'));
    });
    await daemon.change({ do: 'rm', name: 'dummy' });
  });
});
