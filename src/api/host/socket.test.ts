import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type HostPair, hostPair } from '../../testing/memory-hosts.js';
import type { ConnectOptions } from './options.js';
import type { HostSocket } from './socket.js';

let pair: HostPair | undefined;
afterEach(() => pair?.close());

/** A socket of `a` and the one of `b` that took its call. */
async function joined(options: Partial<ConnectOptions> = {}, served: { allowHalfOpen?: boolean } = {}) {
  pair = hostPair({ peer: '10.0.0.2' });
  const server = pair.b.listen(80, undefined, served);
  const client = pair.a.connect({ host: '10.0.0.2', port: 80, ...options });
  const [[taken]] = await Promise.all([
    once(server, 'connection') as Promise<[HostSocket]>,
    once(client, 'connect'),
  ]);
  return { pair, server, client, taken };
}

/** All that a socket reads until its end. */
async function textOf(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'end');
  return text;
}

/** Waits for a condition: the test runner's own time limit ends it. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** The names of events of a socket, as they come. */
function eventsOf(socket: Socket): string[] {
  const told: string[] = [];
  for (const name of ['lookup', 'connect', 'ready', 'end', 'finish', 'error', 'timeout']) {
    socket.on(name, () => told.push(name));
  }
  socket.on('close', (hadError) => told.push(`close ${hadError}`));
  return told;
}

test('a connection is made, used both ways and closed, with the events of net', async () => {
  pair = hostPair({ peer: '10.0.0.2' });
  const server = pair.b.listen(80, (socket) => socket.end('hello'));
  const client = pair.a.connect({ host: 'peer', port: 80 });
  const told = eventsOf(client);
  const closed = once(client, 'close');
  expect(client).toBeInstanceOf(Socket);
  expect(client).toMatchObject({ connecting: true, pending: true, readyState: 'opening' });
  expect(client.remoteAddress).toBe(undefined);
  await once(client, 'connect');
  expect(client).toMatchObject({ connecting: false, pending: false, readyState: 'open' });
  expect(await textOf(client)).toBe('hello');
  await closed;
  expect(told).toEqual(['lookup', 'connect', 'ready', 'end', 'finish', 'close false']);
  expect(client).toMatchObject({ bytesRead: 5, bytesWritten: 0, destroyed: true, readyState: 'closed' });
  expect(client).toMatchObject({ remoteAddress: '10.0.0.2', remotePort: 80, remoteFamily: 'IPv4' });
  expect(client).toMatchObject({ localAddress: '10.0.0.1', localFamily: 'IPv4' });
  expect(client.address()).toEqual({ address: '10.0.0.1', port: client.localPort, family: 'IPv4' });
  expect(server.listening).toBe(true);
});

test('half-close: the one that has ended still reads, where that is allowed', async () => {
  const { client, taken } = await joined({ allowHalfOpen: true }, { allowHalfOpen: true });
  client.end('question');
  expect(await textOf(taken)).toBe('question');
  expect(taken).toMatchObject({ readyState: 'writeOnly', destroyed: false });
  expect(client.readyState).toBe('readOnly');
  taken.end('answer');
  expect(await textOf(client)).toBe('answer');
});

test('without it the answer of a peer that has ended is refused as by net', async () => {
  const { client, taken } = await joined();
  taken.on('error', () => {});
  client.end();
  taken.resume();
  await once(taken, 'end');
  const [error] = await new Promise<unknown[]>((resolve) => taken.write('late', (...told) => resolve(told)));
  expect(error).toMatchObject({ code: 'EPIPE' });
});

test('a writer is held back while nobody reads, and goes on when somebody does', async () => {
  const { client, taken } = await joined();
  taken.pause();
  let written = 0;
  const chunk = Buffer.alloc(65_536, 'x');
  const pump = () => {
    while (written < 20_000_000) {
      written += chunk.length;
      if (!client.write(chunk)) return;
    }
    client.end();
  };
  client.on('drain', pump);
  pump();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const held = written;
  expect(held).toBeLessThan(10_000_000);
  expect(client.writableLength).toBeGreaterThan(0);
  expect(client.writableNeedDrain).toBe(true);
  let read = 0;
  taken.on('data', (bytes: Buffer) => {
    read += bytes.length;
  });
  taken.resume();
  await once(taken, 'end');
  expect(read).toBe(written);
  expect(written).toBeGreaterThan(20_000_000 - 1);
  expect(client.bytesWritten).toBe(written);
  expect(taken.bytesRead).toBe(written);
});

test('a writer may change its bytes once it is told that they are written', async () => {
  const { client, taken } = await joined();
  const bytes = Buffer.alloc(10_000, 'a');
  const text = textOf(taken);
  client.write(bytes, () => bytes.fill('b'));
  client.end();
  expect(await text).toBe('a'.repeat(10_000));
});

test('writes from before the connection wait for it', async () => {
  pair = hostPair();
  const server = pair.b.listen(80);
  const client = pair.a.connect({ host: '10.0.0.2', port: 80 });
  client.write('one ');
  client.write('two');
  client.end(' three');
  const [taken] = (await once(server, 'connection')) as [Socket];
  expect(await textOf(taken)).toBe('one two three');
});

