// needs: root ip
// Bad requests at the control socket (issue 2, must show 6): each a clear error, and the traffic notices nothing.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActionInput } from '../../src/control/actions.js';
import { add, addresses, badFilters, badNames, malformed, refusals, streams } from './bad-input.js';
import { post, Steady } from './steady.js';

const steady = new Steady();
let socket = '';

beforeAll(async () => {
  await steady.start();
  socket = steady.lab.socket('middle');
  execFileSync('mkfifo', [PIPE]);
});
afterAll(() => steady.finish());

const refused = (actions: unknown, extra = {}) =>
  post(socket, JSON.stringify({ op: 'transaction', actions, ...extra }));
const PIPE = join(steady.lab.directory, 'pipe');
/** Nested `depth` times. */
const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('requests that are not understood', () => {
  it.each(malformed)('%s', async (_, body, text) => {
    expect(await post(socket, body)).toMatchObject({
      status: 400,
      code: 'bad-request',
      message: expect.stringMatching(text),
    });
  });

  it('too many actions, too long a body, too deep a nesting', async () => {
    const actions = Array.from({ length: 10_001 }, (_, i) => ({ do: 'rm', name: `x${i}` }));
    expect((await refused(actions)).message).toMatch(/at most 10000 actions/);
    expect((await post(socket, 'x'.repeat(10 << 20))).message).toMatch(/longer than 8388608 bytes/);
    expect((await post(socket, nest(1_000_000))).message).toMatch(/nested deeper/);
    const deep = `{"do":"notify","from":"path","event":"deep","payload":${nest(5000)}}`;
    expect((await post(socket, `{"op":"transaction","actions":[${deep}]}`)).message).toMatch(/nested deeper/);
    await steady.daemon.client.request({ op: 'show-all' });
  });

  it.each(addresses)('%s %s', async (method, path) => {
    const answer = await post(socket, '', path, method);
    expect(answer).toMatchObject({ status: 400, code: 'bad-request' });
    expect(answer.message).toMatch(
      /is not part of this API|whole number|name a block|no address|give the socket/,
    );
  });

  it.each(streams)('%s', async (path, method, status, text) => {
    expect(await post(socket, '', path, method)).toMatchObject({
      status,
      message: expect.stringMatching(text),
    });
    expect(await steady.names()).toEqual(['in', 'out', 'path']);
  });

  it.each(refusals(PIPE))('%s', async (_, actions, code, text) => {
    const before = await steady.graph();
    expect(await refused(actions)).toMatchObject({ code, message: expect.stringMatching(text) });
    // A rehearsal opens no link, so it cannot know of their faults.
    if (!/link|capture/.test(String(text))) {
      expect(await refused(actions, { dryRun: true })).toMatchObject({ code });
    }
    expect(await steady.graph()).toEqual(before);
  });

  it.each(badNames)('the name %j', async (name) => {
    const answer = await refused([add(name)]);
    expect(answer.code).toMatch(/bad-name|bad-request/);
    expect(answer.message).toMatch(/block name .*: use letters, digits|name: Too (small|big)/);
  });

  it('names of JavaScript are names like others', async () => {
    const odd = ['constructor', 'toString', 'hasOwnProperty', 'prototype'];
    await steady.daemon.change(...odd.map((name) => add(name)));
    const graph = await steady.daemon.client.request<Record<string, unknown>>({ op: 'graph' });
    expect(await steady.daemon.client.request({ op: 'apply', graph, dryRun: true } as never)).toMatchObject({
      actions: [],
    });
    const lost = { blocks: {}, bindings: ['valueOf on constructor'] };
    expect((await post(socket, JSON.stringify({ op: 'apply', graph: lost }))).message).toMatch(
      /no block "valueOf"/,
    );
    await steady.daemon.change(...odd.map((name): ActionInput => ({ do: 'rm', name })));
    expect((await refused([add('__proto__')])).code).toBe('bad-name');
  });

  it.each(badFilters)('a filter of %s', async (_, filter) => {
    const answer = await refused([add('x', 'bpf', { filter })]);
    expect(answer).toMatchObject({
      status: 409,
      code: 'bad-config',
      message: expect.stringMatching(/^x.*filter/),
    });
  });

  it('a filter of 4096 instructions fits into a query', async () => {
    const filter = `${'{ 0x15, 255, 255, 0xffffffff }, '.repeat(4095)}{ 0x06, 0, 0, 0 }`;
    const answer = await post(socket, '', `/v1/trace?filter=${encodeURIComponent(filter)}`, 'GET');
    expect(answer.message).toMatch(/filter.*jump|jump.*filter/i);
  });
});
