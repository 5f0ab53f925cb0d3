// needs: root ip
// Links that go down, come back, disappear, or never were (issue 2, must show 6): counted, told, and nobody else hurt.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlockEvent } from '../../src/contract/block.js';
import { dropsFor, resultOf, root, until } from './lab.js';
import { cpuSeconds, Steady } from './steady.js';

const quipu = join(root, 'dist/commands/quipu/main.js');
const steady = new Steady();
const { lab } = steady;

// Copies of the steady flow are sent by w1, and a load of its own comes in there.
beforeAll(async () => {
  await steady.start();
  await steady.daemon.change(
    { do: 'add', name: 'spread', type: 'tee' },
    { do: 'add', name: 'listener', type: 'forward' },
    { do: 'unbind', upper: 'path', lower: 'in' },
    { do: 'bind', upper: 'path', lower: 'spread' },
    { do: 'bind', upper: 'spread', lower: 'in' },
  );
});
afterAll(() => steady.finish());

/** Hooks w1 and sends the copies there; `listener` hears of what becomes of it. */
async function hook(): Promise<void> {
  await steady.daemon.change(
    { do: 'add', name: 'hurt', type: 'ethernet', config: { link: 'w1', promiscuous: true } },
    { do: 'add', name: 'end', type: 'discard' },
    { do: 'bind', upper: 'hurt', lower: 'spread' },
    { do: 'bind', upper: 'end', lower: 'hurt' },
    { do: 'subscribe', who: 'listener', to: 'hurt' },
  );
  await sent(100);
}
const unhook = () =>
  steady.daemon.change({ do: 'rm', name: 'hurt', mode: 'force' }, { do: 'rm', name: 'end', mode: 'force' });

const hurt = async () => (await steady.daemon.show('hurt')).links[0];
const dropped = async () => dropsFor(await steady.daemon.status(), 'link-down', 'hurt');

/** Waits until `more` frames have been sent by w1. */
async function sent(more: number): Promise<void> {
  const before = (await hurt()).framesOut;
  await until(`${more} frames out`, async () =>
    (await hurt()).framesOut >= before + more ? true : undefined,
  );
}

/** Waits until `more` frames have been dropped because w1 is down. */
async function lost(more: number): Promise<void> {
  const before = await dropped();
  await until(`${more} frames dropped`, async () => ((await dropped()) >= before + more ? true : undefined));
}

async function heard(type: string, count: number): Promise<BlockEvent> {
  return until(`event ${type}`, async () => {
    const { idp } = await steady.daemon.show('hurt');
    const { recent } = (await steady.daemon.show('listener')).events;
    const events = (recent as BlockEvent[]).filter((event) => event.type === type && event.fromIdp === idp);
    return events.length >= count ? events.at(-1) : undefined;
  });
}

const ip = (host: string, ...words: string[]) => lab.run(host, 'ip', 'link', ...words);

describe('a link under load', () => {
  it('goes down and comes back', async () => {
    await hook();
    const load = lab.flood('left', 'w0', { rate: 5000 });
    for (let round = 1; round <= 3; round++) {
      ip('middle', 'set', 'w1', 'down');
      await lost(200);
      expect((await heard('link-down', round)).payload).toEqual({ state: 'down', link: 'w1' });
      expect(await hurt()).toMatchObject({ state: 'down', lastError: expect.stringMatching(/w1: ENETDOWN/) });
      ip('middle', 'set', 'w1', 'up');
      expect((await heard('link-up', round)).payload).toEqual({ state: 'up', link: 'w1' });
      await sent(200);
    }
    expect(steady.daemon.log).toMatch(/\[hurt::ethernet\] link w1 is down/);
    await load.stop();
    await unhook();
  });

  it('loses its carrier: what is sent then has not vanished but is counted', async () => {
    await hook();
    ip('left', 'set', 'w0', 'down');
    await heard('link-down', 1);
    const { framesOut } = await hurt();
    await lost(200);
    expect((await hurt()).framesOut).toBe(framesOut);
    ip('left', 'set', 'w0', 'up');
    await sent(200);
    await unhook();
  });

  it('is deleted', async () => {
    await hook();
    const load = lab.flood('left', 'w0', { rate: 5000 });
    const { framesIn } = await hurt();
    await until('the load', async () => ((await hurt()).framesIn > framesIn + 100 ? true : undefined));
    ip('middle', 'del', 'w1');
    await lost(200);
    expect((await heard('link-down', 1)).payload).toEqual({ state: 'gone', link: 'w1' });
    expect((await hurt()).state).toBe('gone');
    await load.stop();
    await notSpinning();
    await unhook();
    await steady.lives();
  });

  it('that is a virtual device of ours is deleted', async () => {
    await steady.daemon.change(
      { do: 'add', name: 'virtual0', type: 'ethernet-tagged', config: { id: 7 } },
      { do: 'bind', upper: 'virtual0', lower: 'spread' },
    );
    ip('middle', 'del', 'virtual0');
    await until('the device gone', async () =>
      (await steady.daemon.show('virtual0')).links[0].state === 'gone' ? true : undefined,
    );
    await notSpinning();
    await steady.daemon.change({ do: 'rm', name: 'virtual0', mode: 'force' });
    await steady.lives();
  });
});

/** A dead descriptor must not keep the engine from sleeping: one core would be busy with nothing. */
async function notSpinning(): Promise<void> {
  const before = cpuSeconds(steady.daemon.pid);
  await sleep(1000);
  expect(cpuSeconds(steady.daemon.pid) - before).toBeLessThan(0.8);
}

describe('a link that cannot be hooked', () => {
  it('is not there, has an impossible name, is no Ethernet', async () => {
    const vlink = (device: string) => lab.tool('middle', 'vlink', ['ethernet', 'hook', device]);
    expect(await vlink('nope0')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/device nope0: .*no such device/),
    });
    expect((await vlink('x'.repeat(16))).stderr).toMatch(/longer than 15 bytes/);
    lab.run('middle', 'ip', 'tuntap', 'add', 'ip0', 'mode', 'tun');
    expect((await vlink('ip0')).stderr).toMatch(/ip0 has hardware type 65534, not Ethernet/);
    ip('middle', 'del', 'ip0');
    expect((await steady.names()).sort()).toEqual(['in', 'listener', 'out', 'path', 'spread']);
  });

  it('is refused to who has no privilege, in words', async () => {
    const socket = join(lab.directory, 'unprivileged.sock');
    const bare = ['env', `QUIPU_SOCKET=${socket}`, 'setpriv', '--bounding-set=-all', '--inh-caps=-all'];
    const up = ['--no-new-privs', process.execPath, quipu, 'up', '--link', 'lo'];
    const inFront = await resultOf(lab.start('middle', [...bare, ...up, '--foreground']));
    expect(inFront).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/packet socket for lo: EPERM.*needs root or CAP_NET_RAW/),
    });
    const behind = await resultOf(lab.start('middle', [...bare, ...up]));
    expect(behind).toMatchObject({ code: 1, stderr: expect.stringMatching(/needs root or CAP_NET_RAW/) });
  });
});
