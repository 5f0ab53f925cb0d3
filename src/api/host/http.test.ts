// What Node makes of these sockets without knowing whose they are.
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
  request,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { type HostPair, hostPair } from '../../testing/memory-hosts.js';
import { hostAgent } from './agent.js';
import { hostDispatcher } from './dispatcher.js';

let pair: HostPair;
afterEach(() => pair.close());

const to = { host: '10.0.0.2', port: 80 };

function serve(listener: RequestListener) {
  const server = createServer(listener);
  pair.b.listen(80, (socket) => server.emit('connection', socket));
  return server;
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of message.setEncoding('utf8')) text += chunk;
  return text;
}

async function ask(
  options: RequestOptions,
  body?: string,
): Promise<{ status: number | undefined; text: string }> {
  const sent = request({ ...to, ...options });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, text: await bodyOf(answer) };
}

test('an agent keeps a connection for the next request', async () => {
  pair = hostPair();
  serve(async (q, r) => r.end(`${q.method} ${q.socket.remotePort} ${(await bodyOf(q)).length}`));
  const agent = hostAgent(pair.a, { keepAlive: true });
  const first = await ask({ agent, method: 'PUT' }, 'x'.repeat(100_000));
  const second = await ask({ agent });
  const port = first.text.split(' ')[1];
  expect(first).toEqual({ status: 200, text: `PUT ${port} 100000` });
  expect(second).toEqual({ status: 200, text: `GET ${port} 0` });
  agent.destroy();
});

test('an agent at its limit of sockets lets requests wait', async () => {
  pair = hostPair();
  serve((q, r) => setImmediate(() => r.end(String(q.socket.remotePort))));
  const agent = hostAgent(pair.a, { keepAlive: true, maxSockets: 2 });
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask({ agent })));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(2);
  agent.destroy();
});

test('requests sent one behind the other are answered in order', async () => {
  pair = hostPair();
  serve((q, r) => setTimeout(() => r.end(`<${q.url}>`), q.url === '/1' ? 30 : 0));
  const client = pair.a.connect(to);
  const get = (url: string, more = '') => `GET ${url} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;
  client.write(get('/1') + get('/2') + get('/3', 'Connection: close\r\n'));
  let text = '';
  for await (const chunk of client.setEncoding('utf8')) text += chunk;
  expect(text.match(/<\/\d>/g)).toEqual(['</1>', '</2>', '</3>']);
});

test('100-continue', async () => {
  pair = hostPair();
  serve(async (q, r) => r.end(await bodyOf(q)));
  const sent = request({
    ...to,
    agent: hostAgent(pair.a),
    method: 'POST',
    headers: { Expect: '100-continue' },
  });
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.end('now it may come');
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  expect(await bodyOf(answer)).toBe('now it may come');
});

test('upgrade hands the connection over', async () => {
  pair = hostPair();
  serve(() => {}).on('upgrade', (_q, socket: Duplex) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.pipe(socket);
  });
  const headers = { Connection: 'Upgrade', Upgrade: 'echo' };
  const sent = request({ ...to, agent: hostAgent(pair.a), headers });
  sent.end();
  const [answer, socket] = (await once(sent, 'upgrade')) as [IncomingMessage, Duplex];
  expect(answer.statusCode).toBe(101);
  socket.write('to and fro');
  expect(String((await once(socket, 'data'))[0])).toBe('to and fro');
  socket.destroy();
});

test('a request that fails says why, and a slow one can be given up', async () => {
  pair = hostPair();
  serve(() => {});
  const agent = hostAgent(pair.a);
  await expect(ask({ agent, port: 81 })).rejects.toMatchObject({ code: 'ECONNREFUSED', port: 81 });
  const slow = request({ ...to, agent, timeout: 50 });
  slow.end();
  await once(slow, 'timeout');
  slow.destroy();
  expect((await once(slow, 'error'))[0]).toMatchObject({ code: 'ECONNRESET' });
});

test('fetch goes over a host by its dispatcher', async () => {
  pair = hostPair({ peer: '10.0.0.2' });
  serve(async (q, r) => r.end(`${q.headers.host} ${q.socket.remoteAddress} ${await bodyOf(q)}`));
  const dispatcher = hostDispatcher(pair.a);
  const options = { method: 'POST', body: 'hello', dispatcher };
  const answer = await fetch('http://peer/', options);
  expect(await answer.text()).toBe('peer ::ffff:10.0.0.1 hello');
  await expect(fetch('http://peer:81/', options)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  await dispatcher.close();
});
