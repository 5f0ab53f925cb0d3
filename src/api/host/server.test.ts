import { once } from 'node:events';
import { Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type HostPair, hostPair } from '../../testing/memory-hosts.js';

let pair: HostPair;
afterEach(() => pair.close());

const to = { host: '10.0.0.2', port: 80 };

test('listens in all the forms that net knows, and says where', async () => {
  pair = hostPair();
  const server = pair.b.createServer();
  expect(server).toBeInstanceOf(Server);
  expect(server).toMatchObject({ listening: false });
  expect(server.address()).toBe(null);
  await new Promise<void>((resolve) => server.listen(8080, '10.0.0.2', 5, resolve));
  expect(server.address()).toEqual({ address: '10.0.0.2', port: 8080, family: 'IPv4' });
  const any = pair.b.listen(0);
  await once(any, 'listening');
  const address = any.address();
  expect(address).toMatchObject({ address: '::', family: 'IPv6' });
  const port = typeof address === 'object' ? address?.port : 0;
  const client = pair.a.connect({ host: '10.0.0.2', port: port ?? 0 });
  await once(client, 'connect');
});

test('a port that is taken, and an address that is not ours', async () => {
  pair = hostPair();
  const first = pair.b.listen(80);
  await once(first, 'listening');
  const [error] = await once(pair.b.listen(80), 'error');
  expect(error).toMatchObject({
    ...{ code: 'EADDRINUSE', errno: -98, syscall: 'listen', address: '::', port: 80 },
    message: 'listen EADDRINUSE: address already in use :::80',
  });
  const [other] = await once(pair.b.listen({ port: 81, host: '10.0.0.9' }), 'error');
  expect(other).toMatchObject({ code: 'EADDRNOTAVAIL', address: '10.0.0.9' });
  first.close();
  await once(first, 'close');
  await once(pair.b.listen(80), 'listening');
});

test('close takes no more calls, and is through when the last connection is', async () => {
  pair = hostPair();
  const server = pair.b.listen(80);
  const client = pair.a.connect(to);
  const [taken] = (await once(server, 'connection')) as [Socket];
  let closed = false;
  server.close(() => {
    closed = true;
  });
  expect(server).toMatchObject({ listening: false });
  const [error] = await once(pair.a.connect(to), 'error');
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  expect(closed).toBe(false);
  taken.resume();
  client.end();
  await once(server, 'close');
  expect(closed).toBe(true);
  const again = await new Promise((resolve) => server.close(resolve));
  expect(again).toMatchObject({ code: 'ERR_SERVER_NOT_RUNNING' });
});

test('closeAllConnections, asyncDispose and a signal end it', async () => {
  pair = hostPair();
  const server = pair.b.listen(80);
  const client = pair.a.connect(to);
  client.on('error', () => {});
  client.resume();
  await once(server, 'connection');
  server.closeAllConnections();
  await Promise.all([once(client, 'close'), server[Symbol.asyncDispose]()]);
  const controller = new AbortController();
  const second = pair.b.listen({ port: 80, signal: controller.signal });
  await once(second, 'listening');
  controller.abort();
  await once(second, 'close');
});

test('more than maxConnections are dropped, and told of', async () => {
  pair = hostPair();
  const server = pair.b.listen(80);
  server.maxConnections = 1;
  const first = pair.a.connect(to);
  await once(server, 'connection');
  const second = pair.a.connect(to);
  second.resume();
  const [[dropped], [error]] = await Promise.all([once(server, 'drop'), once(second, 'error')]);
  expect(dropped).toMatchObject({
    localAddress: '::ffff:10.0.0.2',
    localPort: 80,
    remoteAddress: '::ffff:10.0.0.1',
  });
  expect(error).toMatchObject({ code: 'ECONNRESET' });
  const count = await new Promise((resolve) =>
    server.getConnections((_, connections) => resolve(connections)),
  );
  expect(count).toBe(1);
  first.destroy();
});

test('sockets are made as the server was told', async () => {
  pair = hostPair();
  const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 7000, pauseOnConnect: true };
  const server = pair.b.listen(80, undefined, options);
  pair.a.connect(to).write('early');
  const [taken] = (await once(server, 'connection')) as [Socket];
  expect(taken.isPaused()).toBe(true);
  expect(taken).toMatchObject({ beneath: { noDelay: true, settings: { keepAliveIdle: 7_000_000 } } });
  const [bytes] = await Promise.all([once(taken, 'data'), taken.resume()]);
  expect(String(bytes)).toBe('early');
});

test('what befalls an accepted socket reaches whoever has it', async () => {
  pair = hostPair();
  const server = pair.b.listen(80);
  const client = pair.a.connect(to);
  const [taken] = (await once(server, 'connection')) as [Socket];
  client.resetAndDestroy();
  taken.resume();
  const [error] = await once(taken, 'error');
  expect(error).toMatchObject({ code: 'ECONNRESET', syscall: 'read' });
});

test('a listener that throws does not stop the host', async () => {
  pair = hostPair();
  const uncaught = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const thrown: unknown[] = [];
  process.on('uncaughtException', (error) => thrown.push(error));
  try {
    const server = pair.b.listen(80);
    server.once('connection', () => {
      throw new Error('a fault of the application');
    });
    const [first, second] = [pair.a.connect(to), pair.a.connect(to)];
    await Promise.all([
      once(first, 'connect'),
      once(second, 'connect'),
      once(server, 'connection').catch(() => {}),
    ]);
    server.on('connection', (socket) => socket.end('alive'));
    const third = pair.a.connect(to);
    const [bytes] = await once(third, 'data');
    expect(String(bytes)).toBe('alive');
    expect(thrown).toMatchObject([{ message: 'a fault of the application' }]);
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of uncaught) process.on('uncaughtException', listener);
  }
});
