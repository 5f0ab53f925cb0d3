// needs: root ip ping python3
// Hosts that run in a daemon, and one in a program of its own: what is changed by their control sockets is so on the wire.
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ControlClient } from '../../src/control/client.js';
import type { GraphDocument } from '../../src/control/graph-document.js';
import type { HostRequestInput, HostRow, HostView, SocketRow } from '../../src/control/host-words.js';
import { hostSocketPath } from '../../src/control/socket-path.js';
import type { BlockView } from '../../src/control/views.js';
import { Lab, resultOf, root, type TestDaemon, until } from './lab.js';

const lab = new Lab();
const socket = lab.socket('linux');
const h1 = hostSocketPath(socket, 'h1');
let daemon: TestDaemon;

const configOf = (name: string, device: string, network: string) => ({
  name,
  links: [
    {
      ...{
        name: 'tap',
        link: { kind: 'tap', device },
        mac: '02:00:00:00:00:61',
        addresses: [`${network}.2/24`],
      },
      ...{ ipv6: 'off', check: 'off' },
    },
  ],
});

/** Starts a host in the daemon, on a device of which Linux has the other end. */
async function start(name = 'h1', device = 'taph', network = '10.9.8'): Promise<HostRow> {
  const row = await daemon.client.hosts<HostRow>({ op: 'start', config: configOf(name, device, network) });
  lab.run('linux', 'ip', 'addr', 'add', `${network}.1/24`, 'dev', device);
  return row;
}

const ask = <T>(request: HostRequestInput) => new ControlClient(h1).host<T>(request);

/** Whether Linux hears of an address of the host's. */
function pings(address: string, ...options: string[]): boolean {
  try {
    lab.run('linux', 'ping', '-q', '-c', '1', '-W', '0.4', ...options, address);
    return true;
  } catch {
    return false;
  }
}

const answers = (address: string, ...options: string[]) =>
  until(`an answer from ${address}`, () => pings(address, ...options) || undefined);

beforeAll(async () => {
  lab.host('linux');
  daemon = await lab.daemon('linux');
});
afterAll(() => lab.close());

describe('a host of the daemon', () => {
  beforeAll(async () => {
    expect(await start()).toMatchObject({
      name: 'h1',
      socket: h1,
      links: ['tap'],
      addresses: ['10.9.8.2/24'],
    });
  });

  test('is there for Linux, and for fbctl by its socket', async () => {
    expect(statSync(h1).mode & 0o777).toBe(0o600);
    await answers('10.9.8.2');
    const { stdout, code } = await lab.tool('linux', 'fbctl', ['list', '--socket', h1]);
    expect(stdout).toContain('h1.ip-deliver');
    expect(code).toBe(0);
    expect(await daemon.client.hosts<HostRow[]>({ op: 'list' })).toMatchObject([
      { name: 'h1', addresses: ['10.9.8.2/24'] },
    ]);
  });

  test('a graph that was shown and is applied changes nothing, and a chain is tied to a hook point', async () => {
    const shown = await lab.tool('linux', 'quipu', ['show', 'graph', '--socket', h1]);
    const file = join(lab.directory, 'graph.yaml');
    writeFileSync(file, shown.stdout);
    const applied = await lab.tool('linux', 'quipu', ['apply', file, '--socket', h1, '--json']);
    expect(JSON.parse(applied.stdout)).toMatchObject({ actions: [] });
    const client = new ControlClient(h1);
    await client.request({
      op: 'transaction',
      actions: [
        { do: 'add', name: 'knot', type: 'counter' },
        { do: 'disconnect', from: 'h1.local-in', port: 'ingress' },
        { do: 'connect', from: 'h1.local-in', port: 'ingress', to: 'knot' },
        { do: 'connect', from: 'knot', port: 'ingress', to: 'h1.ip-deliver' },
      ],
    });
    await answers('10.9.8.2');
    const { counters } = await client.request<BlockView>({ op: 'show', name: 'knot' });
    expect(counters.packets).toBeGreaterThan(0);
  });

  test('an address that is added answers, and one that is removed does not', async () => {
    await ask({ op: 'address-add', interface: 'tap', address: '10.9.8.3/24', check: 'off' });
    await answers('10.9.8.3');
    await ask({ op: 'address-remove', interface: 'tap', address: '10.9.8.3' });
    expect(pings('10.9.8.3')).toBe(false);
  });

  test('packets take a route that is added', async () => {
    lab.run('linux', 'ip', 'addr', 'add', '192.0.2.1/32', 'dev', 'lo');
    expect(pings('10.9.8.2', '-I', '192.0.2.1')).toBe(false);
    await ask({ op: 'route-add', to: '192.0.2.0/24', via: '10.9.8.1' });
    await answers('10.9.8.2', '-I', '192.0.2.1');
    await ask({ op: 'route-remove', to: '192.0.2.0/24' });
    expect(pings('10.9.8.2', '-I', '192.0.2.1')).toBe(false);
  });

  test('a neighbour that is set by hand is believed', async () => {
    await ask({ op: 'neighbour-add', interface: 'tap', address: '10.9.8.1', mac: '02:00:00:00:00:99' });
    expect(pings('10.9.8.2')).toBe(false);
    await ask({ op: 'neighbour-remove', interface: 'tap', address: '10.9.8.1' });
    await answers('10.9.8.2');
  });

  test('a link that is removed goes, and comes back with the graph', async () => {
    const client = new ControlClient(h1);
    const graph = await client.request<GraphDocument>({ op: 'graph' });
    await client.request({ op: 'transaction', actions: [{ do: 'rm', name: 'tap', mode: 'force' }] });
    expect(lab.run('linux', 'ip', '-br', 'link')).not.toContain('taph');
    await client.request({ op: 'apply', graph });
    lab.run('linux', 'ip', 'addr', 'add', '10.9.8.1/24', 'dev', 'taph');
    await answers('10.9.8.2');
  });

  test('what a configuration has against it comes back to whoever starts it', async () => {
    const again = daemon.client.hosts({ op: 'start', config: configOf('h1', 'other', '10.9.9') });
    await expect(again).rejects.toMatchObject({ code: 'name-taken' });
    const wrong = daemon.client.hosts({ op: 'start', config: { name: 'h2', links: [{ name: 'x' }] } });
    await expect(wrong).rejects.toThrow('links.0.link');
    const taken = daemon.client.hosts({ op: 'start', config: configOf('h2', 'taph', '10.9.9') });
    await expect(taken).rejects.toThrow('taph');
    // The name of one that failed is free.
    await start('h2', 'tapi', '10.9.9');
    await daemon.client.hosts({ op: 'stop', name: 'h2' });
    expect(existsSync(hostSocketPath(socket, 'h2'))).toBe(false);
    await expect(daemon.client.hosts({ op: 'stop', name: 'h2' })).rejects.toThrow('those that run: h1');
    await expect(daemon.client.host({ op: 'show' })).rejects.toThrow('a daemon’s socket');
  });

  test('after a daemon that was killed the next one cleans up', async () => {
    await daemon.kill('SIGKILL');
    expect(existsSync(h1)).toBe(true);
    daemon = await lab.daemon('linux');
    expect(daemon.log).toContain(`removed the socket file ${h1} of a host that is gone`);
    expect(existsSync(h1)).toBe(false);
    expect(await daemon.client.hosts({ op: 'list' })).toEqual([]);
  });

  test('hosts end with the daemon', async () => {
    await start();
    expect((await daemon.down()).pool).toMatchObject({ size: 4096, free: 4096 });
    expect(existsSync(h1)).toBe(false);
    expect(lab.run('linux', 'ip', '-br', 'link')).not.toContain('taph');
  });
});

