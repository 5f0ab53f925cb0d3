// needs: ping traceroute curl
// examples/ip-router.yaml between two Linux hosts: pings, fragments, path MTU, traceroute, recorded routes, HTTP. The kernel of
// the router's own namespace gets none of it.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BlockView } from '../../src/control/views.js';
import { difference, Lab, resultOf, root, snmp, type TestDaemon } from './lab.js';

const MTU = 1400;
const lab = new Lab();
let daemon: TestDaemon;

beforeAll(async () => {
  lab.host('a', 'router', 'b');
  lab.cable('a', 'v0', 'router', 'eth0');
  lab.cable('router', 'eth1', 'b', 'v0');
  for (const i of [0, 1]) {
    lab.run('router', 'ip', 'link', 'set', `eth${i}`, 'address', `02:00:00:00:01:0${i}`);
    const host = i === 0 ? 'a' : 'b';
    lab.run(host, 'ip', 'addr', 'add', `10.0.${i}.2/24`, 'dev', 'v0');
    lab.run(host, 'ip', 'route', 'add', 'default', 'via', `10.0.${i}.1`);
  }
  // As it stands, but that the second network takes shorter packets.
  const example = readFileSync(join(root, 'examples/ip-router.yaml'), 'utf8');
  const file = join(lab.directory, 'router.yaml');
  writeFileSync(file, example.replace(/(eth1\..*mtu: )1500/g, `$1${MTU}`));
  daemon = await lab.daemon('router', '--bare');
  const { code, stderr } = await lab.tool('router', 'quipu', ['apply', file]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
afterAll(() => lab.close());

/** Output of a command in host a, whether it succeeds or not. */
async function inA(...command: string[]): Promise<string> {
  const { stdout, stderr } = await resultOf(lab.start('a', command));
  return stdout + stderr;
}
const counters = async (name: string) => (await daemon.show(name)).counters as BlockView['counters'];

it('pings, small ones and such as are cut by the sender and by the router', async () => {
  expect(await inA('ping', '-q', '-c', '50', '-i', '0.01', '-W', '10', '10.0.1.2')).toContain(
    ' 0% packet loss',
  );
  expect(await inA('ping', '-q', '-c', '5', '-i', '0.05', '-W', '10', '-s', '3000', '10.0.1.2')).toContain(
    ' 0% packet loss',
  );
  expect(await counters('eth1.cut')).toMatchObject({ fragmented: 10, fragments: 20 });
  expect(await counters('eth0.cut')).toMatchObject({ fragmented: 0 });
  const ttl = /ttl=(\d+)/.exec(await inA('ping', '-c', '1', '-W', '10', '10.0.1.2'));
  expect(ttl?.[1]).toBe('63');
});

it('a packet that is too long and must not be cut: the sender learns the MTU', async () => {
  const told = await inA('ping', '-c', '1', '-W', '10', '-M', 'do', '-s', '1472', '10.0.1.2');
  expect(told).toMatch(new RegExp(`From 10\\.0\\.0\\.1 .*Frag needed.*mtu = ${MTU}`, 'i'));
  expect(lab.run('a', 'ip', 'route', 'get', '10.0.1.2')).toContain(`mtu ${MTU}`);
  const fits = await inA('ping', '-q', '-c', '1', '-W', '10', '-M', 'do', '-s', `${MTU - 28}`, '10.0.1.2');
  expect(fits).toContain(' 0% packet loss');
});

it('traceroute shows the router, then the host', async () => {
  const hops = (await inA('traceroute', '-n', '-q', '1', '-N', '1', '-w', '10', '10.0.1.2'))
    .trim()
    .split('\n')
    .slice(1);
  expect(hops.map((line) => line.trim().split(/\s+/).slice(0, 2))).toEqual([
    ['1', '10.0.0.1'],
    ['2', '10.0.1.2'],
  ]);
});

it('records its addresses in the route', async () => {
  const route = await inA('ping', '-c', '1', '-W', '10', '-R', '10.0.1.2');
  expect(route.match(/10\.0\.\d\.\d(?=\s*$)/gm)).toEqual(
    expect.arrayContaining(['10.0.1.1', '10.0.1.2', '10.0.0.1']),
  );
});

it('says which networks and hosts cannot be reached', async () => {
  expect(await inA('ping', '-c', '1', '-W', '20', '203.0.113.1')).toMatch(
    /From 10\.0\.0\.1 .*Net Unreachable/i,
  );
  expect(await inA('ping', '-c', '1', '-W', '20', '10.0.1.77')).toMatch(
    /From 10\.0\.0\.1 .*Host Unreachable/i,
  );
});

it('HTTP transfers of 8 MB, either way, arrive whole', async () => {
  const body = Buffer.alloc(8 << 20);
  for (let i = 0, x = 1; i < body.length; i += 4) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    body.writeInt32LE(x, i);
  }
  const file = join(lab.directory, 'body');
  writeFileSync(file, body);
  const digest = createHash('sha256').update(body).digest('hex');
  const server = `const { readFileSync } = require('node:fs');
require('node:http').createServer((_, answer) => answer.end(readFileSync(${JSON.stringify(file)})))
  .listen(8080, () => console.log('ready'));`;
  for (const [from, to, address] of [
    ['b', 'a', '10.0.1.2'],
    ['a', 'b', '10.0.0.2'],
  ]) {
    const child = lab.start(from, [process.execPath, '-e', server]);
    await new Promise((resolve) => createInterface({ input: child.stdout! }).once('line', resolve));
    const fetched = join(lab.directory, `to-${to}`);
    lab.run(to, 'curl', '-sS', '--max-time', '100', '-o', fetched, `http://${address}:8080/`);
    expect(createHash('sha256').update(readFileSync(fetched)).digest('hex')).toBe(digest);
    child.kill();
  }
}, 240_000);

it('the ledger is clean, the account right, and the kernel was left out', async () => {
  const status = await daemon.status();
  // A slow machine may lose frames before the router sees them, or at a full queue: TCP has sent them again.
  const other = status.drops.filter(({ reason }) => reason !== 'ring-loss' && reason !== 'queue-full');
  expect(other).toEqual([]);
  expect(difference(status)).toBe(0);
  expect(snmp(lab.run('router', 'cat', '/proc/net/snmp'), 'Ip', 'InReceives')).toBe(0);
  const final = await daemon.down();
  expect(final.pool.free).toBe(final.pool.size);
});
