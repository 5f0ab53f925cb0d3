// The functional tests 16 to 18 of the seed (004 §6.1): frames into an application's socket and out of it, under full
// load, and datagrams between two hosts. The applications run in hosts of their own.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SocketCounts } from '../../src/api/socket.js';
import type { BlockView, NodeStatus } from '../../src/control/views.js';
import { CaptureReader } from '../../src/wire/capture-file.js';
import { emitPcapHeader, emitPcapRecord, PCAP_HEADER, PCAP_RECORD_HEADER } from '../../src/wire/pcap.js';
import { difference, dropsFor, Lab, Load, root, until } from './lab.js';

const app = join(import.meta.dirname, 'tools/socket-app.js');
const lab = new Lab();

interface AppResult extends NodeStatus {
  readonly counts: SocketCounts;
  readonly counters: BlockView['counters'];
}
interface Receiver extends AppResult {
  readonly received: number;
  readonly missing: number;
  readonly reordered: number;
}

beforeAll(() => {
  lab.host('left', 'right');
  lab.cable('left', 'v0', 'right', 'v1');
});
afterAll(() => lab.close());

function whole(result: AppResult): void {
  expect(difference(result)).toBe(0);
  expect(result.totals.held).toBe(0);
  expect(result.pool.free).toBe(result.pool.size);
}

it('16 takes incoming packets to an application through its socket', async () => {
  const receiver = new Load<Receiver>(lab.start('right', [process.execPath, app, 'receive', 'v1', 'raw']));
  await receiver.ready;
  const lostBefore = lab.counter('left', 'v0', 'tx_dropped');
  const { sent } = await lab.flood('left', 'v0', { count: 400_000 }).done;
  const onWire = sent - (lab.counter('left', 'v0', 'tx_dropped') - lostBefore);
  const result = await receiver.stop();
  whole(result);
  expect(result.totals.in).toBe(onWire);
  expect(result.received).toBeGreaterThan(10_000);
  expect(result.reordered).toBe(0);
  // Whatever did not reach the application has a name: lost by the kernel's ring, or the socket's queue was full.
  const lost = dropsFor(result, 'ring-loss') + dropsFor(result, 'queue-full');
  expect(result.received).toBe(onWire - lost);
  expect(result.counts.queueFull).toBe(dropsFor(result, 'queue-full'));
});

it('17 takes outgoing packets from an application to the link', async () => {
  const collector = await lab.collect('right', 'v1');
  const lateBefore = lab.counter('left', 'v0', 'tx_dropped');
  const sender = new Load<AppResult & { sent: number }>(
    lab.start('left', [process.execPath, app, 'send', 'v0', 'raw', '64', '200000']),
  );
  const result = await sender.done;
  whole(result);
  const collected = await collector.stop();
  expect(result.totals.in).toBe(result.sent);
  expect(result.totals.out + result.totals.dropped).toBe(result.sent);
  expect(result.totals.dropped).toBe(dropsFor(result, 'queue-full'));
  const late = lab.counter('left', 'v0', 'tx_dropped') - lateBefore;
  expect(collected.received + collected.lost).toBe(result.totals.out - late);
  expect(collected.reordered).toBe(0);
});

it('18 carries datagrams between two hosts', async () => {
  const talk = (host: string, device: string, name: string) => {
    const child = lab.start(host, [process.execPath, app, 'chat', device, name]);
    return { child, load: new Load<AppResult & { heard: string[] }>(child) };
  };
  const [ann, bob] = [talk('left', 'v0', 'ann'), talk('right', 'v1', 'bobby')];
  await Promise.all([ann.load.ready, bob.load.ready]);
  for (let i = 0; i < 200; i++) {
    ann.child.stdin!.write(`question ${i}\n`);
    bob.child.stdin!.write(`answer ${i}\n`);
  }
  const finish = async (who: typeof ann) => {
    who.child.stdin!.end();
    return who.load.done;
  };
  await new Promise((resolve) => setTimeout(resolve, 500));
  const [a, b] = await Promise.all([finish(ann), finish(bob)]);
  whole(a);
  whole(b);
  expect(b.heard.filter((text) => text.startsWith('question'))).toEqual(
    Array.from({ length: 200 }, (_, i) => `question ${i}`),
  );
  expect(a.heard.filter((text) => text.startsWith('answer'))).toEqual(
    Array.from({ length: 200 }, (_, i) => `answer ${i}`),
  );
});

it('18 the same between two daemons, the end points being other processes', async () => {
  const [left, right] = [
    await lab.daemon('left', '--link', 'v0', '--bare'),
    await lab.daemon('right', '--link', 'v1', '--bare'),
  ];
  const endPoint = (host: string, on: string, texts: string[]) => {
    const quipu = join(root, 'dist/commands/quipu/main.js');
    const child = lab.start(host, [process.execPath, quipu, 'socket', 'app', '--on', on, '--wait', '1']);
    const chunks: Buffer[] = [];
    child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
    const heard = new Promise<string[]>((resolve) =>
      child.on('close', () => resolve(datagrams(Buffer.concat(chunks)))),
    );
    return { say: () => child.stdin!.end(capture(texts)), heard };
  };
  const texts = (who: string) => Array.from({ length: 100 }, (_, i) => `${who} says ${i}`);
  const [ann, bob] = [endPoint('left', 'v0', texts('ann')), endPoint('right', 'v1', texts('bob'))];
  const stands = (daemon: typeof left) => async () =>
    (await daemon.client.request<{ name: string }[]>({ op: 'list' })).some(({ name }) => name === 'app') ||
    undefined;
  await until('both sockets stand', stands(left));
  await until('both sockets stand', stands(right));
  ann.say();
  bob.say();
  expect(await bob.heard).toEqual(texts('ann'));
  expect(await ann.heard).toEqual(texts('bob'));
  for (const daemon of [left, right]) {
    await until('the block is gone with its process', async () =>
      (await stands(daemon)()) ? undefined : true,
    );
    const status = await daemon.down();
    expect(difference(status)).toBe(0);
    expect(status.pool.free).toBe(status.pool.size);
  }
});

/** A capture file of broadcast datagrams with these texts. */
function capture(texts: readonly string[]): Buffer {
  const file = Buffer.alloc(PCAP_HEADER + texts.length * (PCAP_RECORD_HEADER + 60));
  let at = emitPcapHeader(file, 0, 1);
  for (const text of texts) {
    const frame = Buffer.alloc(60);
    frame.write('ffffffffffff02000000000188b5', 'hex');
    frame.write(text, 14);
    at += emitPcapRecord(file, at, 0, 0, 60, 60);
    at += frame.copy(file, at);
  }
  return file.subarray(0, at);
}

/** The texts of the datagrams in a capture. */
function datagrams(file: Uint8Array): string[] {
  const reader = new CaptureReader();
  reader.push(file);
  const texts: string[] = [];
  for (let record = reader.next(); record !== null; record = reader.next()) {
    const frame = Buffer.from(record.bytes);
    if (frame.readUInt16BE(12) === 0x88b5) texts.push(frame.toString('utf8', 14).replace(/\0+$/, ''));
  }
  return texts;
}
