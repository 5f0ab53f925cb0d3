import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { QuipuError } from '../contract/error.js';
import { ControlClient } from './client.js';
import type { HostRequestInput } from './host-words.js';
import { paths } from './protocol.js';
import { type ControlServer, serveControl } from './server.js';

// What the socket of a host takes, and a daemon's does not.

let folder: string;
let path: string;
let server: ControlServer;
let client: ControlClient;
let seen: unknown[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quipu-server-'));
  path = join(folder, 'h.sock');
  seen = [];
  server = await serveControl(path, {
    request: async ({ op }) => op,
    log: (_query, response) => response.end(),
    tap: async () => {},
    trace: async () => {},
    host: {
      ask: async (request) => {
        seen.push(request);
        if (request.op === 'sockets') throw new QuipuError('unknown-name', 'no sockets here');
      },
      streams: {
        upgrade: (request, socket, head) => {
          if (request.url?.includes('port=0')) throw new QuipuError('bad-request', 'port: 0 is none');
          socket.end(`HTTP/1.1 101 Switching Protocols\r\n\r\n${request.url} ${head}`);
        },
        listen: async (query, response) => {
          response.end(`listens at ${query.get('port')}`);
        },
        close: () => seen.push('closed'),
      },
    },
  });
  client = new ControlClient(path);
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Says something to the server and reads all that it answers. */
async function raw(...lines: string[]): Promise<string> {
  const socket = connect(path);
  await once(socket, 'connect');
  socket.write(lines.join('\r\n'));
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

const upgrade = (what: string) =>
  raw(what, 'Host: h', 'Connection: Upgrade', 'Upgrade: quipu-stream', '', 'first bytes');

test('requests to the host are checked and answered', async () => {
  expect(await client.host({ op: 'forwarding', on: true })).toBe(null);
  await client.host({ op: 'address-add', interface: 'e', address: '10.0.0.1/8' });
  expect(seen).toEqual([
    { op: 'forwarding', on: true },
    { op: 'address-add', interface: 'e', address: '10.0.0.1/8', check: 'meanwhile' },
  ]);
  await expect(client.host({ op: 'sockets' })).rejects.toMatchObject({ code: 'unknown-name' });
});

test.each([
  [{ op: 'dance' }, /op: /],
  [{ op: 'forwarding' }, /on: /],
  [{ op: 'address-add', interface: 'e', address: '' }, /address: /],
  [{ op: 'address-add', interface: 'e', address: 'x'.repeat(300) }, /address: /],
  [{ op: 'route-add', to: 'default', metric: -1 }, /metric: /],
  [{ op: 'show', all: true }, /Unrecognized key: "all"/],
])('%j is no request', async (body, message) => {
  await expect(client.host(body as unknown as HostRequestInput)).rejects.toMatchObject({
    ...{ code: 'bad-request', message: expect.stringMatching(message) },
  });
  expect(seen).toEqual([]);
});

test('what is only a daemon’s is refused', async () => {
  for (const asked of [
    client.down(),
    client.hosts({ op: 'list' }),
    client.duplex(paths.socket, { name: 's' }),
  ]) {
    await expect(asked).rejects.toThrow('this is a host’s socket; only a daemon does that');
  }
});

test('streams are handed over', async () => {
  expect(await upgrade('GET /v1/host/connect?port=1 HTTP/1.1')).toContain(
    '/v1/host/connect?port=1 first bytes',
  );
  expect(await upgrade('GET /v1/host/accept?id=1 HTTP/1.1')).toContain('/v1/host/accept?id=1 first bytes');
  const lines = await client.stream(paths.hostListen, { port: 7 });
  expect(String((await lines.toArray())[0])).toBe('listens at 7');
});

test.each([
  ['GET /v1/host/connect?port=0 HTTP/1.1', 'port: 0 is none'],
  ['GET /v1/host HTTP/1.1', 'GET /v1/host is no stream of this API'],
  ['POST /v1/host/connect HTTP/1.1', 'POST /v1/host/connect is no stream of this API'],
])('%s is refused as a stream', async (what, message) => {
  const answer = await upgrade(what);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain(message);
});

test('who is refused and goes leaves nothing open, whatever it has sent', async () => {
  const socket = connect(path);
  socket.on('error', () => {});
  socket.write('GET /v1/host HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
  await once(socket, 'data');
  await new Promise((resolve) => socket.write('more', resolve));
  const open = () => readdirSync('/proc/self/fd').length;
  const before = open();
  socket.destroy();
  for (let i = 0; i < 400 && open() > before - 2; i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(open()).toBe(before - 2);
});

test('a stream that asks for no upgrade is told so', async () => {
  await expect(client.stream(paths.hostConnect, { host: 'x', port: 1 })).rejects.toThrow(
    'wants "Upgrade: quipu-stream"',
  );
});

test('streams end with the server', async () => {
  await server.close();
  expect(seen).toEqual(['closed']);
});
