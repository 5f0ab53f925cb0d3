// needs: ip python3 ping traceroute curl tcpdump tshark
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QuipuHost } from '../../src/api/host/host.js';
import type { HostLink } from '../../src/api/host/options.js';
import { resultOf, until } from './lab.js';
import { firstLine, ip, Rig } from './links-support.js';

const directory = mkdtempSync(join(tmpdir(), 'quipu-ipv6-'));
const hosts: QuipuHost[] = [];
let rig: Rig;

beforeAll(() => {
  rig = new Rig({ v6: true });
});

afterAll(() => {
  for (const host of hosts) host.close();
  rig?.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(
  name: string,
  links: readonly HostLink[],
  more: { gateway?: string[]; forwarding?: boolean } = {},
) {
  const host = rig.open(rig.a, () => new QuipuHost({ name, links, ...more }));
  hosts.push(host);
  return host;
}

const tap = (device: string, last: number, ...addresses: string[]): HostLink => ({
  ...{ name: device, link: { kind: 'tap', device }, mac: `02:00:00:00:00:0${last}`, addresses },
});

/** Runs a program in a namespace, while our hosts go on in this thread. */
async function run(namespace: string, ...command: string[]) {
  return resultOf(rig.spawnIn(namespace, ...command));
}

async function pings(namespace: string, address: string, size: number, ...more: string[]): Promise<string> {
  const options = ['-n', '-c', '1', '-W', '20', '-s', String(size), ...more];
  return (await run(namespace, 'ping', ...options, address)).stdout;
}

const stateOf = (host: QuipuHost, address: string) =>
  host.addresses().find((one) => one.address === address)?.state;

describe('beside Linux on one link', () => {
  let host: QuipuHost;
  const capture = join(directory, 'wire.pcap');

  beforeAll(async () => {
    host = open('h1', [tap('q1', 1, '10.71.0.2/24', 'fd71::2/64')], { gateway: ['10.71.0.1', 'fd71::1'] });
    ip('-n', rig.a, 'link', 'set', 'q1', 'up');
    await firstLine(rig.spawnIn(rig.a, 'sh', '-c', `exec tcpdump -U -i q1 -w ${capture} 2>&1`));
    ip('-n', rig.a, 'addr', 'add', '10.71.0.1/24', 'dev', 'q1');
    for (const own of ['fd71::1/64', 'fe80::71/64'])
      ip('-n', rig.a, 'addr', 'add', own, 'dev', 'q1', 'nodad');
  });

  test.each([
    0, 1, 1452, 1453, 1472, 1473, 2960, 30_001, 65_506, 65_507,
  ])('echoes of %i bytes, both ways', async (size) => {
    for (const [ours, theirs] of [
      ['10.71.0.2', '10.71.0.1'],
      ['fd71::2', 'fd71::1'],
    ]) {
      expect(await pings(rig.a, ours, size)).toContain(' 0% packet loss');
      expect(await host.ping(theirs, { size, timeout: 20_000 })).toMatchObject({ what: 'reply', size });
    }
  });

  test('a link-local address, by both', async () => {
    expect(await pings(rig.a, 'fe80::ff:fe00:1%q1', 100)).toContain(' 0% packet loss');
    const server = rig.spawnIn(
      rig.a,
      'python3',
      '-u',
      '-c',
      'import socket\ns=socket.create_server(("::",8000),family=socket.AF_INET6)\nprint("ready")\nc,a=s.accept()\nprint(a[0])',
    );
    const lines: string[] = [];
    server.stdout?.setEncoding('utf8').on('data', (text: string) => lines.push(text));
    await until('the server', () => lines.join('').includes('ready') || undefined);
    const socket = host.connect({ host: 'fe80::71%q1', port: 8000 });
    await until('a call', () => lines.join('').includes('fe80::ff:fe00:1') || undefined);
    socket.destroy();
    server.kill('SIGKILL');
  });

  test('curl fetches from an HTTP server of Node over IPv6', async () => {
    const body = Buffer.alloc(1_000_000, 'knots ');
    const server = createServer((_request, response) => response.end(body));
    host.listen(80, (socket) => server.emit('connection', socket));
    for (const address of ['fd71::2', 'fe80::ff:fe00:1%25q1']) {
      const file = join(directory, 'body');
      const { stdout } = await run(
        rig.a,
        'curl',
        '-s',
        '-o',
        file,
        '-w',
        '%{http_code}',
        `http://[${address}]/`,
      );
      expect(stdout).toBe('200');
      execFileSync('cmp', [file, '-'], { input: body });
    }
  });

  test('a router of Linux gives an address and a way', async () => {
    const advertise = `import socket,struct
s=socket.socket(socket.AF_INET6,socket.SOCK_RAW,socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6,socket.IPV6_MULTICAST_HOPS,255)
p=socket.inet_pton(socket.AF_INET6,'2001:db8:71::')
m=struct.pack('!BBHBBHII',134,0,0,64,0,1800,0,0)+struct.pack('!BBBBIII',3,4,64,0xc0,3600,1800,0)+p
s.sendto(m,('ff02::1',0,0,socket.if_nametoindex('q1')))`;
    ip('-n', rig.a, 'addr', 'add', '2001:db8:71::1/64', 'dev', 'q1', 'nodad');
    const address = '2001:db8:71::ff:fe00:1';
    await run(rig.a, 'python3', '-c', advertise);
    await until('an address', () => stateOf(host, address) === 'preferred' || undefined);
    expect(await pings(rig.a, address, 3000)).toContain(' 0% packet loss');
    // Beyond the router: over the gateway that stands first, by hand.
    expect(await host.ping('fd99::1')).toMatchObject({ what: 'reply' });
  });

  test('its addresses are defended: Linux does not take them', async () => {
    ip('-n', rig.a, 'addr', 'add', 'fd71::2/64', 'dev', 'q1');
    await until('Linux hears of it', () =>
      ip('-n', rig.a, '-6', 'addr', 'show', 'dev', 'q1').includes('fd71::2/64 scope global dadfailed')
        ? true
        : undefined,
    );
    ip('-n', rig.a, 'addr', 'del', 'fd71::2/64', 'dev', 'q1');
    // Who asks while we still ask ourselves is a rival (RFC 5227 §2.1.1): we are through with it first.
    await until(
      'the end of our own questions',
      () => stateOf(host, '10.71.0.2') === 'preferred' || undefined,
    );
    // In IPv4 Linux does not ask; this is how others do (RFC 5227): who has it, asked by nobody.
    const probe = `import socket
s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW,socket.htons(0x806));s.bind(('q1',0x806));s.settimeout(20)
own=s.getsockname()[4];ask=bytes.fromhex('0001080006040001')+own+bytes(4)+bytes(6)+socket.inet_aton('10.71.0.2')
s.send(b'\\xff'*6+own+bytes.fromhex('0806')+ask)
while True:
  d=s.recv(100)
  if d[20:22]==b'\\0\\2' and d[28:32]==socket.inet_aton('10.71.0.2'): print(d[22:28].hex(':'));break`;
    const { stdout } = await run(rig.a, 'python3', '-c', probe);
    expect(stdout).toBe('02:00:00:00:00:01\n');
    expect(['10.71.0.2', 'fd71::2'].map((one) => stateOf(host, one))).toEqual(['preferred', 'preferred']);
  });

  test('tshark finds nothing malformed and no wrong checksum', async () => {
    const wrong =
      '_ws.malformed or ip.checksum.status == 0 or icmp.checksum.status == 0 or icmpv6.checksum.status == 0';
    const checks = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum'].flatMap((name) => [
      '-o',
      `${name}:TRUE`,
    ]);
    const filter = `(${wrong}) and eth.src == 02:00:00:00:00:01`;
    const count = (f: string) =>
      execFileSync('tshark', ['-r', capture, ...checks, '-Y', f], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    expect(count('icmpv6.type == 136').split('\n').length).toBeGreaterThan(2);
    expect(count(filter)).toBe('');
  });
});

describe.each(['before', 'meanwhile'] as const)('an address that Linux has, asked for %s', (check) => {
  test('is given up, on both families; others stay', async () => {
    const device = check === 'before' ? 'c1' : 'c2';
    const peer = `${device}-linux`;
    ip(
      '-n',
      rig.a,
      'link',
      'add',
      device,
      'address',
      '02:00:00:00:00:05',
      'type',
      'veth',
      'peer',
      'name',
      peer,
    );
    for (const end of [device, peer]) ip('-n', rig.a, 'link', 'set', end, 'up');
    ip('-n', rig.a, 'addr', 'add', '10.73.0.1/24', 'dev', peer);
    ip('-n', rig.a, 'addr', 'add', 'fd73::1/64', 'dev', peer, 'nodad');
    const addresses = ['10.73.0.1/24', '10.73.0.2/24', 'fd73::1/64', 'fd73::2/64'];
    const link = { ...tap(device, 5, ...addresses), link: device, check };
    const host = open(device, [link]);
    const settled = () =>
      host.addresses().every(({ state }) => state === 'preferred' || state === 'duplicate') || undefined;
    await until('an answer', settled, 20_000);
    expect(['10.73.0.1', '10.73.0.2', 'fd73::1', 'fd73::2'].map((one) => stateOf(host, one))).toEqual([
      ...['duplicate', 'preferred', 'duplicate', 'preferred'],
    ]);
    ip('-n', rig.a, 'link', 'del', device);
  });
});

describe('as a router between two networks', () => {
  let host: QuipuHost;

  beforeAll(() => {
    const narrow = { ...tap('q9', 2, '10.75.0.1/24', 'fd75::1/64'), mtu: 1300 };
    host = open('r1', [tap('q8', 1, '10.74.0.1/24', 'fd74::1/64'), narrow], { forwarding: true });
    ip('-n', rig.a, 'link', 'set', 'q9', 'netns', rig.b);
    // Linux tells of one closed port a second, by default.
    for (const file of ['ipv4/icmp_ratelimit', 'ipv6/icmp/ratelimit']) {
      rig.in(rig.b, 'sh', '-c', `echo 0 > /proc/sys/net/${file}`);
    }
    for (const [namespace, device, net, other] of [
      [rig.a, 'q8', 74, 75],
      [rig.b, 'q9', 75, 74],
    ] as const) {
      ip('-n', namespace, 'link', 'set', device, 'up');
      ip('-n', namespace, 'addr', 'add', `10.${net}.0.2/24`, 'dev', device);
      ip('-n', namespace, 'addr', 'add', `fd${net}::2/64`, 'dev', device, 'nodad');
      ip('-n', namespace, 'route', 'add', `10.${other}.0.0/24`, 'via', `10.${net}.0.1`);
      ip('-n', namespace, 'route', 'add', `fd${other}::/64`, 'via', `fd${net}::1`);
    }
  });

  test.each(['10.75.0.2', 'fd75::2'])('traceroute to %s shows it', async (address) => {
    const router = address.includes(':') ? 'fd74::1' : '10.74.0.1';
    const { stdout } = await run(rig.a, 'traceroute', '-n', '-q', '1', '-w', '20', address);
    const hops = stdout
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/)[1]);
    expect(hops).toEqual([router, address]);
  });

  test('long packets of IPv4 are cut on the way, others refused with what fits', async () => {
    expect(await pings(rig.a, '10.75.0.2', 8000)).toContain(' 0% packet loss');
    const refused = await pings(rig.a, '10.75.0.2', 1400, '-M', 'do');
    expect(refused).toContain('From 10.74.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1300)');
    const refused6 = await pings(rig.a, 'fd75::2', 1400, '-M', 'do');
    expect(refused6).toContain('From fd74::1 icmp_seq=1 Packet too big: mtu=1300');
    // Linux has learned what fits, and cuts to it.
    expect(await pings(rig.a, 'fd75::2', 8000)).toContain(' 0% packet loss');
  });

  test('nothing is lost without a reason', () => {
    const reasons = host.engine.drops().map(({ block, reason }) => `${block} ${reason}`);
    expect(reasons.filter((one) => !one.endsWith('not-a-member') && !one.endsWith('unwanted'))).toEqual([]);
  });
});