test('a program’s host has a control socket, which does not keep the program alive', async () => {
  const control = join(lab.directory, 'program.sock');
  const config = join(lab.directory, 'host.yaml');
  writeFileSync(config, JSON.stringify({ ...configOf('p1', 'tapp', '10.9.10'), control }));
  const echo = `const server = require('node:net').createServer((socket) => {
    socket.pipe(socket);
    server.close();
  }).listen(7);`;
  const register = join(root, 'dist/api/register/register.js');
  const program = lab.start('linux', [
    ...['env', `QUIPU_HOST_CONFIG=${config}`, process.execPath, '--import', register, '-e', echo],
  ]);
  const done = resultOf(program);
  const client = new ControlClient(control);
  await until('the listener', async () => {
    const rows = await client.host<SocketRow[]>({ op: 'sockets' }).catch(() => []);
    return rows.some(({ state }) => state === 'listen') || undefined;
  });
  lab.run('linux', 'ip', 'addr', 'add', '10.9.10.1/24', 'dev', 'tapp');
  const caller = `import socket
s = socket.create_connection(('10.9.10.2', 7))
s.sendall(bytes(100000)); n = 0
while n < 100000: n += len(s.recv(65536))
print(n, flush=True); input()`;
  const call = lab.start('linux', ['python3', '-c', caller]);
  const called = resultOf(call);
  const row = await until('the connection', async () => {
    const rows = await client.host<SocketRow[]>({ op: 'sockets' });
    return rows.find(({ info }) => info?.bytesIn === 100_000 && info.bytesOut === 100_000);
  });
  expect(row).toMatchObject({
    state: 'established',
    local: { address: '10.9.10.2', port: 7 },
    receiveQueue: 0,
  });
  expect(row.info).toMatchObject({ congestion: 'cubic', options: ['timestamps', 'sack', 'window-scaling'] });
  const view = await client.host<HostView>({ op: 'show' });
  expect(view.neighbours).toMatchObject([
    { address: '10.9.10.1', state: expect.stringMatching(/reachable|stale|delay/) },
  ]);
  // A client that listens for good does not keep it either.
  const tap = await client.stream('/v1/log', { follow: 1 });
  tap.on('error', () => {}).resume();
  call.stdin?.end('\n');
  expect(await called).toMatchObject({ code: 0, stdout: '100000\n' });
  expect(await done).toMatchObject({ code: 0, stderr: '' });
});
