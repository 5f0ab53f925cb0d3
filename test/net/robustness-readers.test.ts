// needs: root ip
// Clients that stop reading, and disks that are full (issue 2, must show 6): the daemon's memory stays as it was, what
// is lost is counted, and nobody else notices.
import { type ChildProcess, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PcapngReader } from '../../src/wire/pcapng.js';
import { dropsFor, type Flooded, type Load, resultOf, root, until } from './lab.js';
import { leastResidentKb, Steady } from './steady.js';

const RATE = 40_000;
const quipu = join(root, 'dist/commands/quipu/main.js');
const steady = new Steady();
const { lab } = steady;
let load: Load<Flooded>;

beforeAll(async () => {
  await steady.start();
  const link = { kind: 'af-packet', device: 'w1', receiveBuffer: 64 << 20 };
  await steady.daemon.change(
    { do: 'add', name: 'busy', type: 'ethernet', config: { link, promiscuous: true, exclusive: true } },
    { do: 'add', name: 'spread', type: 'tee' },
    { do: 'add', name: 'load', type: 'counter' },
    { do: 'add', name: 'end', type: 'discard' },
    { do: 'bind', upper: 'end', lower: 'load' },
    { do: 'bind', upper: 'load', lower: 'spread' },
    { do: 'bind', upper: 'spread', lower: 'busy' },
  );
  load = lab.flood('left', 'w0', { rate: RATE, size: 200 });
  await until('the load', async () => ((await seen('load')) > 0 ? true : undefined));
});
afterAll(async () => {
  await load.stop();
  await steady.finish();
});

const seen = async (name: string) => (await steady.daemon.show(name)).counters.packets;
const gone = (name: string) => async () => ((await steady.names()).includes(name) ? undefined : true);

/** Fills the log: a thousand lines. */
async function talk(): Promise<void> {
  for (let i = 0; i < 250; i++) {
    await steady.daemon.change(
      { do: 'unbind', upper: 'end', lower: 'load' },
      { do: 'bind', upper: 'end', lower: 'load' },
    );
  }
}

/** Asks for a stream and never reads it. */
function deaf(request: string): Socket {
  const client = connect(lab.socket('middle'));
  client.pause();
  client.on('error', () => {});
  client.write(
    `${request} HTTP/1.1\r\nhost: quipu\r\n${request.startsWith('POST') ? 'transfer-encoding: chunked\r\n' : ''}\r\n`,
  );
  return client;
}

/** Reads a tap and notes the numbers of the frames that came. */
async function hear(target: string) {
  const stream = await steady.daemon.client.stream('/v1/tap', { target });
  const reader = new PcapngReader();
  const heard = { frames: 0, gaps: 0, last: -1, stop: () => stream.destroy() };
  stream.on('error', () => {});
  stream.on('data', (chunk: Buffer) => {
    reader.push(chunk);
    for (let record = reader.next(); record !== null; record = reader.next()) {
      const number = new DataView(record.bytes.buffer, record.bytes.byteOffset).getUint32(14);
      if (heard.last >= 0 && number !== heard.last + 1) heard.gaps++;
      heard.last = number;
      heard.frames++;
    }
  });
  return heard;
}

/** A tool of ours in a process that is stopped once `ready` says so. */
async function stopped(args: string[], ready: () => Promise<true | undefined>): Promise<ChildProcess> {
  const child = lab.start('middle', [process.execPath, quipu, ...args]);
  child.stdout?.resume();
  await until(`quipu ${args[0]}`, ready);
  child.kill('SIGSTOP');
  return child;
}

