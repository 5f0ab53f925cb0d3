// needs: curl ping
// A host of ours behind a node, over rings in memory: Linux, TAP, node with a bridge, host.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BlockRow } from '../../src/control/views.js';
import { Lab, resultOf, root, type TestDaemon } from './lab.js';
import { content, contentSum } from './tools/content.js';

const lab = new Lab();
const SIZE = 20_000_000;
const upload = join(lab.directory, 'upload');

interface App {
  readonly ask: (line: string) => Promise<string>;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

/** Starts node and host in a namespace; what they are told is answered by a line. */
async function startApp(where: string, ...words: string[]): Promise<App> {
  lab.host(where);
  const file = join(root, 'test/net/tools/host-node-app.js');
  const child = lab.start(where, [process.execPath, file, 'tapn', '10.9.7.2/24', ...words]);
  if (!child.stdout || !child.stdin) throw new Error('no pipes');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = resultOf(child);
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`it has ended: ${(await ended).stderr}`);
    return String(value);
  };
  expect(await next()).toBe('ready');
  lab.run(where, 'ip', 'addr', 'add', '10.9.7.1/24', 'dev', 'tapn');
  const ask = (line: string) => {
    child.stdin?.write(`${line}\n`);
    return next();
  };
  return { ask, ended };
}

/** Fetches from the host and uploads to it. */
async function transfer(where: string, size: number): Promise<void> {
  const fetched = join(lab.directory, `fetched-${where}`);
  const curl = async (...words: string[]) => {
    const { code, stdout, stderr } = await resultOf(lab.start(where, ['curl', '-sS', '-m', '100', ...words]));
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };
  await curl('-o', fetched, `http://10.9.7.2/bytes/${size}`);
  const [, sum] = contentSum(size).split(' ');
  expect(lab.run(where, 'sha256sum', fetched)).toContain(sum);
  writeFileSync(upload, Buffer.concat([...content(size)]));
  expect(await curl('-T', upload, 'http://10.9.7.2/up')).toBe(`${size} ${sum}\n`);
}

const accountOf = (totals: Record<string, number>) => [
  totals.in + totals.created,
  totals.out + totals.consumed + totals.dropped + (totals.held ?? 0),
];

/** Ends an application; nothing is held any more, and all frames are accounted for. */
async function end({ ask, ended }: App): Promise<void> {
  const { names, status } = JSON.parse(await ask('end'));
  expect(names).not.toContain('h1');
  expect(status.pool).toMatchObject({ free: status.pool.size });
  const [came, went] = accountOf(status.totals);
  expect(went).toBe(came);
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
}

let app: App;
beforeAll(async () => {
  app = await startApp('linux');
});
afterAll(() => lab.close());

test('Linux pings it, in every size', () => {
  for (const size of [0, 56, 1471, 1472]) {
    const words = ['ping', '-c', '3', '-i', '0.05', '-W', '5', '-s', String(size), '10.9.7.2'];
    expect(lab.run('linux', ...words)).toContain(' 0% packet loss');
  }
});

test('bytes go both ways unharmed while the node’s graph is changed', async () => {
  expect(await app.ask('retie on')).toBe('going');
  await transfer('linux', SIZE);
  expect(Number(await app.ask('retie off'))).toBeGreaterThan(100);
  const { node, host } = JSON.parse(await app.ask('state'));
  expect(host.drops).toEqual([]);
  expect(host.free).toBe(host.size);
  const [came, went] = accountOf(node.totals);
  expect(came).toBe(went);
});

test('a block that is removed in the node ends the host’s link; the host can close afterwards', async () => {
  expect(await app.ask('cut')).toBe('ended');
  const { code } = await resultOf(lab.start('linux', ['ping', '-c', '1', '-W', '1', '10.9.7.2']));
  expect(code).toBe(1);
  await end(app);
});

test('with rings that are far too small, bytes still arrive; what found no room is counted', async () => {
  const tiny = await startApp('tiny', '4096');
  await transfer('tiny', 1_000_000);
  const { node, host } = JSON.parse(await tiny.ask('state'));
  expect(host.free).toBe(host.size);
  // Towards the host there is nobody to wait: it is dropped, by the block of the host's name.
  expect(
    node.drops.every(
      ({ block, reason }: { block: string; reason: string }) => `${block} ${reason}` === 'h1 queue-full',
    ),
  ).toBe(true);
  expect(node.drops.length).toBe(1);
  await end(tiny);
});

