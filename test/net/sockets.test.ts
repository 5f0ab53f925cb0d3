// The functional tests 16 to 18 of the seed (004 §6.1): frames into an application's socket and out of it, under full
// load, and datagrams between two hosts. The applications run in hosts of their own.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BlockView, NodeStatus } from '../../src/control/views.js';
import type { SocketCounts } from '../../src/api/socket.js';
import { difference, dropsFor, Lab, Load } from './lab.js';

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
  expect(b.heard.filter((text) => text.startsWith('question'))).toEqual(Array.from({ length: 200 }, (_, i) => `question ${i}`));
  expect(a.heard.filter((text) => text.startsWith('answer'))).toEqual(Array.from({ length: 200 }, (_, i) => `answer ${i}`));
});
