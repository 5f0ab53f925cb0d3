// Libraries that know nothing of these sockets.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { Agent, fetch, Pool, request } from 'undici';
import { afterEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type HostPair, hostPair } from '../../testing/memory-hosts.js';
import { hostAgent } from './agent.js';
import { hostConnector } from './dispatcher.js';

let pair: HostPair;
afterEach(() => pair.close());

/** A web server at port 80 of the second host. */
function serve(listener: RequestListener) {
  const server = createServer(listener);
  pair.b.listen(80, (socket) => server.emit('connection', socket));
  return server;
}

test('ws: a client and a server, text and bytes in one frame and in many, ping, and the codes of the end', async () => {
  pair = hostPair({ peer: '10.0.0.2' });
  const server = new WebSocketServer({ server: serve(() => {}), path: '/cords' });
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  const client = new WebSocket('ws://peer/cords', { agent: hostAgent(pair.a) });
  await once(client, 'open');
  const echo = async (message: string | Buffer): Promise<[Buffer, boolean]> => {
    client.send(message);
    return (await once(client, 'message')) as [Buffer, boolean];
  };
  const [text, isBinary] = await echo('knot');
  expect([text.toString(), isBinary]).toEqual(['knot', false]);
  const large = Buffer.alloc(1_000_000, 'cord');
  expect((await echo(large))[0].equals(large)).toBe(true);
  const pong = once(client, 'pong');
  client.ping('still there?');
  expect(String((await pong)[0])).toBe('still there?');
  const ended = once([...server.clients][0], 'close');
  client.close(4000, 'untied');
  const [code, reason] = (await ended) as [number, Buffer];
  expect([code, reason.toString()]).toEqual([4000, 'untied']);
});

test('ws: a server that refuses, and one that is not there', async () => {
  pair = hostPair();
  new WebSocketServer({ server: serve(() => {}), path: '/cords' });
  const errorOf = async (url: string) => {
    const socket = new WebSocket(url, { agent: hostAgent(pair.a) });
    return (await once(socket, 'error'))[0];
  };
  expect(String(await errorOf('ws://10.0.0.2/other'))).toContain('400');
  expect(await errorOf('ws://10.0.0.2:81/cords')).toMatchObject({ code: 'ECONNREFUSED', port: 81 });
});

test('undici: request and fetch by name, a body both ways, connections used again', async () => {
  pair = hostPair({ peer: ['fd00::9', '10.0.0.2'] });
  const ports = new Set<number | undefined>();
  serve(async (q, r) => {
    ports.add(q.socket.remotePort);
    for await (const chunk of q) r.write(chunk);
    r.end();
  });
  const dispatcher = new Agent({ connect: hostConnector(pair.a), connections: 1 });
  const body = Buffer.alloc(300_000, 'wool');
  const answer = await request('http://peer/', { method: 'PUT', body, dispatcher });
  expect(Buffer.from(await answer.body.arrayBuffer()).equals(body)).toBe(true);
  const fetched = await fetch('http://peer/', { method: 'POST', body: 'fetched', dispatcher });
  expect([fetched.status, await fetched.text(), ports.size]).toEqual([200, 'fetched', 1]);
  await dispatcher.close();
});

test('undici: a request is given up by its signal, a pool ends, a peer that refuses is told of', async () => {
  pair = hostPair();
  const server = serve(() => {});
  const pool = new Pool('http://10.0.0.2', { connect: hostConnector(pair.a) });
  const control = new AbortController();
  const asked = once(server, 'request');
  const pending = pool.request({ path: '/', method: 'GET', signal: control.signal });
  await asked;
  control.abort();
  await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
  await pool.destroy();
  const nobody = new Agent({ connect: hostConnector(pair.a) });
  const refused = request('http://10.0.0.2:81/', { dispatcher: nobody });
  await expect(refused).rejects.toMatchObject({ code: 'ECONNREFUSED', address: '10.0.0.2', port: 81 });
  const unknown = request('http://no.such.name/', { dispatcher: nobody });
  await expect(unknown).rejects.toMatchObject({ code: 'ENOTFOUND', hostname: 'no.such.name' });
});

test('an AbortSignal ends a listener, a UDP socket and a call that nobody answers', async () => {
  pair = hostPair();
  const control = new AbortController();
  const { signal } = control;
  const server = pair.b.listen({ port: 80, signal });
  const udp = pair.b.udp({ type: 'udp4', signal }).bind(53);
  await Promise.all([once(server, 'listening'), once(udp, 'listening')]);
  const call = pair.a.connect({ host: '10.0.0.9', port: 80, signal });
  const over = [once(server, 'close'), once(udp, 'close'), once(call, 'error')] as const;
  control.abort();
  const [, , [error]] = await Promise.all(over);
  expect(error).toMatchObject({ name: 'AbortError' });
  const [refused] = await once(pair.a.connect({ host: '10.0.0.2', port: 80 }), 'error');
  expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
});
