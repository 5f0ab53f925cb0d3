import { once } from 'node:events';
import { existsSync, linkSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ControlClient } from '../../../control/client.js';
import type { GraphDocument } from '../../../control/graph-document.js';
import type { HostView, SocketRow } from '../../../control/host-words.js';
import { paths } from '../../../control/protocol.js';
import type { TransactionReport } from '../../../control/service.js';
import type { BlockRow, BlockView, NodeStatus } from '../../../control/views.js';
import { type HostPair, hostPair } from '../../../testing/memory-hosts.js';

let folder: string;
let path: string;
/** Milliseconds that a slow machine may take for what is quick. */
const patient = { timeout: 10_000 };

let pair: HostPair;
let client: ControlClient;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quipu-host-'));
  path = join(folder, 'a.sock');
  pair = hostPair({}, path);
  client = new ControlClient(path);
  await pair.a.ready;
});

afterEach(() => {
  pair.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Ties a counter behind the hook point local-in. */
const counterIn = () =>
  client.request<TransactionReport>({
    op: 'transaction',
    actions: [
      { do: 'add', name: 'knot', type: 'counter' },
      { do: 'disconnect', from: 'a.local-in', port: 'ingress' },
      { do: 'connect', from: 'a.local-in', port: 'ingress', to: 'knot' },
      { do: 'connect', from: 'knot', port: 'ingress', to: 'a.ip-deliver' },
    ],
  });

async function log(): Promise<string> {
  let text = '';
  for await (const chunk of await client.stream(paths.log, { last: 100 })) text += String(chunk);
  return text;
}

/** Sends so many bytes from b to a; answers how many came. */
async function transfer(bytes: number, meanwhile: () => Promise<unknown> = async () => {}): Promise<number> {
  let came = 0;
  const server = pair.a.listen(7, (socket) => {
    socket.on('data', (chunk) => {
      came += chunk.length;
    });
    socket.on('end', () => socket.end());
  });
  const socket = pair.b.connect({ host: '10.0.0.1', port: 7 });
  await once(socket, 'connect');
  socket.write(Buffer.alloc(bytes >> 1));
  await meanwhile();
  socket.end(Buffer.alloc(bytes - (bytes >> 1)));
  socket.resume();
  await once(socket, 'close');
  server.close();
  return came;
}

describe('what a daemon serves for an engine', () => {
  test('list, show and status; the file is for its owner alone, and gone when the host is closed', async () => {
    const rows = await client.request<BlockRow[]>({ op: 'list' });
    expect(rows.map(({ name }) => name)).toContain('a.tcp');
    expect(await client.request<BlockView>({ op: 'show', name: 'a.tcp' })).toMatchObject({ type: 'tcp' });
    const status = await client.request<NodeStatus>({ op: 'status' });
    expect(status).toMatchObject({ blocks: rows.length, daemon: { socket: path, pid: process.pid } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    pair.a.close();
    expect(existsSync(path)).toBe(false);
    await expect(client.request({ op: 'list' })).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('its graph, applied again, changes nothing', async () => {
    const graph = await client.request<GraphDocument>({ op: 'graph' });
    expect(graph.blocks).toHaveProperty(['a.ip-route']);
    const report = await client.request<TransactionReport>({ op: 'apply', graph });
    expect(report.actions).toEqual([]);
  });

  test('a graph that lacks blocks of the host is refused, and one that has more is applied', async () => {
    const graph = await client.request<GraphDocument>({ op: 'graph' });
    const apply = (blocks: GraphDocument['blocks'], bindings: string[] = []) =>
      client.request<TransactionReport>({ op: 'apply', graph: { blocks, bindings, subscriptions: [] } });
    const alien = { knot: { type: 'counter', config: {} } };
    await expect(apply(alien)).rejects.toMatchObject({
      code: 'in-use',
      message: expect.stringContaining('a.pre-routing'),
    });
    const { 'a.tcp': _, ...rest } = graph.blocks;
    await expect(apply(rest)).rejects.toThrow('a.tcp');
    const { m, ...unlinked } = graph.blocks;
    expect(m.type).toBe('ethernet');
    await expect(apply(unlinked)).rejects.toThrow('(m)');
    const more = { ...graph.blocks, ...alien };
    expect((await apply(more, graph.bindings)).actions).toHaveLength(1);
    expect((await apply(graph.blocks, graph.bindings)).actions).toHaveLength(1);
  });

  test('a chain is tied between two blocks while TCP runs', async () => {
    expect(await transfer(1_000_000, counterIn)).toBe(1_000_000);
    const { counters } = await client.request<BlockView>({ op: 'show', name: 'knot' });
    expect(counters.packets).toBeGreaterThan(100);
    expect(await pair.b.ping('10.0.0.1', patient)).toMatchObject({ what: 'reply' });
  });

  test('a dry run leaves the host as it was, also of interfaces', async () => {
    const add = { do: 'add', name: 'a.x', type: 'interface', config: { host: 'a', name: 'x' } } as const;
    await client.request({ op: 'transaction', actions: [add], dryRun: true });
    const view = await client.host<HostView>({ op: 'show' });
    expect(view.interfaces.map(({ name }) => name)).toEqual(['lo', 'm']);
    await client.request({ op: 'transaction', actions: [add] });
    await client.request({ op: 'transaction', actions: [{ do: 'rm', name: 'a.x' }] });
    await client.request({ op: 'transaction', actions: [add] });
    const again = await client.host<HostView>({ op: 'show' });
    expect(again.interfaces.map(({ name, index }) => [name, index])).toEqual([
      ['lo', 0],
      ['m', 1],
      ['x', 2],
    ]);
  });

  test('nor does a dry run take over from the blocks that there are', async () => {
    const types = ['arp', 'ndp', 'ip-output', 'tcp', 'udp', 'icmp'];
    const actions = types.map(
      (type) => ({ do: 'add', name: `x-${type}`, type, config: { host: 'a' } }) as const,
    );
    await client.request({ op: 'transaction', actions, dryRun: true });
    expect(await pair.a.ping('10.0.0.2', patient)).toMatchObject({ what: 'reply' });
    expect(await transfer(1000)).toBe(1000);
  });

  test('what nobody confirms is taken back', async () => {
    const actions = [{ do: 'rm', name: 'a.icmp', mode: 'force' }] as const;
    await client.request({ op: 'transaction', actions: [...actions], confirmSeconds: 0.05 });
    await expect.poll(log, patient).toContain('rolled back: not confirmed in time');
    expect(await client.request<BlockView>({ op: 'show', name: 'a.icmp' })).toMatchObject({ type: 'icmp' });
    expect(await pair.b.ping('10.0.0.1', patient)).toMatchObject({ what: 'reply' });
  });

  test('a host that is closed makes what waits for confirmation final, and its pool whole', async () => {
    const actions = [{ do: 'rm', name: 'a.icmp', mode: 'force' }] as const;
    await client.request({ op: 'transaction', actions: [...actions], confirmSeconds: 60 });
    pair.a.close();
    expect(pair.a.engine.lifecycle.leaving.size).toBe(0);
    expect(pair.a.engine.pool.free).toBe(pair.a.engine.pool.size);
  });

  test('taps and traces', async () => {
    const tap = await client.stream(paths.tap, { target: 'a.ip-deliver' });
    const seen = once(tap, 'data');
    const trace = await client.stream(paths.trace, { count: 1, through: 'a.icmp' });
    const traced = once(trace, 'data');
    await pair.b.ping('10.0.0.1', patient);
    expect(((await seen)[0] as Buffer).readUInt32LE(0)).toBe(0x0a0d0d0a);
    expect(String((await traced)[0])).toContain('a.icmp');
    tap.on('error', () => {}); // it is cut
    const ended = new Promise((resolve) => tap.on('close', resolve));
    pair.a.close();
    await ended;
  });

  test('the log', async () => {
    await counterIn();
    expect(await log()).toContain('knot');
  });

  test('what only a daemon has is refused', async () => {
    for (const asked of [client.down(), client.hosts({ op: 'list' })]) {
      await expect(asked).rejects.toMatchObject({
        code: 'bad-request',
        message: expect.stringContaining('only a daemon'),
      });
    }
  });
});

describe('blocks that the host needs', () => {
  const remove = (name: string) =>
    client.request({ op: 'transaction', actions: [{ do: 'rm', name, mode: 'force' }] });

  test('without its TCP, connections end by an error, and there are no new ones', async () => {
    const server = pair.b.listen(7);
    await once(server, 'listening');
    const socket = pair.a.connect({ host: '10.0.0.2', port: 7 });
    await once(socket, 'connect');
    const failed = once(socket, 'error');
    await remove('a.tcp');
    expect((await failed)[0]).toMatchObject({ code: 'ECONNABORTED' });
    const late = pair.a.connect({ host: '10.0.0.2', port: 7 });
    expect((await once(late, 'error'))[0]).toMatchObject({ code: 'ENETDOWN' });
    expect((await once(pair.a.listen(8), 'error'))[0]).toMatchObject({ code: 'ENETDOWN', syscall: 'listen' });
    expect(await client.host<SocketRow[]>({ op: 'sockets' })).toEqual([]);
  });

  test('without its UDP and ICMP, who asks is told', async () => {
    await remove('a.udp');
    await remove('a.icmp');
    expect(await pair.a.ping('10.0.0.2', patient)).toMatchObject({ what: 'unsent', code: 'ENETUNREACH' });
    const socket = pair.a.udp('udp4');
    const error = await new Promise((resolve) => socket.send('x', 7, '10.0.0.2', resolve));
    expect(error).toMatchObject({ code: 'ENETUNREACH' });
    socket.close();
  });

  test('every one of them can be removed', async () => {
    const graph = await client.request<GraphDocument>({ op: 'graph' });
    for (const name of Object.keys(graph.blocks)) {
      await remove(name);
      await pair.b.ping('10.0.0.1', { timeout: 5 });
    }
    expect(await client.request({ op: 'list' })).toEqual([]);
    expect(await client.host<HostView>({ op: 'show' })).toMatchObject({ routes: [] });
  });
});

describe('the socket’s file', () => {
  test('that of a dead process is taken over', async () => {
    pair.a.close();
    const dead = createServer().listen(path);
    await once(dead, 'listening');
    // As a process leaves it that is killed.
    const kept = join(folder, 'kept');
    linkSync(path, kept);
    dead.close();
    await once(dead, 'close');
    renameSync(kept, path);
    const next = hostPair({}, path);
    await next.a.ready;
    expect(await client.request<BlockRow[]>({ op: 'list' })).not.toEqual([]);
    next.close();
  });

  test('somebody else’s is left alone', async () => {
    const other = hostPair({}, path);
    await expect(other.a.ready).rejects.toMatchObject({ code: 'name-taken' });
    other.close();
    expect(await client.request<BlockRow[]>({ op: 'list' })).not.toEqual([]);
    const file = join(folder, 'file');
    writeFileSync(file, 'text');
    const third = hostPair({}, file);
    await expect(third.a.ready).rejects.toThrow('is no socket, and left alone');
    third.close();
    expect(existsSync(file)).toBe(true);
  });

  test('a host that is closed before its socket is there leaves none', async () => {
    const file = join(folder, 'late.sock');
    const other = hostPair({}, file);
    other.close();
    await other.a.ready;
    expect(existsSync(file)).toBe(false);
  });
});
