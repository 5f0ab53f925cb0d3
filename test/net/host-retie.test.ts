// needs: python3
// A transfer both ways between a host of ours and Linux, while the host is re-tied below TCP every 100 ms: through its
// engine, and through its control socket. No byte is lost. Prints the longest time without arrivals, beside that of a
// transfer that nobody disturbs, and that in which transactions fell. QUIPU_LONG=1: for a minute, more than 600 transactions.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { QuipuHost } from '../../src/api/host/host.js';
import { type ActionInput, actionSchema } from '../../src/control/actions.js';
import { ControlClient } from '../../src/control/client.js';
import { perform } from '../../src/control/perform.js';
import type { TransactionReport } from '../../src/control/service.js';
import { Reties } from '../../src/testing/network/retie.js';
import { resultOf, until } from './lab.js';
import { firstLine, ip, Rig } from './links-support.js';
import { content, contentSum } from './tools/content.js';

const LONG = process.env.QUIPU_LONG === '1';
const TRANSACTIONS = LONG ? 615 : 20;
/** Milliseconds from one to the next: with its own time under 100. */
const EVERY = 97;
/** As often the clock looks in on a transfer that is left alone. */
const LOOKS = LONG ? TRANSACTIONS : 5;
/** Bytes of content.js before they come again. */
const PERIOD = 999_983;

const directory = mkdtempSync(join(tmpdir(), 'quipu-retie-'));
const control = join(directory, 'h1.sock');
let rig: Rig;
let host: QuipuHost;
let client: ControlClient;
const reties = new Reties('h1', 'tap');
/** Transactions, or looks, until now. */
let interruptions = 0;

beforeAll(async () => {
  rig = new Rig({ v6: true });
  const link = { kind: 'tap', device: 'q0' };
  const addresses = ['10.9.6.2/24', 'fd96::2/64'];
  const links = [{ name: 'tap', link, mac: '02:00:00:00:00:61', addresses, check: 'off' }] as const;
  host = rig.open(rig.a, () => new QuipuHost({ name: 'h1', control, links }));
  await host.ready;
  client = new ControlClient(control);
  ip('-n', rig.a, 'addr', 'add', '10.9.6.1/24', 'dev', 'q0');
  ip('-n', rig.a, 'addr', 'add', 'fd96::1/64', 'dev', 'q0', 'nodad');
  ip('-n', rig.a, 'link', 'set', 'q0', 'up');
  writeFileSync(join(directory, 'content'), Buffer.concat([...content(PERIOD)]));
});

