import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ControlClient } from '../../../control/client.js';
import type { ListenLine, SocketEndRow } from '../../../control/host-words.js';
import { paths } from '../../../control/protocol.js';
import { type HostPair, hostPair } from '../../../testing/memory-hosts.js';
import { MarkedStream } from '../control/marked-stream.js';
import { type RemoteHost, remoteHost } from './remote-host.js';
import type { RemoteSocket } from './remote-socket.js';

let pair: HostPair;
let remote: RemoteHost;
let directory: string;
let path: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'quipu-remote-'));
  path = join(directory, 'a.sock');
  pair = hostPair({ peer: '10.0.0.2' }, path);
  await pair.a.ready;
  remote = remoteHost(path);
});
afterEach(() => {
  pair.close();
  rmSync(directory, { recursive: true });
});

/** Answers with the hash of what came, at its end. */
function answerWithSum(socket: Socket): void {
  const hash = createHash('sha256');
  socket.on('data', (chunk: Buffer) => hash.update(chunk));
  socket.on('end', () => socket.end(hash.digest('hex')));
}

/** A connection and the other end of it. */
async function joined(): Promise<{ socket: RemoteSocket; taken: Socket }> {
  const server = pair.b.listen(80);
  const socket = remote.connect({ host: 'peer', port: 80 });
  const [[taken]] = await Promise.all([once(server, 'connection'), once(socket, 'connect')]);
  server.close();
  return { socket, taken };
}

const big = Buffer.alloc(1_500_000, 'knots on cords ');
const bigSum = createHash('sha256').update(big).digest('hex');

test('bytes go both ways by a name that the host knows, each direction with an end of its own', async () => {
  pair.b.listen(80, answerWithSum, { allowHalfOpen: true });
  const socket = remote.connect({ host: 'peer', port: 80, allowHalfOpen: true });
  expect(socket.connecting).toBe(true);
  socket.end(big); // before it is connected
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  expect(answer).toBe(bigSum);
});

test('a call that is refused, a name that nobody knows, a port that is none', async () => {
  const failed = async (host: string, port: number) =>
    (await once(remote.connect({ host, port }), 'error'))[0];
  expect(await failed('10.0.0.2', 81)).toMatchObject({
    ...{ code: 'ECONNREFUSED', syscall: 'connect' },
    message: 'connect ECONNREFUSED 10.0.0.2:81',
  });
  expect(await failed('nobody', 81)).toMatchObject({ code: 'ENOTFOUND', syscall: 'getaddrinfo' });
  expect(await failed('10.0.0.2', 0)).toMatchObject({ code: 'bad-request' });
  expect(await failed('10.0.0.2', 70_000)).toMatchObject({ code: 'bad-request' });
  const nowhere = remoteHost(join(directory, 'none.sock')).connect({ host: 'peer', port: 80 });
  expect((await once(nowhere, 'error'))[0]).toMatchObject({ code: 'unreachable' });
});

test('a client that goes takes a call that is being made with it', async () => {
  pair.cut();
  const socket = remote.connect({ host: '10.0.0.9', port: 80 });
  await until(async () => (await sockets()).some(({ state }) => state === 'syn-sent'));
  socket.destroy();
  await until(async () => (await sockets()).length === 0);
});

test('who is cut off cuts the other off', async () => {
  const first = await joined();
  const told = once(first.socket.resume(), 'error');
  first.taken.resetAndDestroy();
  expect((await told)[0]).toMatchObject({ code: 'ECONNRESET' });

  const { socket, taken } = await joined();
  const failed = once(taken, 'error');
  taken.write(big);
  await once(socket, 'readable');
  socket.destroy();
  expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
});

test('a socket that is closed has ended, for its peer', async () => {
  const { socket, taken } = await joined();
  const ended = once(taken.resume(), 'end');
  socket.destroy();
  await ended;
});

test('what only the end of the connection ends is not taken for whole after a reset', async () => {
  let served: Socket | null = null;
  pair.b.listen(80, (socket) => {
    served = socket.on('error', () => {});
    socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf');
  });
  const asked = request({ host: 'peer', createConnection: remote.createConnection });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  await once(answer, 'data');
  const over = once(asked, 'error');
  (served as Socket | null)?.resetAndDestroy();
  expect((await over)[0]).toMatchObject({ code: 'ECONNRESET' });
});

test('a client that dies takes its connection with it, whether or not it has ended its own direction', async () => {
  for (const hasEnded of [false, true]) {
    const server = pair.b.listen(80, undefined, { allowHalfOpen: true });
    const taken = once(server, 'connection') as Promise<[Socket]>;
    const client = new ControlClient(path, 'host');
    const { socket } = await client.upgrade(paths.hostConnect, { host: 'peer', port: 80 });
    const [peer] = await taken;
    peer.resume();
    const stream = new MarkedStream(socket);
    stream.write('a'); // the first of it
    if (hasEnded) {
      stream.end();
      await once(peer, 'end');
    }
    const failed = once(peer, 'error');
    stream.on('error', () => {});
    socket.destroy(); // as the kernel does for who is killed
    // After an end there is nothing to tell a peer that only listens.
    const speaking = setInterval(() => hasEnded && peer.write('x'), 5);
    expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
    clearInterval(speaking);
    await until(async () => (await sockets()).length === 0);
    server.close();
  }
});

