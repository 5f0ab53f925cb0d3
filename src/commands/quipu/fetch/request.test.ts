import { createServer, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RemoteHost } from '../../../api/host/remote/remote-host.js';
import { type HostPair, hostPair } from '../../../testing/memory-hosts.js';
import { sizeText } from './progress.js';
import { type Asked, ask, askedNext, parseUrl } from './request.js';

const plain: Asked = { method: 'GET', headers: [], body: null, insecure: false };
const never = new AbortController().signal;
let pair: HostPair;
let host: RemoteHost;

beforeEach(() => {
  pair = hostPair({ peer: '10.0.0.2' });
  // The sockets of a host here stand for those of one elsewhere.
  host = { connect: (call: { host: string; port: number }) => pair.a.connect(call) } as unknown as RemoteHost;
});
afterEach(() => pair.close());

function serve(listener: RequestListener): void {
  const server = createServer(listener);
  pair.b.listen(80, (socket) => server.emit('connection', socket));
}

test('goes where it is sent on, and tells where that was', async () => {
  serve((q, r) => {
    if (q.url === '/a') r.writeHead(302, { location: '/b?c' }).end();
    else
      r.end(`${q.method} ${q.url} ${q.headers.host} ${String(q.headers['x-y'])} ${q.headers.authorization}`);
  });
  const headers = [['X-Y', '1'] as const, ['x-y', '2'] as const];
  const answer = await ask(host, parseUrl('http://me:word@peer/a'), { ...plain, headers }, never);
  expect(answer).toMatchObject({ status: 200, url: 'http://peer/b?c' });
  let text = '';
  for await (const chunk of answer.body) text += chunk;
  expect(text).toBe('GET /b?c peer 1, 2 Basic bWU6d29yZA==');
});

test.each([
  '',
  'Content-Length: 100\r\n',
  'Transfer-Encoding: chunked\r\n',
])('a body that is cut off by a reset is not whole: %j', async (length) => {
  let peer: Socket | null = null;
  pair.b.listen(80, (socket) => {
    peer = socket.on('error', () => {});
    socket.write(`HTTP/1.1 200 OK\r\nConnection: close\r\n${length}\r\n3\r\nabc\r\n`);
  });
  const { body } = await ask(host, parseUrl('http://peer/'), plain, never);
  const read = async () => {
    for await (const chunk of body) {
      expect(String(chunk)).toContain('abc');
      peer?.resetAndDestroy();
    }
  };
  await expect(read()).rejects.toThrow();
});

test.each([
  ['GET', 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
  ['CONNECT', 'HTTP/1.1 200 OK\r\n\r\n'],
])('a server that switches over is told of: %s', async (method, says) => {
  pair.b.listen(80, (socket) => void socket.on('error', () => {}).write(says));
  await expect(ask(host, parseUrl('http://peer/'), { ...plain, method }, never)).rejects.toThrow('answered');
});

test('is not sent round in circles, nor to other protocols', async () => {
  serve((q, r) => r.writeHead(307, { location: q.url === '/x' ? 'file:///etc/passwd' : '/a' }).end());
  await expect(ask(host, parseUrl('peer/a'), plain, never)).rejects.toThrow('more than 10 times');
  await expect(ask(host, parseUrl('peer/x'), plain, never)).rejects.toThrow('only http and https');
});

test('what cannot be asked, and a server that is not there', async () => {
  const asked = (more: Partial<Asked>) => ask(host, parseUrl('http://peer/'), { ...plain, ...more }, never);
  await expect(asked({ method: 'A B' })).rejects.toMatchObject({ code: 'bad-request' });
  await expect(asked({ headers: [['a b', 'c']] })).rejects.toMatchObject({ code: 'bad-request' });
  await expect(asked({})).rejects.toThrow('http://peer/: connect ECONNREFUSED 10.0.0.2:80');
});

test.each([
  [301, 'POST', 'GET'],
  [302, 'PUT', 'PUT'],
  [303, 'PUT', 'GET'],
  [303, 'HEAD', 'HEAD'],
  [308, 'POST', 'POST'],
])('%i after %s is followed by %s', (status, method, next) => {
  const headers = [
    ['Cookie', 'a'],
    ['Content-Type', 'b'],
    ['X', 'c'],
  ] as const;
  const asked = { ...plain, method, headers, body: Buffer.from('x') };
  const same = askedNext(asked, status, true);
  expect(same.method).toBe(next);
  expect(same.body === null).toBe(next === 'GET');
  const elsewhere = askedNext(asked, status, false).headers.map(([name]) => name);
  expect(elsewhere).toEqual(next === 'GET' ? ['X'] : ['Content-Type', 'X']);
});

test('addresses', () => {
  expect(parseUrl('10.0.0.1:8080/x').href).toBe('http://10.0.0.1:8080/x');
  expect(parseUrl('https://[fd00::1]/').hostname).toBe('[fd00::1]');
  for (const text of ['ftp://x/', 'http://', 'http://a b/'])
    expect(() => parseUrl(text)).toThrow(/address|only http/);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_960, '1.0 MB'],
  [12_345_678, '12.3 MB'],
])('%i bytes are %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});
