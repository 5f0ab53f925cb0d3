import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { QuipuError } from '../contract/error.js';
import { ControlClient } from './client.js';
import { MAX_BODY } from './protocol.js';
import { type ControlHandlers, type ControlServer, serveControl } from './server.js';

let folder: string;
let path: string;
let server: ControlServer;
let client: ControlClient;
let seen: string[];

const handlers: ControlHandlers = {
  request: async (request) => {
    seen.push(request.op);
    if (request.op === 'show') throw new QuipuError('unknown-name', `no block named "${request.name}"`);
    if (request.op === 'rollback') throw new QuipuError('pending', 'not now');
    if (request.op === 'status') throw new Error('a bug');
    if (request.op === 'confirm') return undefined;
    return { op: request.op };
  },
  log: (query, response) => {
    seen.push(`log ${query.get('last')}`);
    response.writeHead(200);
    response.write('first line\n');
    response.on('close', () => seen.push('log closed'));
  },
  tap: async (query) => {
    throw new QuipuError('unknown-name', `no block named "${query.get('target')}"`);
  },
  trace: async (_query, response) => {
    response.writeHead(200);
    response.write('half');
    throw new Error('broken in the middle');
  },
  daemon: {
    down: async () => ({ last: true }),
    socket: async (_query, request, response) => {
      response.writeHead(200).flushHeaders();
      request.pipe(response);
    },
    generators: async ({ by, ask }) => ({ by, op: ask.op }),
    generatorEvents: async (query, response) => {
      response.end(`${query.get('user')}`);
    },
    hosts: async ({ op }) => ({ op }),
  },
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quipu-server-'));
  path = join(folder, 'control.sock');
  seen = [];
  server = await serveControl(path, handlers);
  client = new ControlClient(path);
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Sends bytes as they are and answers all that comes back until the server hangs up. */
function raw(text: string, end = true): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = connect(path);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', () => resolve(answer));
    if (end) socket.end(text);
    else socket.write(text);
  });
}

const post = (body: string, length = Buffer.byteLength(body), target = '/v1/request') =>
  `POST ${target} HTTP/1.1\r\nhost: quipu\r\nconnection: close\r\ncontent-length: ${length}\r\n\r\n${body}`;
const alive = async () => expect(await client.request({ op: 'list' })).toEqual({ op: 'list' });

