import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { QuipuError } from '../../contract/error.js';
import type { EngineHandle } from '../engine-handle.js';
import { DaemonHosts } from './hosts.js';

/** A thread that does these lines once it was told anything; before, it says that it is up, unless it says something else. */
const thread = (told: string, says = "{ type: 'ready' }") => {
  const code = `import { parentPort } from 'node:worker_threads';
parentPort.once('message', (message) => { ${told}; parentPort.close(); });
parentPort.postMessage(${says});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
};

let folder: string;
let log: string[];
let noted: (readonly string[])[];
let hosts: DaemonHosts;

const make = (entry: URL) =>
  new DaemonHosts({
    engine: {} as EngineHandle, // no link leads to it
    socket: join(folder, 'd.sock'),
    log: (line) => log.push(line),
    noteSockets: (paths) => noted.push(paths),
    now: () => 0,
    entry,
  });

const config = (name: string) => ({
  ...{ name, links: [{ name: 'x', link: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24'] }] },
});
const start = (name = 'h1') => hosts.handle({ op: 'start', config: config(name) });
const list = () => hosts.handle({ op: 'list' });
const socketOf = (name: string) => join(folder, `d-host-${name}.sock`);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quipu-hosts-'));
  [log, noted] = [[], []];
  hosts = make(thread(''));
});

afterEach(async () => {
  await hosts.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('hosts of a daemon', () => {
  test('start, are listed, and stop; their sockets are noted meanwhile', async () => {
    const row = { name: 'h1', socket: socketOf('h1'), links: ['x'], addresses: [], uptimeSeconds: 0 };
    expect(await start()).toEqual(row);
    await start('h2');
    expect(await list()).toMatchObject([row, { name: 'h2' }]);
    await hosts.handle({ op: 'stop', name: 'h1' });
    expect(await list()).toMatchObject([{ name: 'h2' }]);
    expect(noted).toEqual([[socketOf('h1')], [socketOf('h1'), socketOf('h2')], [socketOf('h2')]]);
    await hosts.close();
    expect(await list()).toEqual([]);
    expect(noted.at(-1)).toEqual([]);
    expect(log).toContain('[quipu] host h1 is up');
  });

  test('have names of their own, and none that is unknown stops', async () => {
    const [first, second] = await Promise.allSettled([start(), start()]);
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
    await expect(start()).rejects.toMatchObject({
      code: 'name-taken',
      message: expect.stringContaining('h1'),
    });
    await expect(hosts.handle({ op: 'stop', name: 'h3' })).rejects.toThrow('those that run: h1');
  });

  test('are refused for what is wrong in their configuration', async () => {
    const tried = (more: object) => hosts.handle({ op: 'start', config: { ...config('h1'), ...more } });
    await expect(tried({ links: [] })).rejects.toMatchObject({ code: 'bad-config' });
    await expect(tried({ name: 'h 1' })).rejects.toThrow('a host’s name begins with a letter');
    await expect(tried({ control: '/x.sock' })).rejects.toThrow('leave the key out');
    expect(await list()).toEqual([]);
    await hosts.close();
    await expect(start()).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('that cannot start say why, and leave their name free', async () => {
    hosts = make(thread('', "{ type: 'failed', code: 'no-device', message: 'there is no eth0' }"));
    await expect(start()).rejects.toEqual(new QuipuError('no-device', 'there is no eth0'));
    await expect(start()).rejects.toThrow('there is no eth0');
    expect(await list()).toEqual([]);
    expect(log).toEqual([]);
  });

  test('that die are told of, vanish, and leave no socket', async () => {
    hosts = make(thread("throw new Error('a knot')", "{ type: 'ready' }"));
    await start();
    writeFileSync(socketOf('h1'), '');
    // What is said first makes this thread die.
    await hosts.handle({ op: 'stop', name: 'h1' });
    expect(log.at(-1)).toMatch(/^\[quipu\] host h1 died: Error: a knot/);
    expect(await list()).toEqual([]);
    expect(existsSync(socketOf('h1'))).toBe(false);
    expect(noted.at(-1)).toEqual([]);
  });

  test('that die before they are up are not waited for', async () => {
    hosts = make(new URL('data:text/javascript,throw new Error("early")'));
    await expect(start()).rejects.toThrow(/the thread of host h1 has ended: Error: early/);
    expect(await list()).toEqual([]);
  });
});
