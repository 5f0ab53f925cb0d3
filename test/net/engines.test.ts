// Two engines and one node: every frame is accounted for, flows keep their order, changes lose nothing.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ActionInput } from '../../src/control/actions.js';
import type { BlockView, NodeStatus } from '../../src/control/views.js';
import type { TracedFrame } from '../../src/engine/trace.js';
import { CaptureReader } from '../../src/wire/capture-file.js';
import { difference, dropsFor, Lab, Load, NOBODY, resultOf, root, type TestDaemon, until } from './lab.js';

const FLOWS = 64;
const RATE = 20_000;
const RETIES = 200;
const lab = new Lab();
const tool = join(import.meta.dirname, 'tools/many-flows.js');
let daemon: TestDaemon;

interface Collected {
  readonly received: number;
  readonly flows: number;
  readonly missing: number;
  readonly reordered: number;
  readonly lost: number;
}

beforeAll(async () => {
  lab.host('left', 'middle', 'right');
  lab.cable('left', 'v0', 'middle', 'v1');
  lab.cable('middle', 'v2', 'right', 'v3');
  steer('middle', 'v1');
  steer('right', 'v3');
  daemon = await lab.daemon('middle', '--engines', '2');
});
afterAll(() => lab.close());

/**
 * Lets a flow's frames wait at one core of the kernel's, whichever sent them. Otherwise they wait where they were sent, and
 * a sender that the scheduler moves to another core can overtake itself.
 */
function steer(host: string, device: string): void {
  const all = (2 ** Math.min(cpus().length, 31) - 1).toString(16);
  lab.run(host, 'sh', '-c', `echo ${all} > /sys/class/net/${device}/queues/rx-0/rps_cpus`);
}

async function send(rate = RATE): Promise<Load<{ sent: number }>> {
  const args = ['send', 'v0', `${FLOWS}`, `${rate}`, NOBODY];
  const load = new Load<{ sent: number }>(lab.start('left', [process.execPath, tool, ...args]));
  await load.ready;
  return load;
}

/** Flow and number of every frame of ours in a capture, in their order. */
function flowsOf(capture: Uint8Array): [flow: number, number: number][] {
  const reader = new CaptureReader();
  reader.push(capture);
  const seen: [number, number][] = [];
  for (let record = reader.next(); record !== null; record = reader.next()) {
    const frame = Buffer.from(record.bytes);
    if (frame.readUInt16BE(12) === 0x0800) seen.push([frame.readUInt16BE(34), frame.readUInt32BE(42)]);
  }
  return seen;
}

/** How many frames came behind a later one of their flow. */
function disorder(seen: readonly [number, number][]): number {
  const last = new Map<number, number>();
  let count = 0;
  for (const [flow, number] of seen) {
    if (number <= (last.get(flow) ?? -1)) count++;
    last.set(flow, number);
  }
  return count;
}

const flowCount = (seen: readonly [number, number][]) => new Set(seen.map(([flow]) => flow)).size;
const shares = (view: BlockView, counter: string) =>
  view.engines?.map(({ counters }) => counters[counter]) ?? [];

/** Changes by turns: insert, replace, remove, put the way into the file off and on again. */
function change(i: number): ActionInput[] {
  const [now, next] = [`count${Math.floor(i / 3)}`, `count${Math.floor(i / 3) + 1}`];
  switch (i % 3) {
    case 0:
      return [
        { do: 'add', name: 'extra', type: 'forward' },
        { do: 'unbind', upper: now, lower: 'in' },
        { do: 'bind', upper: 'extra', lower: 'in' },
        { do: 'bind', upper: now, lower: 'extra' },
      ];
    case 1:
      return [
        { do: 'add', name: next, type: 'counter' },
        { do: 'replace', old: now, new: next },
      ];
    default:
      return [
        { do: 'unbind', upper: next, lower: 'extra' },
        { do: 'rm', name: 'extra', mode: 'force' },
        { do: 'bind', upper: next, lower: 'in' },
      ];
  }
}

const file = join(lab.directory, 'all.pcapng');