/** Waits until something is so; a test that waits for ever fails by its timeout. */
async function until(so: () => boolean): Promise<void> {
  while (!so()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('a request', () => {
  test('is checked, answered and given back as JSON', async () => {
    expect(await client.request({ op: 'graph' })).toEqual({ op: 'graph' });
    expect(await client.request({ op: 'confirm' })).toBeNull();
    expect(await client.down()).toEqual({ last: true });
    expect(seen).toEqual(['graph', 'confirm']);
  });

  test.each([
    ['show', { op: 'show', name: 'x' }, 'unknown-name', 'no block named "x"'],
    ['rollback', { op: 'rollback' }, 'pending', 'not now'],
    ['a bug', { op: 'status' }, 'internal', 'internal error: Error: a bug'],
    ['a wrong one', { op: 'fly' }, 'bad-request', 'op: '],
  ] as const)('that fails (%s) is told with its code', async (_what, request, code, message) => {
    const error = await client.request(request as never).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(QuipuError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
    await alive();
  });

  test('about generators says who asks', async () => {
    const ask = { op: 'remove-packet', name: 'p' } as const;
    expect(await client.generators({ by: 'alice', ask })).toEqual({ by: 'alice', op: 'remove-packet' });
    await expect(client.generators({ by: 'a\nb', ask })).rejects.toMatchObject({ code: 'bad-request' });
    await expect(client.generators({ by: 'alice', ask: { op: 'fly' } as never })).rejects.toThrow('ask.op');
  });

  test('fails with a status that fits', async () => {
    const statusOf = async (body: string) => (await raw(post(body))).slice(9, 12);
    expect(await statusOf('{"op":"show","name":"x"}')).toBe('404');
    expect(await statusOf('{"op":"rollback"}')).toBe('409');
    expect(await statusOf('{"op":"status"}')).toBe('500');
    expect(await statusOf('{"op":')).toBe('400');
    expect(await statusOf('{"op":"list"}')).toBe('200');
  });
});

describe('bad input', () => {
  test('half-written JSON is told so', async () => {
    expect(await raw(post('{"op":"transaction","actions":[{"do"'))).toContain('the request is not JSON');
    await alive();
  });

  test('a body that never comes to its end is given up when the client goes', async () => {
    await raw(post('{"op":"li', 1000));
    expect(seen).toEqual([]);
    await alive();
  });

  test('a body that is too long is refused, and none of it kept', async () => {
    const answer = await raw(post(' '.repeat(MAX_BODY + 1)));
    expect(answer).toContain('400 Bad Request');
    expect(answer).toContain(`longer than ${MAX_BODY} bytes`);
    await alive();
  });

  test.each([
    ['an unknown path', post('{}', 2, '/v1/requests')],
    ['an unknown method', 'DELETE /v1/request HTTP/1.1\r\nhost: q\r\nconnection: close\r\n\r\n'],
    ['a path that is none', post('{}', 2, '//')],
    ['a path above', post('{}', 2, '/v1/../../etc/passwd')],
  ])('%s is refused', async (_what, text) => {
    const answer = await raw(text);
    expect(answer).toContain('400 Bad Request');
    expect(answer).toContain('"code":"bad-request"');
    await alive();
  });

  test.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['bytes', '\0\xff\x16\x03\x01\r\n\r\n'],
    [
      'two lengths',
      'POST /v1/request HTTP/1.1\r\nhost: q\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}',
    ],
    ['a head that never ends', `GET /v1/log HTTP/1.1\r\n${'x: y\r\n'.repeat(200_000)}`],
  ])('%s', async (_what, text) => {
    expect(await raw(text)).toMatch(/^HTTP\/1.1 4/);
    await alive();
  });

  test('clients that hang up at any moment leave the server as it was', async () => {
    const whole = post('{"op":"list"}');
    for (let cut = 0; cut < whole.length; cut += 7) {
      const socket = connect(path);
      socket.on('error', () => {});
      await new Promise<void>((resolve) => socket.write(whole.slice(0, cut + 1), () => resolve()));
      socket.destroy();
    }
    await alive();
  });

  test('an empty body and an empty connection', async () => {
    expect(await raw(post(''))).toContain('the request is not JSON');
    expect(await raw('')).toBe('');
    await alive();
  });
});

describe('streams', () => {
  test('come as they are written, and the daemon hears of their end', async () => {
    const stream = await client.stream('/v1/log', { last: 5, follow: undefined });
    const [chunk] = (await stream[Symbol.asyncIterator]().next()).value.toString().split('\n');
    expect([chunk, seen]).toEqual(['first line', ['log 5']]);
    stream.destroy();
    await until(() => seen.includes('log closed'));
  });

  test('errors before the first byte are told', async () => {
    await expect(client.stream('/v1/tap', { target: 'a b&c' })).rejects.toMatchObject({
      code: 'unknown-name',
      message: 'no block named "a b&c"',
    });
  });

  test('errors later cut the stream', async () => {
    const stream = await client.stream('/v1/trace');
    await expect(stream.toArray()).rejects.toThrow('aborted');
    await alive();
  });

  test('go both ways', async () => {
    const { up, down } = await client.duplex('/v1/socket', { name: 's' });
    up.write('there and');
    expect(String((await down[Symbol.asyncIterator]().next()).value)).toBe('there and');
    up.destroy();
    await alive();
  });

  test('are cut when the server closes', async () => {
    const stream = await client.stream('/v1/log', { last: 1 });
    await server.close();
    await expect(stream.toArray()).rejects.toThrow('aborted');
  });
});

describe('the socket file', () => {
  test('is for its owner alone, and goes with the server', async () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await server.close();
    expect(() => statSync(path)).toThrow('ENOENT');
    await server.close();
  });

  test('is made so from its first moment, and the process’s file mask is as it was', async () => {
    const before = process.umask();
    const umask = vi.spyOn(process, 'umask');
    const other = await serveControl(join(folder, 'other.sock'), handlers);
    expect(umask.mock.calls).toEqual([[0o177], [before]]);
    umask.mockRestore();
    expect(process.umask()).toBe(before);
    await other.close();
  });

  test('that is there already, or cannot be made, is an error with a remedy', async () => {
    await expect(serveControl(path, handlers)).rejects.toMatchObject({
      code: 'link-failed',
      message: expect.stringContaining('EADDRINUSE'),
    });
    await expect(serveControl(join(folder, 'no', 'x.sock'), handlers)).rejects.toThrow(
      /cannot listen on .*--socket/,
    );
    await alive();
  });

  test('without a daemon behind it says how to start one', async () => {
    await server.close();
    await expect(client.request({ op: 'list' })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('quipu up'),
    });
    await expect(new ControlClient(folder).request({ op: 'list' })).rejects.toMatchObject({
      code: 'unreachable',
    });
  });
});

test('a daemon asks for the socket of a host, for what is only a host’s', async () => {
  expect(await client.hosts({ op: 'list' })).toEqual({ op: 'list' });
  await expect(client.host({ op: 'show' })).rejects.toThrow('this is a daemon’s socket');
  await expect(client.stream('/v1/host/listen', { port: 1 })).rejects.toThrow('this is a daemon’s socket');
});
