// needs: python3
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openAfPacket } from '../../src/links/af-packet/link.js';
import { compile, drain, exitOf, firstLine, newContext, Rig, sleep } from './links-support.js';

let rig: Rig;
let built: ReturnType<typeof compile>;

beforeAll(() => {
  built = compile('links/af-packet/link.ts', 'engine/pool.ts', 'linux/clock.ts', 'linux/netns.ts');
});
afterAll(() => built?.remove());
afterEach(() => rig?.close());

/** Datagrams that the kernel of namespace b has given to its UDP sockets. */
function delivered(): number {
  const rows = rig
    .in(rig.b, 'cat', '/proc/net/snmp')
    .split('\n')
    .filter((row) => row.startsWith('Udp:'));
  return Number(rows[1].split(' ')[rows[0].split(' ').indexOf('InDatagrams')]);
}

async function sendFromA(count: number): Promise<void> {
  const program = `import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
for i in range(${count}): s.sendto(b'hello',('10.99.0.2',9000))`;
  rig.in(rig.a, 'python3', '-c', program);
  await sleep(50);
}

async function reaches(count: number): Promise<void> {
  for (let i = 0; i < 100 && delivered() < count; i++) await sleep(20);
  expect(delivered()).toBe(count);
}

async function startSink(): Promise<void> {
  const program = `import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.bind(('10.99.0.2',9000));print('ready',flush=True)
while True: s.recv(2000)`;
  await firstLine(rig.spawnIn(rig.b, 'python3', '-c', program));
  await sendFromA(5); // resolves the neighbour too
  await reaches(5);
}

test('the kernel gets no frame while the link is exclusive, and all after it is closed', async () => {
  rig = new Rig();
  await startSink();
  const context = newContext();
  const link = rig.open(rig.b, () =>
    openAfPacket({ kind: 'af-packet', device: 'vb', exclusive: true }, context),
  );
  await sendFromA(20);
  let seen = 0;
  await drain(link, context.pool, (frame) => {
    if (frame.protocol === 0x0800 && frame.u8(23) === 17) seen++;
  });
  expect([seen, delivered()]).toEqual([20, 5]);
  link.close();
  await sendFromA(20);
  await reaches(25);
});

test('two exclusive links on one device, each lets go by itself', async () => {
  rig = new Rig();
  await startSink();
  const context = newContext();
  const open = () =>
    rig.open(rig.b, () => openAfPacket({ kind: 'af-packet', device: 'vb', exclusive: true }, context));
  const one = open();
  const two = open();
  one.close();
  await sendFromA(3);
  expect(delivered()).toBe(5);
  two.close();
  await sendFromA(3);
  await reaches(8);
});

/** A process of its own that holds an exclusive link. */
function holder(options: { uid?: number } = {}) {
  const program = built.path('holder.js');
  writeFileSync(
    program,
    `import { openAfPacket } from '${built.path('links/af-packet/link.ts')}';
import { Pool } from '${built.path('engine/pool.ts')}';
import { systemClock } from '${built.path('linux/clock.ts')}';
import { withNamespace } from '${built.path('linux/netns.ts')}';
const context = { pool: new Pool({ size: 64 }), clock: systemClock, random: () => 1 };
const open = () => openAfPacket({ kind: 'af-packet', device: process.argv[2], exclusive: true }, context);
try {
  globalThis.link = process.argv[3] ? withNamespace(process.argv[3], open) : open();
  console.log('open');
} catch (error) {
  console.log(error.code + ': ' + error.message);
  process.exit(3);
}
setInterval(() => {}, 1000);
`,
  );
  const args = options.uid === undefined ? ['vb', `/run/netns/${rig.b}`] : ['lo'];
  return spawn(process.execPath, [program, ...args], { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
}

test('SIGKILL of the process that holds it gives the frames back', async () => {
  rig = new Rig();
  await startSink();
  const child = holder();
  try {
    expect(await firstLine(child)).toBe('open');
    await sendFromA(20);
    expect(delivered()).toBe(5);
  } finally {
    child.kill('SIGKILL');
  }
  await exitOf(child);
  await sendFromA(20);
  await reaches(25);
});

test('without privileges the error says what to do', async () => {
  const child = holder({ uid: 65534 });
  expect(await firstLine(child)).toBe(
    'no-privilege: cannot open a packet socket for lo: EPERM: not permitted; it needs root or CAP_NET_RAW',
  );
  expect(await exitOf(child)).toBe(3);
});