it('shares frames by flow, keeps their order, and loses none while it is re-tied', async () => {
  const link = { kind: 'af-packet', device: 'v1', receiveBuffer: 64 << 20 };
  await daemon.change(
    { do: 'add', name: 'in', type: 'ethernet', config: { link, promiscuous: true, exclusive: true } },
    { do: 'add', name: 'out', type: 'ethernet', config: { link: 'v2', queue: 4096 } },
    { do: 'add', name: 'count0', type: 'counter' },
    { do: 'add', name: 'tee', type: 'tee' },
    { do: 'add', name: 'file', type: 'ethernet', config: { link: { kind: 'pcap-out', file } } },
    { do: 'connect', from: 'tee', port: 'ingress', to: 'out' },
    { do: 'connect', from: 'tee', port: 'ingress1', to: 'file' },
    { do: 'bind', upper: 'tee', lower: 'count0' },
    { do: 'bind', upper: 'count0', lower: 'in' },
  );
  const collector = new Load<Collected>(
    lab.start('right', [process.execPath, tool, 'collect', 'v3', `${FLOWS}`]),
  );
  await collector.ready;
  const sender = await send();
  await until('traffic', async () => ((await daemon.status()).totals.in > 2000 ? true : undefined));
  for (let i = 0; i < RETIES; i++) {
    await daemon.change(...change(i));
    if (i % 20 === 0) expect(difference(await daemon.status())).toBe(0);
  }
  const { sent } = await sender.stop();
  const onWire = sent - lab.counter('left', 'v0', 'tx_dropped');
  const status = await until('all frames in', async () => {
    const now = await daemon.status();
    return now.totals.in >= onWire && now.totals.held === 0 ? now : undefined;
  });
  const collected = await collector.stop();

  const rings = dropsFor(status, 'ring-loss');
  const full = dropsFor(status, 'channel-full', 'file');
  const passed = onWire - rings;
  expect(status.totals.in).toBe(onWire);
  expect(difference(status)).toBe(0);
  expect(status.totals.dropped).toBe(rings + full);
  // Each frame and its copy went out, but for copies that found no room on their way to the file.
  expect(status.totals.out).toBe(2 * passed - full);
  expect(collected.reordered).toBe(0);
  expect(collected.flows).toBe(FLOWS);
  const out = await daemon.show('out');
  expect(out.counters.transmitted).toBe(passed);
  expect(collected.received + collected.lost + lab.counter('middle', 'v2', 'tx_dropped')).toBe(passed);

  // What one block counted is what the engines counted, and both had a share.
  const count = await daemon.show(`count${Math.floor((RETIES - 2) / 3) + 1}`);
  expect(count.counters.packets).toBe(passed);
  for (const view of [count, out, await daemon.show('in')]) {
    for (const counter of Object.keys(view.counters)) {
      expect(shares(view, counter).reduce((a, b) => a + b, 0)).toBe(view.counters[counter]);
    }
  }
  expect(shares(count, 'packets').map((packets) => packets > passed / 10)).toEqual([true, true]);
  expect(status.engines.map(({ engine, frames }) => [engine, frames > passed / 10])).toEqual([
    [0, true],
    [1, true],
  ]);
  // The file is in the first engine: the second one's copies crossed over to it.
  const written = await daemon.show('file');
  expect(written.counters.transmitted).toBe(passed - full);
  expect(status.engines[0].crossedIn).toBe(status.engines[1].crossedOut);
  expect(status.engines[0].crossedIn).toBe(shares(count, 'packets')[1] - full);
  expect(shares(written, 'transmitted')).toEqual([passed - full, 0]);
  console.log(
    `${RETIES} re-ties, ${sent} frames of ${FLOWS} flows over 2 engines (${shares(count, 'packets').join(' and ')}): ` +
      `0 lost by a change, 0 reordered; ${rings} lost by rings, ${full} of ${passed} copies found a full channel`,
  );
});

it('writes the frames of both engines into one file, each flow in order', async () => {
  await daemon.change({ do: 'rm', name: 'file', mode: 'force' });
  const seen = flowsOf(readFileSync(file));
  expect(flowCount(seen)).toBe(FLOWS);
  expect(disorder(seen)).toBe(0);
});

it('taps and traces the frames of all engines', async () => {
  const sender = await send(2000);
  const target = join(lab.directory, 'tap.pcapng');
  await lab.tool('middle', 'quipu', ['tap', 'tee', '-w', target, '-c', '1000']);
  const seen = flowsOf(readFileSync(target));
  expect(seen.length).toBe(1000);
  expect(flowCount(seen)).toBe(FLOWS);
  expect(disorder(seen)).toBe(0);
  const traced = await lab.tool('middle', 'quipu', ['trace', '-n', '10', '--json']);
  const frames = traced.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TracedFrame);
  expect(frames.length).toBe(10);
  for (const { steps } of frames) expect(steps.map(({ block }) => block).slice(0, 1)).toEqual(['in']);
  await sender.stop();
});

it('takes frames of all engines to an application', async () => {
  const quipu = join(root, 'dist/commands/quipu/main.js');
  const child = lab.start('middle', [process.execPath, quipu, 'socket', 'app', '--on', 'tee', '--wait', '1']);
  const chunks: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve) => child.on('close', resolve));
  await until(
    'the socket stands',
    async () =>
      (await daemon.client.request<{ name: string }[]>({ op: 'list' })).some(({ name }) => name === 'app') ||
      undefined,
  );
  const sender = await send(5000);
  await until('frames at the socket', async () =>
    (await daemon.show('app')).counters.received > 3000 ? true : undefined,
  );
  await sender.stop();
  const { counters } = await until('all read', async () => {
    const view = await daemon.show('app');
    return view.links[0].waiting === 0 ? view : undefined;
  });
  child.stdin!.end();
  await ended;
  const seen = flowsOf(Buffer.concat(chunks));
  const status = await daemon.status();
  const lost = dropsFor(status, 'queue-full', 'app') + dropsFor(status, 'unread', 'app');
  expect(seen.length).toBe(counters.received - lost);
  expect(flowCount(seen)).toBe(FLOWS);
  expect(disorder(seen)).toBe(0);
});

