import { once } from 'node:events';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostAgent } from '../../../api/host/agent.js';
import { type HostPair, hostPair } from '../../../testing/memory-hosts.js';
import { type Access, fileHandler } from './handler.js';
import { listingPage } from './listing.js';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'quipu-serve-')));
const seen: Access[] = [];
let pair: HostPair;

beforeAll(() => {
  pair = hostPair();
  mkdirSync(join(root, 'list'));
  mkdirSync(join(root, 'page'));
  writeFileSync(join(root, 'a.txt'), '0123456789');
  writeFileSync(join(root, 'empty'), '');
  writeFileSync(join(root, 'page', 'index.html'), '<p>page');
  writeFileSync(join(root, 'list', '<i>&"\'.txt'), '');
  for (const [port, upload] of [
    [80, false],
    [81, true],
  ] as const) {
    const server = createServer(fileHandler({ root, upload, access: (one) => seen.push(one) }));
    pair.b.listen(port, (socket) => server.emit('connection', socket));
  }
});
afterAll(() => {
  pair.close();
  rmSync(root, { recursive: true });
});

async function ask(path: string, options: RequestOptions = {}, body?: string) {
  const asked = request({ host: '10.0.0.2', port: 80, path, agent: hostAgent(pair.a), ...options });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += chunk;
  return { status: answer.statusCode, headers: answer.headers, text };
}

test('a file, whole and in parts', async () => {
  const whole = await ask('/a.txt');
  expect(whole).toMatchObject({ status: 200, text: '0123456789' });
  expect(whole.headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'accept-ranges': 'bytes',
  });
  const part = await ask('/a.txt', { headers: { range: 'bytes=2-4' } });
  expect(part).toMatchObject({ status: 206, text: '234', headers: { 'content-range': 'bytes 2-4/10' } });
  expect(await ask('/a.txt', { headers: { range: 'bytes=10-' } })).toMatchObject({
    ...{ status: 416, headers: { 'content-range': 'bytes */10' } },
  });
  const head = await ask('/a.txt', { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, text: '', headers: { 'content-length': '10' } });
  expect(await ask('/empty')).toMatchObject({ status: 200, text: '' });
  const last = seen[seen.length - 1];
  expect(last).toMatchObject({
    remote: '10.0.0.1',
    method: 'GET',
    target: '/empty',
    status: 200,
    brokeOff: false,
  });
});

test('what the client has is not sent again', async () => {
  const { headers } = await ask('/a.txt');
  const { etag = '', 'last-modified': modified = '' } = headers;
  const status = async (given: Record<string, string>) => (await ask('/a.txt', { headers: given })).status;
  expect(await status({ 'if-none-match': `"x", W/${etag}` })).toBe(304);
  expect(await status({ 'if-none-match': '*' })).toBe(304);
  expect(await status({ 'if-none-match': '"x"', 'if-modified-since': modified })).toBe(200);
  expect(await status({ 'if-modified-since': modified })).toBe(304);
  expect(await status({ 'if-modified-since': new Date(0).toUTCString() })).toBe(200);
  expect(await status({ 'if-range': etag, range: 'bytes=0-1' })).toBe(206);
  expect(await status({ 'if-range': '"x"', range: 'bytes=0-1' })).toBe(200);
});

test('a folder has a page of its own, or a list of its files', async () => {
  expect(await ask('/page?q')).toMatchObject({ status: 301, headers: { location: '/page/?q' } });
  expect(await ask('//page')).toMatchObject({ status: 301, headers: { location: '/page/' } });
  expect(await ask('/page/')).toMatchObject({ status: 200, text: '<p>page' });
  const { text } = await ask('/list/');
  expect(text).toContain('<a href="./%3Ci%3E%26%22\'.txt">&lt;i&gt;&amp;&quot;&#39;.txt</a>');
  expect(text).not.toContain('<i>');
});

test('of a huge folder so much is listed, and said', async () => {
  mkdirSync(join(root, 'huge'));
  for (let i = 0; i <= 10_000; i++) linkSync(join(root, 'empty'), join(root, 'huge', String(i)));
  const { text } = await ask('/huge/');
  expect(text.match(/<li>/g)).toHaveLength(1 + 10_000);
  expect(text).toContain('Not all: only 10000 are listed');
});

test('folders come first in a list', () => {
  const entry = (name: string, folder: boolean) => ({ name, isDirectory: () => folder });
  const page = listingPage('/x/', [entry('b', false), entry('javascript:c', false), entry('z', true)]);
  expect([...page.matchAll(/href="(.*?)"/g)].map(([, href]) => href)).toEqual([
    ...['../', './z/', './b', './javascript%3Ac'],
  ]);
});

test('other methods, and uploads', async () => {
  expect(await ask('/a.txt', { method: 'PUT' }, 'x')).toMatchObject({
    status: 405,
    headers: { allow: 'GET, HEAD' },
  });
  const put = async (path: string, headers = {}) =>
    (await ask(path, { method: 'PUT', port: 81, headers }, 'new text')).status;
  expect(await put('/list/new')).toBe(201);
  expect(await put('/list/new')).toBe(204);
  expect(readFileSync(join(root, 'list', 'new'), 'utf8')).toBe('new text');
  expect(await put('/list')).toBe(409);
  expect(await put('/none/new')).toBe(404);
  expect(await put('/list/new', { 'content-range': 'bytes 0-7/9' })).toBe(400);
  expect(await ask('/a.txt', { method: 'POST', port: 81 })).toMatchObject({
    headers: { allow: 'GET, HEAD, PUT' },
  });
});

test('an upload that breaks off leaves nothing', async () => {
  const before = seen.length;
  const asked = request({
    ...{ host: '10.0.0.2', port: 81, path: '/list/half', method: 'PUT', agent: hostAgent(pair.a) },
    headers: { 'content-length': 100 },
  });
  asked.on('error', () => {});
  asked.write('half');
  const parts = () => readdirSync(join(root, 'list')).filter((name) => name.endsWith('.part'));
  await until(() => parts().length === 1);
  asked.destroy();
  await until(() => parts().length === 0 && seen.length > before);
  expect(readdirSync(join(root, 'list'))).not.toContain('half');
  expect(seen[seen.length - 1]).toMatchObject({ target: '/list/half', brokeOff: true });
});

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(holds()).toBe(true);
}