describe('a client that stops reading', () => {
  it('costs no memory, only itself and what is counted', async () => {
    const { daemon } = steady;
    const ear = await hear('path');
    await talk();
    // The receive ring is memory as well: all of its slots have been used once by then.
    await until('a round of the ring', async () => ((await seen('load')) > 80_000 ? true : undefined));
    const before = await leastResidentKb(daemon.pid, 3);
    const clients = [deaf('GET /v1/log?follow=1'), deaf('GET /v1/trace?count=1000')];
    const file = join(lab.directory, 'stopped.pcapng');
    const tap = await stopped(['tap', 'load', '-w', file], async () =>
      existsSync(file) && statSync(file).size > 0 ? true : undefined,
    );
    const app = await stopped(['socket', 'app', '--on', 'spread', '--receive'], async () =>
      (await steady.names()).includes('app') ? true : undefined,
    );
    await talk();
    const heard = ear.frames;
    await until('the socket to lose frames', async () =>
      dropsFor(await daemon.status(), 'queue-full', 'app') > 1000 ? true : undefined,
    );
    await until('the healthy tap', () => (ear.frames > heard + 1000 ? true : undefined));
    expect(ear.gaps).toBe(0);
    // What is kept never goes; garbage does, on a busy machine later.
    await until(
      'less than 40 MiB more than before',
      async () => ((await leastResidentKb(daemon.pid, 3)) - before < 40 << 10 ? true : undefined),
      30_000,
    );

    for (const client of clients) client.destroy();
    for (const child of [tap, app]) child.kill('SIGKILL');
    await until('the socket to go', gone('app'));
    await until('the tap to be counted', () =>
      /tap of load: \d+ frames left out/.test(daemon.log) ? true : undefined,
    );
    ear.stop();
    expect(dropsFor(await daemon.status(), 'unread', 'app')).toBeGreaterThan(0);
  });

  it('is told what it has missed when it reads again', async () => {
    const stream = await steady.daemon.client.stream('/v1/tap', { target: 'load' });
    await sleep(1500);
    const reader = new PcapngReader();
    let missed = 0;
    for await (const chunk of stream) {
      reader.push(chunk as Buffer);
      for (let record = reader.next(); record !== null; record = reader.next()) missed += record.dropCount;
      if (missed > 0) break;
    }
    expect(missed).toBeGreaterThan(100);
  });

  it('whose change waits for its confirmation still loses its socket', async () => {
    const client = deaf('POST /v1/socket?name=waits&on=spread');
    await until('the socket', async () => ((await steady.names()).includes('waits') ? true : undefined));
    const actions = [{ do: 'add' as const, name: 'maybe', type: 'counter' }];
    await steady.daemon.client.request({ op: 'transaction', actions, confirmSeconds: 0.6 });
    client.destroy();
    await until('the socket to go', gone('waits'), 3000);
    expect(await steady.names()).not.toContain('maybe');
  });
});

describe('a full disk', () => {
  const FULL = /no space is left on the disk \(after \d+ frames\)/;

  it('ends quipu tap with an error', async () => {
    const result = await lab.tool('middle', 'quipu', ['tap', 'load', '-w', '/dev/full']);
    expect(result).toMatchObject({ code: 1, stderr: expect.stringMatching(FULL) });
    const folder = join(lab.directory, 'small');
    mkdirSync(folder);
    const small = `mount -t tmpfs -o size=64k quipu-test ${folder} && ${process.execPath} ${quipu} tap load -w ${folder}/a.pcapng; code=$?; stat -c 'bytes %s' ${folder}/a.pcapng; exit $code`;
    const onSmall = await resultOf(lab.start('middle', ['unshare', '-m', 'sh', '-c', small]));
    expect(onSmall).toMatchObject({ code: 1, stderr: expect.stringMatching(FULL) });
    expect(Number(/bytes (\d+)/.exec(onSmall.stdout)?.[1]) % 4).toBe(0); // whole blocks only
  });

  it('brings a link that writes a file down', async () => {
    const { daemon } = steady;
    const folder = join(lab.directory, 'disk');
    mkdirSync(folder);
    // The daemon has a mount namespace of its own, made by "ip netns exec"; the disk goes with it.
    execFileSync('nsenter', [
      '-t',
      `${daemon.pid}`,
      '-m',
      'mount',
      '-t',
      'tmpfs',
      '-o',
      'size=64k',
      'quipu-test',
      folder,
    ]);
    const link = { kind: 'pcap-out', file: join(folder, 'out.pcapng') };
    await daemon.change(
      { do: 'add', name: 'disk', type: 'ethernet', config: { link } },
      { do: 'bind', upper: 'disk', lower: 'spread' },
    );
    await until('the disk to be full', async () =>
      dropsFor(await daemon.status(), 'link-down', 'disk') > 1000 ? true : undefined,
    );
    const { links } = await daemon.show('disk');
    expect(links[0]).toMatchObject({
      state: 'down',
      lastError: expect.stringMatching(
        /out\.pcapng: ENOSPC: no space left on device.*; \d+ frames were not written/,
      ),
    });
    expect(daemon.log).toMatch(/\[disk::ethernet\] .*ENOSPC/);
    await daemon.change({ do: 'rm', name: 'disk', mode: 'force' });
    await steady.lives();
  });
});