test('no more is read than the other end takes', async () => {
  const { socket, taken } = await joined();
  const all = Buffer.alloc(12 << 20);
  taken.end(all);
  await once(socket, 'readable');
  // The sender stands still once the buffers between the two are full, and ends only when all is read.
  let before = -1;
  await until(async () => {
    const { bytesOut = 0, bytesIn = 0 } = (await sockets())[0]?.info ?? {};
    const still = bytesIn + bytesOut === before && bytesIn > 0;
    before = bytesIn + bytesOut;
    return still;
  });
  expect(taken.writableFinished).toBe(false);
  let length = 0;
  for await (const chunk of socket) length += (chunk as Buffer).length;
  expect(length).toBe(all.length);
});

test('http listens at a host of another process and knows who calls', async () => {
  const server = createServer((q, r) => r.end(`${q.method} ${q.socket.remoteAddress} ${q.url}`));
  const listener = remote.listen({ port: 8080, address: '10.0.0.1' });
  listener.on('connection', (socket) => server.emit('connection', socket));
  const [where] = (await once(listener, 'listening')) as [SocketEndRow];
  expect(where).toEqual({ address: '10.0.0.1', port: 8080 });
  for (let i = 0; i < 3; i++) {
    const createConnection = () => pair.b.connect({ host: '10.0.0.1', port: 8080 });
    const asked = request({ host: '10.0.0.1', path: `/${i}`, createConnection });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of answer) text += chunk;
    expect(text).toBe(`GET 10.0.0.2 /${i}`);
  }
  listener.close();
  await until(async () => !(await sockets()).some(({ state }) => state === 'listen'));
});

test('http asks over a host of another process', async () => {
  const server = createServer((q, r) => r.end(`hello ${q.headers.host}`));
  pair.b.listen(80, (socket) => server.emit('connection', socket));
  const { createConnection } = remote;
  const asked = request({ host: 'peer', createConnection });
  const closed = once(asked, 'close');
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += chunk;
  expect(text).toMatch(/^hello peer/);
  await closed;
});

test('a place that is taken, and an address that is not the host’s', async () => {
  const first = remote.listen({ port: 80 });
  await once(first, 'listening');
  const [error] = await once(remote.listen({ port: 80 }), 'error');
  expect(error).toMatchObject({ code: 'in-use' });
  expect(String(error)).toContain('EADDRINUSE');
  const [other] = await once(remote.listen({ port: 81, address: '10.0.0.77' }), 'error');
  expect(String(other)).toContain('EADDRNOTAVAIL');
  first.close();
});

test('a call is taken once, by its number; those that wait go with their listener, and are bounded', async () => {
  const client = new ControlClient(path, 'host');
  const stream = await client.stream(paths.hostListen, { port: 80 });
  stream.setEncoding('utf8');
  let text = '';
  stream.on('data', (chunk: string) => {
    text += chunk;
  });
  const callers: Socket[] = [];
  for (let i = 0; i < 260; i++) {
    callers.push(pair.b.connect({ host: '10.0.0.1', port: 80 }).on('error', () => {}));
  }
  await until(async () => callers.every((one) => !one.connecting));
  await until(async () => callers.filter((one) => one.destroyed).length >= 4);
  // Where it listens, and 256 calls: the last may still be on their way to here.
  await until(async () => text.split('\n').length > 257);
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ListenLine);
  const calls = lines.flatMap((line) => ('call' in line ? [line] : []));
  expect(calls).toHaveLength(256);
  const ends = calls[0];
  expect(ends).toMatchObject({
    local: { address: '::ffff:10.0.0.1', port: 80 },
    remote: { address: '::ffff:10.0.0.2' },
  });
  const upgraded = await client.upgrade(paths.hostAccept, { id: ends.call });
  const socket = new MarkedStream(upgraded.socket, upgraded.head).on('error', () => {});
  const caller = callers.find((one) => one.localPort === ends.remote.port);
  caller?.write('to you');
  expect(String((await once(socket, 'data'))[0])).toBe('to you');
  const accept = (id: string | number) => client.upgrade(paths.hostAccept, { id });
  await expect(accept(ends.call)).rejects.toMatchObject({ code: 'unknown-name' });
  await expect(accept('x')).rejects.toMatchObject({ code: 'bad-request' });
  stream.destroy();
  await until(async () => callers.every((one) => one.destroyed || one === caller));
  socket.write('still there');
  expect(String((await once(caller as Socket, 'data'))[0])).toBe('still there');
});

test('a listener says when its host goes', async () => {
  const listener = remote.listen({ port: 80 });
  await once(listener, 'listening');
  const over = once(listener, 'error');
  const taken = new Promise<RemoteSocket>((resolve) => listener.on('connection', resolve));
  pair.b.connect({ host: '10.0.0.1', port: 80 }).on('error', () => {});
  const socket = await taken;
  const cut = once(socket.resume(), 'error');
  pair.a.close();
  expect((await over)[0]).toMatchObject({ code: 'unreachable' });
  expect((await cut)[0]).toMatchObject({ code: 'ECONNRESET' });
});

async function sockets() {
  const rows = await new ControlClient(path, 'host').host<
    { state: string; info?: { bytesIn: number; bytesOut: number } }[]
  >({ op: 'sockets' });
  return rows;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('waited in vain');
}
