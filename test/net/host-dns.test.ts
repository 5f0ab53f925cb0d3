// needs: ip dnsmasq
// Names found by asking a real server over our own UDP and TCP.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { QuipuHost } from '../../src/api/host/host.js';
import { resultOf, root, until } from './lab.js';
import { firstLine, ip, Rig } from './links-support.js';

let rig: Rig;
let host: QuipuHost;
const directory = mkdtempSync(join(tmpdir(), 'quipu-dns-'));

/** Addresses of big.test: more than a datagram of 1232 bytes carries. */
const MANY = 120;

beforeAll(async () => {
  rig = new Rig({ v6: true });
  host = rig.open(
    rig.a,
    () =>
      new QuipuHost({
        name: 'h1',
        links: [
          {
            ...{ name: 'eth0', link: { kind: 'tap', device: 'q0' }, mac: '02:00:00:00:00:01' },
            ...{ ipv6: 'off', check: 'off', addresses: ['10.9.0.2/24', 'fd98::2/64'] },
          },
        ],
        hosts: '10.9.0.77 listed.test # not asked for\n',
        // Nobody is at the first one.
        resolver: { servers: ['10.9.0.1:54', 'fd98::1'], search: ['test'], timeout: 20_000 },
      }),
  );
  ip('-n', rig.a, 'addr', 'add', '10.9.0.1/24', 'dev', 'q0');
  ip('-n', rig.a, 'addr', 'add', 'fd98::1/64', 'dev', 'q0', 'nodad');
  ip('-n', rig.a, 'link', 'set', 'q0', 'up');
  rig.in(rig.a, 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/icmp_ratelimit');
  const big = Array.from({ length: MANY }, (_, i) => `10.1.0.${i + 1} big.test\n`);
  const more = ['10.9.0.1 www.test', 'fd98::1 www.test', '10.9.0.1 four.test', '10.9.7.1 web.test'];
  writeFileSync(join(directory, 'hosts'), `${big.join('')}${more.join('\n')}\n`);
  const log = [
    '--log-facility=-',
    '--keep-in-foreground',
    '--user=root',
    '--pid-file',
    '--conf-file=/dev/null',
  ];
  const zone = ['--no-resolv', '--no-hosts', '--local=/test/', '--cname=alias.test,www.test'];
  const server = rig.spawnIn(
    rig.a,
    ...['sh', '-c', `exec dnsmasq ${[...log, ...zone].join(' ')} --addn-hosts=${directory}/hosts 2>&1`],
  );
  await until('the server', async () => ((await firstLine(server)).includes('started') ? true : undefined));
  const page = `const serve = (where, done) =>
    require('http').createServer((q, r) => r.end(q.socket.remoteAddress)).listen(where, done);
serve({ port: 8000, host: '0.0.0.0' }, () =>
  serve({ port: 8006, host: '::', ipv6Only: true }, () => console.log('ready')));`;
  await firstLine(rig.spawnIn(rig.a, process.execPath, '-e', page));
});

afterAll(() => {
  host?.close();
  rig?.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Found {
  readonly address: string;
  readonly family: number;
}

const lookup = (name: string, family = 0) =>
  new Promise<Found[] | NodeJS.ErrnoException>((resolve) => {
    host.sockets.lookup(name, { family, all: true }, (error, found) =>
      resolve(error ?? (found as unknown as Found[])),
    );
  });

test('addresses of both families, of one, of an alias, and by a search domain', async () => {
  const both = [
    { address: '10.9.0.1', family: 4 },
    { address: 'fd98::1', family: 6 },
  ];
  expect(await lookup('www.test')).toEqual(both);
  expect(await lookup('four.test')).toEqual([both[0]]);
  expect(await lookup('www.test', 6)).toEqual([both[1]]);
  expect(await lookup('ALIAS.test', 4)).toEqual([both[0]]);
  expect(await lookup('www')).toEqual(both);
  expect(await lookup('listed.test')).toEqual([{ address: '10.9.0.77', family: 4 }]);
});

test('an answer that fits no datagram comes by TCP', async () => {
  const found = await lookup('big.test', 4);
  const expected = Array.from({ length: MANY }, (_, i) => `10.1.0.${i + 1}`);
  expect(Array.isArray(found) && found.map(({ address }) => address).sort()).toEqual(expected.sort());
});

test('no such name, no such address, and a server that refuses', async () => {
  expect(await lookup('nobody.test')).toMatchObject({ code: 'ENOTFOUND', hostname: 'nobody.test' });
  expect(await lookup('four.test', 6)).toMatchObject({ code: 'ENOTFOUND', syscall: 'getaddrinfo' });
  expect(await lookup('www.example.')).toMatchObject({ code: 'EAI_AGAIN', errno: -3001 });
});

test('connections and datagrams to names: IPv4 is refused, IPv6 is tried', async () => {
  const failures: unknown[] = [];
  const socket = host.connect({ host: 'www.test', port: 8006 });
  socket.on('connectionAttemptFailed', (...told: unknown[]) => failures.push(told.slice(0, 3)));
  await once(socket, 'connect');
  expect([socket.remoteAddress, failures]).toEqual(['fd98::1', [['10.9.0.1', 8006, 4]]]);
  socket.destroy();
  const udp = host.udp('udp4');
  const failed = new Promise((resolve) =>
    udp.send('x', 9, 'nobody.test', (error: Error | null) => resolve(error)),
  );
  expect(await failed).toMatchObject({ code: 'ENOTFOUND' });
  await new Promise<void>((resolve, reject) => {
    udp.send('x', 9, 'www.test', (error: Error | null) => (error ? reject(error) : resolve()));
  });
  udp.close();
});

test('a program put on a host by quipu/register finds names by that host', async () => {
  const config = join(directory, 'host.yaml');
  writeFileSync(
    config,
    `name: h2
links:
  - name: tap
    link: { kind: tap, device: tapr }
    mac: 02:00:00:00:00:72
    addresses: [10.9.7.2/24]
    ipv6: off
resolver: { servers: [10.9.7.1], search: [test], timeout: 20000 }
`,
  );
  const register = join(root, 'dist/api/register/register.js');
  const program = join(root, 'test/net/tools/programs/names.js');
  const node = [process.execPath, '--import', register, program, 'http://web.test:8000/'];
  const done = resultOf(rig.spawnIn(rig.a, 'env', `QUIPU_HOST_CONFIG=${config}`, ...node));
  await until('the device', () => (ip('-n', rig.a, '-br', 'link').includes('tapr') ? true : undefined));
  ip('-n', rig.a, 'addr', 'add', '10.9.7.1/24', 'dev', 'tapr');
  ip('-n', rig.a, 'link', 'set', 'tapr', 'up');
  const { code, stdout } = await done;
  expect(stdout.split('\n')).toEqual([
    ...['200 10.9.7.2', '[{"address":"10.9.7.1","family":4}]', 'ENOTFOUND getaddrinfo nobody.test'],
    ...['found 10.9.0.1 4', ''],
  ]);
  expect(code).toBe(0);
});