test('a node whose thread dies has ended for the host', async () => {
  const dying = await startApp('dying');
  expect(await dying.ask('die')).toBe('ended');
  expect(await dying.ended).toMatchObject({ code: 0 });
});

describe('hosts of a daemon', () => {
  const configOf = (name: string, last: number, link: unknown) => ({
    name,
    links: [
      { name: 'eth', link, mac: `02:00:00:00:00:0${last}`, addresses: [`10.9.8.${last}/24`], check: 'off' },
    ],
  });
  const blocks = async ({ client }: TestDaemon) =>
    (await client.request<BlockRow[]>({ op: 'list' })).map(({ name }) => name);
  const answers = (last: number) =>
    lab.run('daemon', 'ping', '-c', '2', '-i', '0.05', '-W', '5', `10.9.8.${last}`);
  let daemon: TestDaemon;

  beforeAll(async () => {
    lab.host('daemon');
    daemon = await lab.daemon('daemon');
    await daemon.change(
      { do: 'add', name: 'tap', type: 'ethernet', config: { link: { kind: 'tap', device: 'tapn' } } },
      { do: 'add', name: 'sw0', type: 'bridge' },
      { do: 'bind', upper: 'sw0', lower: 'tap' },
    );
    lab.run('daemon', 'ip', 'addr', 'add', '10.9.8.1/24', 'dev', 'tapn');
  });

  test('sit on its node, by a word or by an object', async () => {
    const { client } = daemon;
    await client.hosts({ op: 'start', config: configOf('h2', 2, 'node:sw0') });
    const link = { kind: 'node', on: 'sw0', ringBytes: 65_536 };
    await client.hosts({ op: 'start', config: configOf('h3', 3, link) });
    expect(answers(2)).toContain(' 0% packet loss');
    expect(answers(3)).toContain(' 0% packet loss');
    expect(await blocks(daemon)).toEqual(expect.arrayContaining(['h2', 'h3']));
  });

  test('take their blocks with them, and can come back at once', async () => {
    const { client } = daemon;
    await client.hosts({ op: 'stop', name: 'h2' });
    expect(await blocks(daemon)).not.toContain('h2');
    await client.hosts({ op: 'start', config: configOf('h2', 2, 'node:sw0') });
    const text = answers(2);
    const { drops } = await daemon.status();
    expect(text, JSON.stringify(drops)).toContain(' 0% packet loss');
  });

  test('that cannot start leave nothing', async () => {
    const start = (link: unknown) => daemon.client.hosts({ op: 'start', config: configOf('h4', 4, link) });
    await expect(start('node:nowhere')).rejects.toThrow('nowhere');
    await expect(start({ kind: 'node', on: 'sw0', ringBytes: 5000 })).rejects.toThrow('power of two');
    await expect(start({ kind: 'node', on: 'sw0', speed: 1 })).rejects.toThrow('node link');
    const config = configOf('h4', 4, 'node:sw0');
    const twice = {
      ...config,
      links: [...config.links, { ...config.links[0], name: 'no', link: 'no such device' }],
    };
    await expect(daemon.client.hosts({ op: 'start', config: twice })).rejects.toThrow('no such device');
    expect(await blocks(daemon)).toEqual(['tap', 'sw0', 'h3', 'h2']);
  });

  test('every frame is accounted for when all has gone', async () => {
    for (const name of ['h2', 'h3']) await daemon.client.hosts({ op: 'stop', name });
    const { totals, pool } = await daemon.status();
    const [came, went] = accountOf({ ...totals });
    expect([went, pool.free]).toEqual([came, pool.size]);
  });
});

test('examples/host-behind-a-node.js', async () => {
  lab.host('example');
  const file = join(root, 'examples/host-behind-a-node.js');
  const child = lab.start('example', [process.execPath, file, 'tapn', '10.9.7.2/24']);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  lab.run('example', 'ip', 'addr', 'add', '10.9.7.1/24', 'dev', 'tapn');
  const text = lab.run('example', 'curl', '-sS', '--retry', '3', '--retry-connrefused', 'http://10.9.7.2/');
  expect(text).toMatch(/^hello from behind a node: \d+ frames have come\n$/);
  child.kill('SIGTERM');
  expect(await resultOf(child)).toMatchObject({ code: 0, stderr: '' });
});
