// needs: root ip
// A daemon that is killed, started twice, or cannot start (issue 2, must show 6): what it leaves is found and cleaned,
// nothing else is touched.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, resultOf, root, snmp, type TestDaemon, until } from './lab.js';

const quipu = join(root, 'dist/commands/quipu/main.js');
const lab = new Lab();
let mac = '';

beforeAll(() => {
  lab.host('left', 'middle');
  lab.cable('left', 'v0', 'middle', 'v1');
  lab.run('middle', 'ip', 'addr', 'add', '10.9.0.2/24', 'dev', 'v1');
  mac = lab.run('middle', 'cat', '/sys/class/net/v1/address').trim();
});
afterAll(() => lab.close());

const socket = lab.socket('middle');
const journal = `${socket}.journal`;
const devices = () => lab.run('middle', 'ip', '-o', 'link');
const kernelSaw = () => snmp(lab.run('middle', 'cat', '/proc/net/snmp'), 'Ip', 'InReceives');

/** Runs `quipu up --foreground` with a socket of its own to its end. */
function up(path: string, ...options: string[]) {
  const command = [process.execPath, quipu, 'up', '--foreground', ...options];
  return resultOf(lab.start('middle', ['env', `QUIPU_SOCKET=${path}`, ...command]));
}

/** A daemon with an exclusive hook and a virtual device. */
async function victim(): Promise<TestDaemon> {
  const daemon = await lab.daemon('middle');
  await daemon.change(
    { do: 'add', name: 'in', type: 'ethernet', config: { link: 'v1', exclusive: true } },
    { do: 'add', name: 'mydev0', type: 'ethernet-tagged', config: { id: 10 } },
    { do: 'connect', from: 'in', port: 'tag10', to: 'mydev0' },
    { do: 'connect', from: 'mydev0', port: 'egress', to: 'in' },
  );
  return daemon;
}

describe('a daemon killed under load', () => {
  it('leaves the kernel its traffic, and its leftovers to the next', async () => {
    const load = lab.flood('left', 'v0', { kind: 'udp', rate: 2000, mac });
    const first = await victim();
    await until('frames', async () => ((await first.status()).totals.in > 500 ? true : undefined));
    const before = kernelSaw();
    await sleep(200);
    expect(kernelSaw()).toBe(before);
    expect(devices()).toContain('mydev0');

    await first.kill('SIGKILL');
    expect([existsSync(socket), existsSync(journal)]).toEqual([true, true]);
    await until('the kernel to see frames', () => (kernelSaw() > before + 200 ? true : undefined));
    expect(devices()).not.toContain('mydev0');

    const second = await victim();
    expect(second.log).toMatch(/removed the socket file .*middle\.sock of a daemon that is gone/);
    expect(second.log).toMatch(
      new RegExp(`removed the journal of a daemon that was killed \\(pid ${first.pid}\\)`),
    );
    await load.stop();
    expect((await second.down()).pool).toMatchObject({ size: 4096, free: 4096 });
    expect([existsSync(socket), existsSync(journal)]).toEqual([false, false]);
  });

  it('has left devices: those of the journal go, others stay', async () => {
    for (const name of ['ours0', 'other0', 'again0']) {
      lab.run('middle', 'ip', 'tuntap', 'add', 'dev', name, 'mode', 'tap');
    }
    const index = (name: string) => Number(lab.run('middle', 'cat', `/sys/class/net/${name}/ifindex`));
    const left = [
      { name: 'ours0', index: index('ours0') },
      { name: 'again0', index: index('again0') + 1000 }, // made anew by somebody else since
      { name: 'v1', index: index('v1') }, // no device of a daemon's making
      { name: 'never0', index: 9 },
    ];
    writeFileSync(journal, JSON.stringify({ pid: 4711, socket, devices: left }));
    const daemon = await lab.daemon('middle');
    expect(daemon.log).toMatch(/removed the device ours0 of a daemon that is gone \(pid 4711\)/);
    expect(daemon.log).not.toMatch(/device (other0|again0|v1|never0)/);
    await daemon.down();
    const now = devices();
    expect(now).not.toContain('ours0');
    for (const name of ['other0', 'again0', 'v1']) expect(now).toContain(name);
    for (const name of ['other0', 'again0']) lab.run('middle', 'ip', 'link', 'del', name);
  });

  it.each([
    ['garbage', Buffer.from([0xff, 0, 0x7b, 0x22])],
    ['half a journal', '{"pid":1,"socket":"'],
    ['other JSON', '{"pid":"x","devices":7}'],
    ['nothing', ''],
  ])('has left %s for a journal', async (_, content) => {
    writeFileSync(journal, content);
    const daemon = await lab.daemon('middle');
    expect(daemon.log).toMatch(/journal .*could not be read/);
    expect(JSON.parse(readFileSync(journal, 'utf8'))).toMatchObject({ pid: daemon.pid, devices: [] });
    await daemon.down();
  });
});

describe('a daemon that cannot start', () => {
  it('because one runs already: that one does not notice', async () => {
    const daemon = await victim();
    const kept = await until('the device in the journal', () => {
      const text = readFileSync(journal, 'utf8');
      return text.includes('mydev0') ? text : undefined;
    });
    const second = await up(socket);
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/a daemon listens on .* already: end it with "quipu down"/),
    });
    expect(readFileSync(journal, 'utf8')).toBe(kept);
    expect((await daemon.show('in')).links[0].state).toBe('up');
    await daemon.down();
  });

  it('because its socket cannot be', async () => {
    const precious = join(lab.directory, 'precious.txt');
    writeFileSync(precious, 'do not delete');
    expect(await up(precious)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/precious\.txt is no socket, and left alone/),
    });
    expect(readFileSync(precious, 'utf8')).toBe('do not delete');
    expect(await up(lab.directory)).toMatchObject({ code: 1, stderr: expect.stringMatching(/is no socket/) });

    const nowhere = join(lab.directory, 'no/such/folder.sock');
    expect(await up(nowhere)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cannot listen on .*folder\.sock: .*--socket/),
    });

    const long = join(lab.directory, `${'x'.repeat(108 - lab.directory.length)}.sock`);
    expect(await up(long)).toMatchObject({ code: 2, stderr: expect.stringMatching(/longer than 107 bytes/) });
    expect(existsSync(`${long}.journal`)).toBe(false);
  });

  it('because its link cannot be hooked: nothing stays behind', async () => {
    const path = join(lab.directory, 'nolink.sock');
    expect(await up(path, '--link', 'nope0')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/nope0/),
    });
    expect([existsSync(path), existsSync(`${path}.journal`)]).toEqual([false, false]);
  });
});

describe('a daemon that is asked to end', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('by %s, while frames come', async (signal) => {
    const load = lab.flood('left', 'v0', { rate: 5000, mac });
    const daemon = await victim();
    await until('frames', async () => ((await daemon.status()).totals.in > 100 ? true : undefined));
    expect(await daemon.kill(signal)).toBe(130);
    expect([existsSync(socket), existsSync(journal)]).toEqual([false, false]);
    expect(devices()).not.toContain('mydev0');
    expect(daemon.log).toMatch(/core down[\s\S]*frames in \d+.*pool 4096 of 4096 free/);
    await load.stop();
  });
});