afterAll(() => {
  host?.close();
  rig?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Reads to the end; tells the length, the hash, and the longest time between two arrivals in ms. */
const sink = (address: string) => `import hashlib,socket,time
s=socket.create_server(('${address}',9),family=socket.AF_INET6 if ':' in '${address}' else socket.AF_INET)
print('ready',flush=True)
c,a=s.accept();h=hashlib.sha256();n=0;gap=0;last=None
while d:=c.recv(262144):
  now=time.monotonic()
  if last is not None: gap=max(gap,now-last)
  last=now;h.update(d);n+=len(d)
print(n,h.hexdigest(),gap*1000)`;

/** Sends until the other end says that it is enough; tells how much. */
const source = (address: string) => `import select,socket
s=socket.create_server(('${address}',19),family=socket.AF_INET6 if ':' in '${address}' else socket.AF_INET)
print('ready',flush=True)
c,a=s.accept();n=0
period=memoryview(open('${directory}/content','rb').read())
while not select.select([c],[],[],0)[0]:
  at=n%len(period)
  n+=c.send(period[at:at+262144])
c.shutdown(socket.SHUT_WR);c.recv(1)
print(n)`;

interface Course {
  /** Longest times between two arrivals in milliseconds: at Linux, and here. */
  readonly gaps: readonly [number, number];
  /**
   * Milliseconds of processor time that this process used between two arrivals here, the least first: on a busy machine the
   * time that it had to wait for the processor is not its own. `around`: those in which a transaction, or a look, fell.
   */
  readonly work: readonly number[];
  readonly around: readonly number[];
  readonly megabytes: readonly [number, number];
}

/** Sends to Linux and reads from it until `meanwhile` is done; checks every byte. */
async function transfer(address: string, meanwhile: () => Promise<unknown>): Promise<Course> {
  const children = [sink(address), source(address)].map((text) => rig.spawnIn(rig.a, 'python3', '-c', text));
  const results = children.map(resultOf);
  await Promise.all(children.map(firstLine));
  let going = true;
  const up = host.connect({ host: address, port: 9 });
  const sent = (async () => {
    let length = 0;
    for (const piece of content(Number.MAX_SAFE_INTEGER)) {
      if (!going) break;
      length += piece.length;
      if (!up.write(piece)) await once(up, 'drain');
    }
    up.end();
    return length;
  })();
  const down = host.connect({ host: address, port: 19, allowHalfOpen: true });
  const hash = createHash('sha256');
  let [received, longest, last, lastWork] = [0, 0, 0, 0];
  let before = interruptions;
  const [work, around]: number[][] = [[], []];
  down.on('data', (bytes: Buffer) => {
    const now = performance.now();
    const { user, system } = process.cpuUsage();
    const worked = (user + system) / 1000;
    if (received > 0) {
      longest = Math.max(longest, now - last);
      work.push(worked - lastWork);
      if (interruptions > before) around.push(worked - lastWork);
    }
    before = interruptions;
    [last, lastWork] = [now, worked];
    received += bytes.length;
    hash.update(bytes);
  });
  await until('bytes from Linux', () => (received > 0 ? true : undefined));
  await meanwhile();
  going = false;
  down.end();
  await once(down, 'end');
  const length = await sent;
  const [atSink, atSource] = await Promise.all(results);
  const [arrived, sum, gap] = atSink.stdout.split(/\s+/).slice(-4);
  expect(`${arrived} ${sum}`).toBe(contentSum(length));
  expect(received).toBe(Number(atSource.stdout.trim().split('\n').at(-1)));
  expect(`${received} ${hash.digest('hex')}`).toBe(contentSum(received));
  for (const list of [work, around]) list.sort((a, b) => a - b);
  return { work, around, gaps: [Number(gap), longest], megabytes: [length / 1e6, received / 1e6] };
}

/** Does something every 97 ms, so often; answers how long it took each time in milliseconds, the shortest first. */
async function often(count: number, work: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    await sleep(EVERY);
    times.push(await work());
    interruptions++;
  }
  return times.sort((a, b) => a - b);
}

/** Answers how long it took, in milliseconds. */
async function throughEngine(actions: ActionInput[]): Promise<number> {
  const list = actions.map((action) => actionSchema.parse(action));
  const begun = performance.now();
  host.engine.transaction((changes) => {
    for (const action of list) perform(host.engine, action, changes);
  });
  return performance.now() - begun;
}

async function throughSocket(actions: ActionInput[]): Promise<number> {
  return (await client.request<TransactionReport>({ op: 'transaction', actions })).micros / 1000;
}

test.each([
  ['its engine, over IPv4', '10.9.6.1', throughEngine],
  ['its control socket, over IPv6', 'fd96::1', throughSocket],
] as const)('through %s: no byte is lost, and no frame', async (name, address, apply) => {
  // What the kernel had no room for, as this process did not come to read it, TCP sends again: that is the path's own.
  const lost = () => host.engine.drops().filter(({ reason }) => !/^(ring-loss|not-a-member)$/.test(reason));
  // Undisturbed but for the timer itself, which comes only when the host has nothing more to do at once.
  const plain = await transfer(address, () => often(LOOKS, async () => 0));
  let times: number[] = [];
  const retied = await transfer(address, async () => {
    times = await often(TRANSACTIONS, () => apply(reties.next()));
  });
  const two = ([a, b]: readonly [number, number]) => `${a.toFixed(1)} / ${b.toFixed(1)}`;
  const spread = (list: readonly number[]) =>
    [0.5, 0.99, 1].map((share) => list[Math.ceil(list.length * share) - 1].toFixed(2)).join(' / ');
  console.log(
    `${times.length} transactions through ${name}: median / p99 / longest ${spread(times)} ms\n` +
      `longest time without arrivals, at Linux / here: ${two(retied.gaps)} ms; undisturbed ${two(plain.gaps)} ms\n` +
      `processor time between arrivals here: median / p99 / longest ${spread(retied.work)} ms, those in which a ` +
      `transaction fell ${spread(retied.around)} ms; undisturbed ${spread(plain.work)} and, where a timer fell, ` +
      `${spread(plain.around)} ms\n` +
      `MB sent / received: ${two(retied.megabytes)}; undisturbed ${two(plain.megabytes)}`,
  );
  expect(lost()).toEqual([]);
  await until('all frames are back in the pool', () =>
    host.engine.pool.free === host.engine.pool.size ? true : undefined,
  );
});
