// needs: ip python3 ping curl tcpdump tshark
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { QuipuHost } from '../../src/api/host/host.js';
import { resultOf, root, until } from './lab.js';
import { firstLine, ip, Rig } from './links-support.js';

// This kernel may lack its tunnel devices: a TUN device and raw sockets make the other end. What is inside is Linux's IP.

const directory = mkdtempSync(join(tmpdir(), 'quipu-tunnel-'));
const capture = join(directory, 'wire.pcap');
const body = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 5));
const sum = createHash('sha256').update(body).digest('hex');
let rig: Rig;
let host: QuipuHost;

/** Inside: both families, around: IPv4 and IPv6. */
const inside = ['10.82.0', 'fd82:', '10.83.0', 'fd83:'];
const ours = inside.map((net) => (net.includes(':') ? `${net}:2` : `${net}.2`));
const theirs = inside.map((net) => (net.includes(':') ? `${net}:1` : `${net}.1`));

beforeAll(async () => {
  rig = new Rig({ v6: true });
  const link = {
    ...{ name: 'q1', link: { kind: 'tap', device: 'q1' }, mac: '02:00:00:00:00:01', check: 'off' as const },
    addresses: ['10.81.0.2/24', 'fd81::2/64'],
  };
  const bits = (address: string) => `${address}/${address.includes(':') ? 64 : 24}`;
  const tunnels = [
    {
      ...{ name: 't4', local: '10.81.0.2', remote: '10.81.0.1', addresses: ours.slice(0, 2).map(bits) },
      routes: ['10.85.0.0/24'],
    },
    { name: 't6', local: 'fd81::2', remote: 'fd81::1', addresses: ours.slice(2).map(bits) },
  ];
  host = rig.open(rig.a, () => new QuipuHost({ name: 'h1', links: [link], tunnels }));
  ip('-n', rig.a, 'addr', 'add', '10.81.0.1/24', 'dev', 'q1');
  ip('-n', rig.a, 'addr', 'add', 'fd81::1/64', 'dev', 'q1', 'nodad');
  ip('-n', rig.a, 'addr', 'add', '10.85.0.1/32', 'dev', 'lo');
  ip('-n', rig.a, 'link', 'set', 'q1', 'up');
  await firstLine(rig.spawnIn(rig.a, 'sh', '-c', `exec tcpdump -U -i q1 -w ${capture} 2>&1`));
  for (const [i, { name, local, remote }] of tunnels.entries()) {
    const program = join(root, 'test/net/tools/ip-tunnel.py');
    await firstLine(rig.spawnIn(rig.a, 'python3', program, name, remote, local));
    for (const address of theirs.slice(2 * i, 2 * i + 2)) {
      const nodad = address.includes(':') ? ['nodad'] : [];
      ip('-n', rig.a, 'addr', 'add', bits(address), 'dev', name, ...nodad);
    }
    ip('-n', rig.a, 'link', 'set', name, 'mtu', String(name === 't4' ? 1480 : 1460), 'up');
  }
});

afterAll(() => {
  host?.close();
  rig?.close();
  rmSync(directory, { recursive: true, force: true });
});

const run = (...command: string[]) => resultOf(rig.spawnIn(rig.a, ...command));

test.each([0, 1, 2, 3])('echoes through the tunnel, both ways, short and in fragments: %i', async (i) => {
  for (const size of [0, 1400, 6000]) {
    const { stdout } = await run('ping', '-n', '-c', '1', '-W', '20', '-s', String(size), ours[i]);
    expect(stdout).toContain(' 0% packet loss');
    expect(await host.ping(theirs[i], { size, timeout: 20_000 })).toMatchObject({ what: 'reply', size });
  }
});

test('networks behind the other end are reached by their routes', async () => {
  expect(await host.ping('10.85.0.1', { timeout: 20_000 })).toMatchObject({ what: 'reply' });
});

test('TCP through the tunnels and beside them, both ways: equal hashes', async () => {
  const server = createServer((_request, response) => response.end(body));
  host.listen(80, (socket) => server.emit('connection', socket));
  const script = `import socket,hashlib
s=socket.create_server(("::",8000),family=socket.AF_INET6,dualstack_ipv6=True)
print("ready",flush=True)
while True:
  c,_=s.accept()
  h=hashlib.sha256()
  for b in iter(lambda:c.recv(65536),b""): h.update(b)
  c.sendall(h.hexdigest().encode()); c.close()`;
  await firstLine(rig.spawnIn(rig.a, 'python3', '-u', '-c', script));
  for (const [i, address] of [...ours, 'fd81::2', 'fd81::2'].entries()) {
    const file = join(directory, `body${i}`);
    const url = address.includes(':') ? `http://[${address}]/` : `http://${address}/`;
    expect((await run('curl', '-s', '-o', file, '-w', '%{http_code}', url)).stdout).toBe('200');
    expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(sum);
  }
  for (const address of theirs) {
    const socket = host.connect({ host: address, port: 8000, allowHalfOpen: true });
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.end(body);
    await until(`the hash from ${address}`, () => (answer.length === 64 ? true : undefined), 30_000);
    expect(answer).toBe(sum);
  }
});

test('tshark: nothing malformed, no wrong checksum; a flow label for each flow of ours, the same for all of it', async () => {
  const read = (filter: string, ...fields: string[]) =>
    execFileSync(
      'tshark',
      [
        ...[
          '-r',
          capture,
          '-Y',
          filter,
          '-T',
          'fields',
          '-E',
          'occurrence=f',
          ...fields.flatMap((field) => ['-e', field]),
        ],
        ...['ip.check_checksum', 'tcp.check_checksum'].flatMap((name) => ['-o', `${name}:TRUE`]),
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    )
      .split('\n')
      .filter((line) => line !== '');
  const mac = 'eth.src == 02:00:00:00:00:01';
  // Of each the outermost header: beside the tunnels, and around IPv4.
  const alone = new Map<string, Set<string>>();
  const around = new Set<string>();
  await until('packets of all flows', () => {
    const fields = ['ipv6.src', 'ipv6.nxt', 'ipv6.flow', 'tcp.dstport'];
    for (const line of read(`${mac} and tcp and ipv6`, ...fields)) {
      const [source, next, flow, portNumber] = line.split('\t');
      if (source !== 'fd81::2') continue;
      if (next === '6') alone.set(portNumber, (alone.get(portNumber) ?? new Set()).add(flow));
      if (next === '4') around.add(flow);
    }
    return (alone.size > 1 && around.size > 1) || undefined;
  });
  const labels = [...alone.values()].map((one) => [...one].map(Number));
  expect(labels.map((one) => one.length)).toEqual([1, 1]);
  expect(labels[0]).not.toEqual(labels[1]);
  expect([...labels.flat(), ...[...around].map(Number)]).not.toContain(0);
  const wrong =
    '_ws.malformed or ip.checksum.status == 0 or tcp.checksum.status == 0 or icmp.checksum.status == 0';
  expect(read(`(${wrong}) and ${mac}`, 'frame.number')).toEqual([]);
});
