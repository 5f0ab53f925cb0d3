// needs: ping
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { difference, Lab, resultOf, snmp, type TestDaemon, until } from './lab.js';

/**
 * A host inside, whose network the one outside does not know; between them both kinds of NAT on one address:
 *
 *     inside 10.9.0.2 ── in ─ web (destination-nat) ─ nat (source-nat) ─ out ── 203.0.113.2 outside
 *
 * MAC addresses are not rewritten: each host has the other's as that of its neighbour.
 */
const lab = new Lab();
let node: TestDaemon;
const SIZE = 3_000_000;
const HASH = createHash('sha256').update(Buffer.alloc(SIZE).fill('all the wool of the Andes ')).digest('hex');

beforeAll(async () => {
  lab.host('inside', 'node', 'outside');
  lab.cable('inside', 'eth0', 'node', 'in');
  lab.cable('node', 'out', 'outside', 'eth0');
  lab.run('inside', 'ip', 'addr', 'add', '10.9.0.2/24', 'dev', 'eth0');
  lab.run('outside', 'ip', 'addr', 'add', '203.0.113.2/24', 'dev', 'eth0');
  const mac = (host: string) => lab.run(host, 'cat', '/sys/class/net/eth0/address').trim();
  const neighbour = (host: string, address: string, lladdr: string) =>
    lab.run(host, 'ip', 'neigh', 'add', address, 'lladdr', lladdr, 'dev', 'eth0', 'nud', 'permanent');
  neighbour('inside', '10.9.0.1', mac('outside'));
  neighbour('outside', '203.0.113.1', mac('inside'));
  lab.run('inside', 'ip', 'route', 'add', 'default', 'via', '10.9.0.1');
  node = await lab.daemon('node');
  const link = (name: string) =>
    ({
      do: 'add',
      name,
      type: 'ethernet',
      config: { link: name, promiscuous: true, exclusive: true },
    }) as const;
  const connect = (from: string, port: string, to: string) => ({ do: 'connect', from, port, to }) as const;
  await node.change(
    link('in'),
    link('out'),
    {
      do: 'add',
      name: 'nat',
      type: 'source-nat',
      config: { address: '203.0.113.1', outward: 'address', unmapped: 'pass' },
    },
    {
      do: 'add',
      name: 'web',
      type: 'destination-nat',
      config: { rules: '203.0.113.1:80/tcp -> 10.9.0.2:8080' },
    },
    connect('in', 'ingress', 'web'),
    connect('web', 'ingress', 'nat'),
    connect('nat', 'ingress', 'out'),
    connect('out', 'ingress', 'nat'),
    connect('nat', 'egress', 'web'),
    connect('web', 'egress', 'in'),
  );
});
afterAll(() => lab.close());

/** Starts a program of Node and waits for its first line, `ready`. */
function serve(host: string, source: string): Promise<void> {
  const child = lab.start(host, [process.execPath, '-e', source]);
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.on('exit', (code) => reject(new Error(`server ended with ${code}`)));
  });
}

/** Runs a program of Node to its end and answers what it wrote. */
async function run(host: string, source: string): Promise<string> {
  const { stdout, stderr } = await resultOf(lab.start(host, [process.execPath, '-e', source]));
  return stdout + stderr;
}

/** Sends to every client its address and port, a line feed and the data. */
const sender = (port: number) => `
  const data = Buffer.alloc(${SIZE}).fill('all the wool of the Andes ');
  require('net').createServer((socket) => {
    socket.on('error', () => {});
    socket.write(socket.remoteAddress + '\\n');
    socket.end(data);
  }).listen(${port}, '0.0.0.0', () => console.log('ready'));`;
const fetcher = (address: string, port: number) => `
  const parts = [];
  require('net').connect(${port}, '${address}')
    .on('data', (part) => parts.push(part))
    .on('error', (error) => console.log(error.code))
    .on('end', () => {
      const all = Buffer.concat(parts), at = all.indexOf(10);
      const hash = require('crypto').createHash('sha256').update(all.subarray(at + 1)).digest('hex');
      console.log(all.subarray(0, at).toString(), hash);
    });`;

test('a TCP transfer: the server sees the outside address, the bytes are the same', async () => {
  await serve('outside', sender(9000));
  expect(await run('inside', fetcher('203.0.113.2', 9000))).toBe(`203.0.113.1 ${HASH}\n`);
  const { counters, details } = await until('both FINs', async () => {
    const view = await node.show('nat');
    return view.details?.established === 0 ? view : undefined;
  });
  expect(counters).toMatchObject({ created: 1, expired: 0 });
  expect(details).toMatchObject({ mappings: 1, opening: 1 });
});

test('a TCP transfer from outside to the server inside, by the rule', async () => {
  await serve('inside', sender(8080));
  expect(await run('outside', fetcher('203.0.113.1', 80))).toBe(`203.0.113.2 ${HASH}\n`);
});

test('a UDP echo', async () => {
  await serve(
    'outside',
    `const socket = require('dgram').createSocket('udp4');
     socket.on('message', (text, from) => socket.send(text + ' from ' + from.address, from.port, from.address));
     socket.bind(9001, () => console.log('ready'));`,
  );
  const client = `
    const socket = require('dgram').createSocket('udp4');
    socket.on('message', (text) => { console.log(text.toString()); process.exit(); });
    setInterval(() => socket.send('hello', 9001, '203.0.113.2'), 500);
    socket.send('hello', 9001, '203.0.113.2');`;
  expect(await run('inside', client)).toBe('hello from 203.0.113.1\n');
});

test('an ICMP error finds the socket that it is about', async () => {
  const client = `
    const socket = require('dgram').createSocket('udp4');
    socket.on('error', (error) => { console.log(error.code); process.exit(); });
    socket.connect(9, '203.0.113.2', () => setInterval(() => socket.send('x'), 100));`;
  expect(await run('inside', client)).toBe('ECONNREFUSED\n');
});

test('ping', async () => {
  const command = ['ping', '-c', '3', '-i', '0.2', '-W', '20', '203.0.113.2'];
  const { stdout } = await resultOf(lab.start('inside', command));
  expect(stdout).toContain(' 3 received');
  expect(snmp(lab.run('outside', 'cat', '/proc/net/snmp'), 'Icmp', 'InEchos')).toBe(3);
});

test('the account is right at the end', async () => {
  const status = await node.down();
  expect(status.totals.in).toBeGreaterThan(1000);
  expect(difference(status)).toBe(0);
});
