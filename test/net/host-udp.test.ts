// needs: ip python3 ping traceroute tcpdump tshark
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { QuipuHost } from '../../src/api/host/host.js';
import type { RemoteInfo } from '../../src/api/host/udp-ends.js';
import type { HostUdpSocket } from '../../src/api/host/udp-socket.js';
import { resultOf, until } from './lab.js';
import { firstLine, ip, Rig } from './links-support.js';

/** Our host (10.9.0.2, fd98::2) on a TAP device of namespace a (10.9.0.1, fd98::1), which passes on to b (10.99.0.2, fd99::2). */
let rig: Rig;
let host: QuipuHost;
const directory = mkdtempSync(join(tmpdir(), 'quipu-udp-'));
const capture = join(directory, 'wire.pcap');
const MAC = '02:00:00:00:00:01';

beforeAll(async () => {
  rig = new Rig({ v6: true });
  host = rig.open(
    rig.a,
    () =>
      new QuipuHost({
        name: 'h1',
        gateway: ['10.9.0.1', 'fd98::1'],
        links: [
          {
            ...{ name: 'eth0', link: { kind: 'tap', device: 'q0' }, mac: MAC, ipv6: 'off', check: 'off' },
            addresses: ['10.9.0.2/24', 'fd98::2/64'],
          },
        ],
      }),
  );
  ip('-n', rig.a, 'addr', 'add', '10.9.0.1/24', 'dev', 'q0');
  ip('-n', rig.a, 'addr', 'add', 'fd98::1/64', 'dev', 'q0', 'nodad');
  ip('-n', rig.a, 'link', 'set', 'q0', 'up');
  rig.in(rig.a, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
  rig.in(rig.a, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding');
  // Linux tells of one closed port a second, by default, and no host more often than that.
  rig.in(rig.a, 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/icmp_ratelimit');
  ip('-n', rig.b, 'route', 'add', '10.9.0.0/24', 'via', '10.99.0.1');
  ip('-n', rig.b, 'route', 'add', 'fd98::/64', 'via', 'fd99::1');
  const dump = rig.spawnIn(rig.a, 'sh', '-c', `exec tcpdump -U -i q0 -w ${capture} 2>&1`);
  await firstLine(dump);
});

afterAll(() => {
  host?.close();
  rig?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs a program in a namespace, while our host goes on in this thread. */
async function run(namespace: string, ...command: string[]) {
  return resultOf(rig.spawnIn(namespace, ...command));
}

function messages(socket: HostUdpSocket): { text: Buffer; from: RemoteInfo }[] {
  const list: { text: Buffer; from: RemoteInfo }[] = [];
  socket.on('message', (text: Buffer, from: RemoteInfo) => list.push({ text, from }));
  return list;
}

const echo = (family: string, address: string) => `import socket
s=socket.socket(socket.${family},socket.SOCK_DGRAM);s.bind(('${address}',7));print('ready',flush=True)
while True:
  d,a=s.recvfrom(70000);s.sendto(d,a)`;

test.each([
  ['udp4', 'AF_INET', '10.9.0.1', '10.9.0.2'],
  ['udp6', 'AF_INET6', 'fd98::1', 'fd98::2'],
] as const)('%s: datagrams to Linux and back, and from Linux and back', async (type, family, theirs, ours) => {
  const server = rig.spawnIn(rig.a, 'python3', '-c', echo(family, theirs));
  await firstLine(server);
  const socket = host.udp(type);
  const came = messages(socket);
  const sizes = [0, 1, 2, 1451, 1452, 1453, 1472, 1473, 9000, 65_000];
  for (const size of sizes) {
    const before = came.length;
    const sent = Buffer.alloc(size, size & 0xff);
    socket.send(sent, 7, theirs);
    const back = await until(`an echo of ${size} bytes`, () => came[before]);
    expect(back.text.equals(sent)).toBe(true);
    expect(back.from).toEqual({ address: theirs, family: type === 'udp4' ? 'IPv4' : 'IPv6', port: 7, size });
  }
  socket.close();
  server.kill('SIGKILL');

  const answering = host.udp(type, (message, from) => answering.send(message, from.port, from.address));
  answering.bind(7);
  await once(answering, 'listening');
  const ask = `import socket
s=socket.socket(socket.${family},socket.SOCK_DGRAM);s.settimeout(20);s.connect(('${ours}',7))
for n in ${JSON.stringify(sizes)}:
  m=bytes([n&255])*n;s.send(m);assert s.recv(70000)==m,n
print('all')`;
  const { stdout } = await run(rig.a, 'python3', '-c', ask);
  expect(stdout.trim()).toBe('all');
  answering.close();
});

test('pings of many sizes, from Linux to us and from us to Linux', async () => {
  for (const [address, theirs] of [
    ['10.9.0.2', '10.9.0.1'],
    ['fd98::2', 'fd98::1'],
  ]) {
    for (const size of [0, 1, 55, 56, 1000, 1452, 1453, 1472, 1473, 20_000, 65_000]) {
      const { code, stdout } = await run(
        rig.a,
        'ping',
        '-n',
        '-c',
        '1',
        '-W',
        '20',
        '-s',
        String(size),
        address,
      );
      expect([size, code, /0% packet loss/.test(stdout)]).toEqual([size, 0, true]);
      const answer = await host.ping(theirs, { size, timeout: 20_000 });
      expect(answer).toMatchObject({ what: 'reply', from: theirs, size, ttl: 64 });
    }
  }
  expect(await host.ping('10.99.0.2', { timeout: 20_000 })).toMatchObject({ what: 'reply', ttl: 63 });
});

test('closed ports: Linux hears that we refuse, and we hear that Linux refuses', async () => {
  for (const [family, ours, type, theirs] of [
    ['AF_INET', '10.9.0.2', 'udp4', '10.9.0.1'],
    ['AF_INET6', 'fd98::2', 'udp6', 'fd98::1'],
  ] as const) {
    const ask = `import socket
s=socket.socket(socket.${family},socket.SOCK_DGRAM);s.settimeout(20);s.connect(('${ours}',9));s.send(b'x')
try: s.recv(10)
except ConnectionRefusedError: print('refused')`;
    expect((await run(rig.a, 'python3', '-c', ask)).stdout.trim()).toBe('refused');
    const socket = host.udp(type);
    socket.connect(9, theirs);
    await once(socket, 'connect');
    const failed = once(socket, 'error');
    socket.send('x');
    expect((await failed)[0]).toMatchObject({ code: 'ECONNREFUSED' });
    socket.close();
  }
});

test('traceroute finds us behind the router, and we find what is behind it', async () => {
  const { stdout } = await run(rig.b, 'traceroute', '-n', '-q', '1', '-w', '10', '10.9.0.2');
  const hops = stdout
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/).slice(0, 2).join(' '));
  expect(hops.filter((hop) => hop !== '')).toEqual(['1 10.99.0.1', '2 10.9.0.2']);
  for (const [end, router] of [
    ['10.99.0.2', '10.9.0.1'],
    ['fd99::2', 'fd98::1'],
  ]) {
    const way: string[] = [];
    for await (const { answers } of host.traceroute(end, { queries: 1, timeout: 20_000 })) {
      const [answer] = answers;
      way.push('from' in answer ? `${answer.what} ${answer.from}` : answer.what);
    }
    expect(way).toEqual([`error ${router}`, `reply ${end}`]);
  }
});

test('a router that carries 1300 bytes tells so, and our TCP and UDP go on with less', async () => {
  ip('-n', rig.a, 'link', 'set', 'va', 'mtu', '1300');
  const sink = `import socket,hashlib
s=socket.socket();s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1);s.bind(('10.99.0.2',99));s.listen();print('ready',flush=True)
c,a=s.accept();h=hashlib.sha256();n=0
while True:
  d=c.recv(65536)
  if not d: break
  h.update(d);n+=len(d)
print(n,h.hexdigest(),flush=True)`;
  const server = rig.spawnIn(rig.b, 'python3', '-c', sink);
  const done = resultOf(server);
  await firstLine(server);
  const bytes = Buffer.alloc(3_000_000);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i, 2_654_435_761) >>> 24;
  const socket = host.connect({ host: '10.99.0.2', port: 99 });
  socket.end(bytes);
  socket.resume();
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256').update(bytes).digest('hex');
  expect((await done).stdout).toContain(`3000000 ${hash}`);
  expect(socket.beneath?.segment).toBeLessThanOrEqual(1260);
  expect(socket.beneath?.segment).toBeGreaterThan(1200);

  const counting = `import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.bind(('10.99.0.2',7));print('ready',flush=True)
while True:
  d,a=s.recvfrom(70000);s.sendto(str(len(d)).encode(),a)`;
  await firstLine(rig.spawnIn(rig.b, 'python3', '-c', counting));
  const udp = host.udp('udp4');
  const came = messages(udp);
  udp.send(Buffer.alloc(1400, 7), 7, '10.99.0.2');
  expect((await until('a datagram has come in fragments', () => came[0])).text.toString()).toBe('1400');
  udp.close();
});

test('nothing that we sent was malformed or had a bad checksum, and no frame is left', async () => {
  await until('the capture is written', () => {
    const seen = execFileSync('tcpdump', ['-nr', capture, 'ether', 'src', MAC], {
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return seen.split('\n').length > 1000 ? true : undefined;
  });
  const checks = ['ip', 'udp', 'tcp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
  const bad = ['ip', 'udp', 'tcp', 'icmp', 'icmpv6'].map((name) => `${name}.checksum.status == "Bad"`);
  const filter = `eth.src == ${MAC} && (_ws.malformed || ${bad.join(' || ')})`;
  const found = execFileSync('tshark', ['-r', capture, ...checks, '-Y', filter], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(found).toBe('');
  const drops = host.engine.drops().map((line) => `${line.block} ${line.reason}`);
  expect(drops.filter((line) => /block-error|unbound-port|bad-checksum|malformed/.test(line))).toEqual([]);
  await until('all frames are back in the pool', () => {
    return host.engine.pool.free === host.engine.pool.size ? true : undefined;
  });
});