test('a peer that refuses, and one that resets', async () => {
  pair = hostPair();
  const refused = pair.a.connect({ host: '10.0.0.2', port: 81 });
  const written = new Promise((resolve) => refused.write('x', resolve));
  const told = eventsOf(refused);
  const [error] = await once(refused, 'error');
  expect(error).toMatchObject({
    ...{ code: 'ECONNREFUSED', errno: -111, syscall: 'connect', address: '10.0.0.2', port: 81 },
    message: 'connect ECONNREFUSED 10.0.0.2:81',
  });
  expect(await written).toBeInstanceOf(Error);
  await until(() => told.includes('close true'));
  expect(told).toEqual(['error', 'close true']);

  pair.b.listen(80, (socket) => socket.resetAndDestroy());
  const reset = pair.a.connect({ host: '10.0.0.2', port: 80 });
  reset.resume();
  const [second] = await once(reset, 'error');
  expect(second).toMatchObject({
    code: 'ECONNRESET',
    errno: -104,
    syscall: 'read',
    message: 'read ECONNRESET',
  });
});

test('no way to the peer, no such name, an address or port that is not free', async () => {
  pair = hostPair();
  const errorOf = async (options: ConnectOptions) =>
    (await once((pair as HostPair).a.connect(options), 'error'))[0];
  expect(await errorOf({ host: '192.0.2.1', port: 80 })).toMatchObject({
    message: 'connect ENETUNREACH 192.0.2.1:80',
  });
  expect(await errorOf({ host: 'nobody.example', port: 80 })).toMatchObject({
    ...{ code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'nobody.example' },
  });
  const to = { host: '10.0.0.2', port: 80 };
  expect(await errorOf({ ...to, localAddress: '10.0.0.7' })).toMatchObject({ code: 'EADDRNOTAVAIL' });
  pair.b.listen(80);
  const first = pair.a.connect({ ...to, localAddress: '10.0.0.1', localPort: 5000 });
  await once(first, 'connect');
  expect(first.localPort).toBe(5000);
  expect(await errorOf({ ...to, localPort: 5000 })).toMatchObject({ code: 'EADDRINUSE' });
});

test('timeout is told after silence, not while bytes come', async () => {
  const { client, taken } = await joined();
  expect(client.setTimeout(150).timeout).toBe(150);
  let timeouts = 0;
  client.on('timeout', () => timeouts++);
  client.resume();
  const writing = setInterval(() => taken.write('x'), 20);
  await new Promise((resolve) => setTimeout(resolve, 400));
  const whileWriting = timeouts;
  clearInterval(writing);
  await once(client, 'timeout');
  expect(whileWriting).toBe(0);
  expect(client.destroyed).toBe(false);
  client.setTimeout(0);
  expect(client.timeout).toBe(0);
});

test('an AbortSignal ends a call and a connection', async () => {
  pair = hostPair();
  const early = new AbortController();
  const calling = pair.a.connect({ host: '10.0.0.2', port: 80, signal: early.signal });
  early.abort();
  const [first] = await once(calling, 'error');
  expect(first).toMatchObject({ code: 'ABORT_ERR' });
  pair.close();
  const late = new AbortController();
  const { client } = await joined({ signal: late.signal });
  late.abort();
  const [error] = await once(client, 'error');
  expect(error).toMatchObject({ code: 'ABORT_ERR' });
});

test('keepalive and delay are as asked, also from before the connection', async () => {
  const { client } = await joined({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 5000 });
  const c = client.beneath;
  expect(c).toMatchObject({ noDelay: true, settings: { keepAliveIdle: 5_000_000 } });
  // Not the two hours of the default. The clock is not quite that of Date.now().
  expect(c?.keepAliveAt).toBeLessThan(Date.now() * 1000 + 60_000_000);
  client.setKeepAlive(false).setNoDelay(false);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(c).toMatchObject({ noDelay: false, keepAliveAt: Number.POSITIVE_INFINITY });
});

test('a peer that is gone is found out by keepalive', async () => {
  const { pair: two, client } = await joined();
  const c = client.beneath;
  if (c === null) throw new Error('no connection');
  c.settings = { ...c.settings, keepAliveInterval: 20_000, keepAliveProbes: 2 };
  client.setKeepAlive(true, 30).resume();
  two.cut();
  const [error] = await once(client, 'error');
  expect(error).toMatchObject({ code: 'ETIMEDOUT', syscall: 'read' });
});

test('destroySoon sends what was written before it goes', async () => {
  const { client, taken } = await joined();
  client.write('last words');
  client.destroySoon();
  expect(await textOf(taken)).toBe('last words');
});

test('listeners run in the context in which the socket was made', async () => {
  const storage = new AsyncLocalStorage<string>();
  pair = hostPair();
  pair.b.listen(80);
  const { a } = pair;
  const seen = ['one', 'two'].map((name) =>
    storage.run(name, () => {
      const socket = a.connect({ host: '10.0.0.2', port: 80 });
      return new Promise((resolve) => socket.once('connect', () => resolve(storage.getStore())));
    }),
  );
  expect(await Promise.all(seen)).toEqual(['one', 'two']);
});

test('a host that closes resets its peers: they need not wait for a timeout', async () => {
  const { pair, client, taken } = await joined();
  const failed = once(taken, 'error') as Promise<[NodeJS.ErrnoException]>;
  const closed = once(client, 'close');
  pair.a.close();
  await closed;
  expect((await failed)[0].code).toBe('ECONNRESET');
});
