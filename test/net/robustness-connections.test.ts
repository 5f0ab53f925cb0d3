// needs: root ip
// Clients of the control socket that misbehave, or come in crowds (issue 2, must show 6): the daemon lives, and the
// traffic notices nothing.
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActionInput } from '../../src/control/actions.js';
import { ControlClient } from '../../src/control/client.js';
import { add } from './bad-input.js';
import { until } from './lab.js';
import { post, raw, Steady } from './steady.js';

const steady = new Steady();
let socket = '';

beforeAll(async () => {
  await steady.start();
  socket = steady.lab.socket('middle');
});
afterAll(() => steady.finish());

describe('connections that misbehave', () => {
  const head = 'POST /v1/request HTTP/1.1\r\nhost: quipu\r\ncontent-length: 4000\r\n\r\n';

  it('half a request, then gone', async () => {
    await Promise.all(Array.from({ length: 20 }, () => raw(socket, `${head}{"op":"li`, 1)));
    await steady.lives();
  });

  it('streams whose client goes at once leave nothing behind', async () => {
    const many = Array.from({ length: 5000 }, (_, i) => `busy${i}`);
    await steady.daemon.change(...many.map((name) => add(name)));
    for (let i = 0; i < 5; i++) {
      // A long answer keeps the engine busy until the clients have gone.
      const busy = steady.daemon.client.request({ op: 'show-all' });
      const hello = `POST /v1/socket?name=s${i} HTTP/1.1\r\nhost: q\r\ntransfer-encoding: chunked\r\n\r\n`;
      await Promise.all([
        raw(socket, hello, 0),
        raw(socket, 'GET /v1/tap?target=path HTTP/1.1\r\nhost: q\r\n\r\n', 0),
        raw(socket, 'GET /v1/trace?count=1000 HTTP/1.1\r\nhost: q\r\n\r\n', 0),
      ]);
      await busy;
    }
    await steady.daemon.change(...many.map((name): ActionInput => ({ do: 'rm', name })));
    await until(
      'the sockets gone',
      async () => ((await steady.names()).length === 3 ? true : undefined),
      3000,
    );
  });

  it('heads that never end hold nobody up', async () => {
    const slow = Array.from({ length: 50 }, () => {
      const client = connect(socket);
      client.on('error', () => {});
      client.write('GET /v1/log HTTP/1.1\r\nx-');
      return client;
    });
    for (let i = 0; i < 10; i++) for (const client of slow) client.write('a');
    await steady.lives();
    for (const client of slow) client.destroy();
  });

  it.each([
    ['a head of a megabyte', `GET / HTTP/1.1\r\nx: ${'y'.repeat(1 << 20)}\r\n\r\n`, /431/],
    ['no HTTP', 'hello daemon\r\n\r\n', /400/],
    ['CONNECT', 'CONNECT /v1/request HTTP/1.1\r\nhost: q\r\n\r\n', /^$/],
    [
      'an upgrade',
      'GET /v1/log HTTP/1.1\r\nhost: q\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
      /200|400/,
    ],
    ['two lengths', 'POST /v1/request HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}', /400/],
  ])('%s', async (_, bytes, answer) => {
    expect((await raw(socket, bytes, 300)).split('\r\n')[0]).toMatch(answer);
    await steady.lives();
  });

  it('random bytes', async () => {
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }),
      fc.string().map((text) => Buffer.from(text)),
    );
    const prefixes = [
      '',
      'POST /v1/request HTTP/1.1\r\nhost: q\r\ncontent-length: 100\r\n\r\n',
      'GET /v1/',
      'POST /v1/socket?name=noise HTTP/1.1\r\nhost: q\r\ncontent-length: 99999\r\n\r\n',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...prefixes), chunk, async (prefix, bytes) => {
        await raw(socket, Buffer.concat([Buffer.from(prefix), bytes]), 2);
      }),
      { seed: 2, numRuns: 100 },
    );
    await until(
      'the sockets gone',
      async () => ((await steady.names()).length === 3 ? true : undefined),
      3000,
    );
    await steady.lives();
  });

  it('random values in the place of a request', async () => {
    const word = fc.constantFrom(
      'transaction',
      'add',
      'path',
      'counter',
      'bind',
      'in',
      'show',
      '__proto__',
      'link',
    );
    const key = fc.constantFrom(
      'op',
      'do',
      'name',
      'actions',
      'type',
      'config',
      'graph',
      'upper',
      'lower',
      'link',
      'blocks',
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        word,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    const before = await steady.graph();
    const request = fc.record(
      { op: fc.constantFrom('transaction', 'apply', 'show', 'list'), actions: tree, graph: tree },
      { requiredKeys: ['op'] },
    );
    await fc.assert(
      fc.asyncProperty(request, async (value) => {
        const { code } = await post(socket, JSON.stringify({ ...value, dryRun: true }));
        expect(code).not.toBe('internal');
      }),
      { seed: 3, numRuns: 300 },
    );
    expect(await steady.graph()).toEqual(before);
  });

  it('two hundred clients at once', async () => {
    const clients = Array.from({ length: 200 }, (_, i) =>
      new ControlClient(socket).request<unknown[]>(
        i % 2
          ? { op: 'list' }
          : { op: 'transaction', actions: [add(`many${i}`), { do: 'rm', name: `many${i}` }] },
      ),
    );
    expect((await Promise.all(clients)).length).toBe(200);
    await steady.lives();
  });

  it('ten thousand blocks made and removed while frames flow', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => `b${i}`);
    await steady.daemon.change(...many.map((name) => add(name)));
    await steady.lives();
    await steady.daemon.change(...many.map((name): ActionInput => ({ do: 'rm', name, mode: 'force' })));
    expect(await steady.names()).toEqual(['in', 'out', 'path']);
  });
});