it('hooks a device while frames come: none comes twice, none behind a later one of its flow', async () => {
  const collector = new Load<Collected>(
    lab.start('right', [process.execPath, tool, 'collect', 'v3', `${FLOWS}`]),
  );
  await collector.ready;
  const sender = await send(5000);
  for (let i = 0; i < 10; i++) {
    const before = (await daemon.status()).totals.out;
    await daemon.change({ do: 'rm', name: 'in', mode: 'force' });
    await daemon.change(
      { do: 'add', name: 'in', type: 'ethernet', config: { link: 'v1', promiscuous: true } },
      { do: 'bind', upper: 'tee', lower: 'in' },
    );
    await until(
      'frames go out again',
      async () => (await daemon.status()).totals.out > before + 500 || undefined,
    );
    const shared = shares(await daemon.show('in'), 'received');
    expect(shared.map((received) => received > 0)).toEqual([true, true]);
  }
  const { sent } = await sender.stop();
  const collected = await collector.stop();
  expect(collected.reordered).toBe(0);
  expect(collected.flows).toBe(FLOWS);
  expect(collected.received).toBeLessThanOrEqual(sent);
});

it('tells once that a link is down, and up again; all engines get frames then', async () => {
  const told = (state: string) => () => daemon.log.split(`[in::ethernet] link v1 is ${state}`).length - 1;
  lab.run('left', 'ip', 'link', 'set', 'v0', 'down');
  await until('it is told', () => told('down')() > 0 || undefined);
  lab.run('left', 'ip', 'link', 'set', 'v0', 'up');
  await until('it is told', () => told('up')() > 0 || undefined);
  const before = shares(await daemon.show('in'), 'received');
  const sender = await send(2000);
  await until('frames in both engines', async () => {
    const now = shares(await daemon.show('in'), 'received');
    return now.every((received, i) => received > before[i] + 100) || undefined;
  });
  await sender.stop();
  expect([told('down')(), told('up')()]).toEqual([1, 1]);
});

it('refuses as one: what the first engine cannot do no other does, and IDPs stay equal', async () => {
  const before = await daemon.client.request({ op: 'graph' });
  const broken: ActionInput[] = [
    { do: 'add', name: 'x', type: 'counter' },
    { do: 'add', name: 'y', type: 'ethernet', config: { link: 'nosuch0' } },
  ];
  await expect(daemon.change(...broken)).rejects.toThrow('nosuch0');
  expect(await daemon.client.request({ op: 'graph' })).toEqual(before);
  await daemon.client.request({
    op: 'transaction',
    dryRun: true,
    actions: [{ do: 'add', name: 'x', type: 'tee' }],
  });
  expect(await daemon.client.request({ op: 'graph' })).toEqual(before);
  const views = await daemon.client.request<BlockView[]>({ op: 'show-all' });
  expect(views.every(({ engines }) => engines?.length === 2)).toBe(true);
});

it('takes a change back in all engines when nobody confirms it', async () => {
  await daemon.client.request({
    op: 'transaction',
    confirmSeconds: 0.3,
    actions: [{ do: 'add', name: 'late', type: 'counter' }],
  });
  expect((await daemon.show('late')).engines?.length).toBe(2);
  await until('it is gone', async () => {
    const rows = await daemon.client.request<{ name: string }[]>({ op: 'list' });
    return rows.every(({ name }) => name !== 'late') || undefined;
  });
  const kept: ActionInput[] = [{ do: 'add', name: 'kept', type: 'counter' }];
  await daemon.client.request({ op: 'transaction', confirmSeconds: 60, actions: kept });
  await daemon.client.request({ op: 'confirm' });
  expect((await daemon.show('kept')).engines?.length).toBe(2);
  expect(daemon.log.match(/rolled back: not confirmed in time/g)).toHaveLength(1);
});

it('shares a device that was down when it was hooked', async () => {
  lab.run('middle', 'ip', 'link', 'add', 'late0', 'type', 'veth', 'peer', 'name', 'late1');
  const hooked = await daemon
    .change({ do: 'add', name: 'late', type: 'ethernet', config: { link: 'late0' } })
    .then(() => '', String);
  // Before Linux 6.13 a device must be up to be shared, and the error says so.
  expect(hooked).toMatch(/^$|once it is up/);
  await daemon.client.request({ op: 'show-all' });
});

it('closes whole, and has said everything once', async () => {
  const final: NodeStatus = await daemon.down();
  expect(final.pool.free).toBe(final.pool.size);
  expect(difference(final)).toBe(0);
  expect(final.totals.held).toBe(0);
  expect(daemon.log).not.toMatch(/internal error|error in receive|engine thread died/);
  expect(daemon.log.match(/\[tee::tee\] port ingress1 bound to IDP5\n/g)).toHaveLength(1);
});

it('ends the node when one of its engines dies', async () => {
  const child = lab.start('middle', [process.execPath, join(import.meta.dirname, 'tools/engine-death.js')]);
  const { code, stdout } = await resultOf(child);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ blocks: 1, after: 'the engine thread has ended', died: true });
});
