// needs: curl nginx openssl ping python3 socat tcpdump traceroute tshark
// A host of ours on a TAP device, and Linux on the other side of it: everything that they say to each other is written
// down, and tshark has a look at it in the end.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Ask,
  allowIpv6,
  families,
  fileSum,
  listening,
  makeCertificate,
  startHost,
  startNginx,
  watchWire,
  writeContent,
} from './host-support.js';
import { Lab, resultOf } from './lab.js';
import { contentSum } from './tools/content.js';

const lab = new Lab();
const SIZE = 2_000_000;
const www = join(lab.directory, 'www');
const big = join(www, 'big');
let ask: Ask;
let wire: Awaited<ReturnType<typeof watchWire>>;

const run = (...command: string[]) => lab.run('linux', ...command);

beforeAll(async () => {
  mkdirSync(www);
  writeContent(big, SIZE);
  makeCertificate(lab);
  ask = await startHost(lab, 'linux', `tls=${lab.directory}`);
  wire = await watchWire(lab, 'linux');
  // Somebody behind Linux, to whom long packets get lost without a word.
  lab.host('far');
  allowIpv6(lab, 'far');
  lab.cable('linux', 'v0', 'far', 'v1');
  for (const [namespace, device, last] of [
    ['linux', 'v0', 1],
    ['far', 'v1', 2],
  ] as const) {
    lab.run(namespace, 'ip', 'addr', 'add', `10.9.5.${last}/24`, 'dev', device);
    lab.run(namespace, 'ip', 'addr', 'add', `fd95::${last}/64`, 'dev', device, 'nodad');
  }
  run('ip', 'link', 'set', 'v0', 'mtu', '1300');
  run('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding');
  lab.run('far', 'ip', 'route', 'add', '10.9.4.0/24', 'via', '10.9.5.1');
  lab.run('far', 'ip', 'route', 'add', 'fd94::/64', 'via', 'fd95::1');
  await startNginx(lab, 'linux', www);
});
afterAll(() => lab.close());

describe.each(families)('$name', ({ name, ours, theirs, url, socat }) => {
  test('Linux pings it, and finds the way to it', () => {
    for (const size of [0, 1, 55, 56, 1452, 1453, 1472, 1473, 30_000, 65_507])
      expect(run('ping', '-n', '-c', '1', '-W', '20', '-s', String(size), ours)).toContain(' 0% packet loss');
    expect(run('traceroute', '-n', '-q', '1', '-w', '20', ours)).toMatch(new RegExp(`\\n 1  ${ours} `));
  });

  test('curl fetches from it and uploads to it', () => {
    const fetched = join(lab.directory, 'fetched');
    run('curl', '-sS', '-o', fetched, `http://${url.ours}/bytes/${SIZE}`);
    expect(fileSum(lab, fetched)).toBe(contentSum(SIZE));
    expect(run('curl', '-sS', '-T', big, `http://${url.ours}/up`)).toBe(`${contentSum(SIZE)}\n`);
  });

  test('it fetches from nginx and uploads to it', async () => {
    expect(await ask(`get http://${url.theirs}:8080/big`)).toBe(`200 ${contentSum(SIZE)}`);
    expect(await ask(`put http://${url.theirs}:8080/put ${SIZE}`)).toMatch(/^20[14] /);
    expect(fileSum(lab, join(www, 'put'))).toBe(contentSum(SIZE));
  });

  test('TLS: curl to it, and it to nginx', async () => {
    const peer = ['--cacert', join(lab.directory, 'cert.pem'), '--connect-to', `peer:443:${url.ours}:443`];
    const fetched = join(lab.directory, 'fetched');
    run('curl', '-sS', ...peer, '-o', fetched, `https://peer/bytes/${SIZE}`);
    expect(fileSum(lab, fetched)).toBe(contentSum(SIZE));
    expect(run('curl', '-sS', ...peer, '-T', big, 'https://peer/up')).toBe(`${contentSum(SIZE)}\n`);
    expect(await ask(`get https://${url.theirs}:8443/big`)).toBe(`200 ${contentSum(SIZE)}`);
    expect(await ask(`put https://${url.theirs}:8443/secret ${SIZE}`)).toMatch(/^20[14] /);
    expect(fileSum(lab, join(www, 'secret'))).toBe(contentSum(SIZE));
  });

  test('socat calls it: as a sink, and as a source', () => {
    const to = (port: number) => `socat -t 60 - ${socat}:${url.ours}:${port}`;
    expect(run('sh', '-c', `${to(9)} < ${big}`)).toBe(`${contentSum(SIZE)}\n`);
    const [, hash] = contentSum(SIZE).split(' ');
    expect(run('sh', '-c', `echo ${SIZE} | ${to(19)} | sha256sum`)).toBe(`${hash}  -\n`);
  });

  test('it calls socat: as a sink, and as a source', async () => {
    const at = (port: number) => `${socat}-LISTEN:${port},bind=${url.theirs},reuseaddr`;
    const sink = resultOf(lab.start('linux', ['socat', '-u', at(7001), 'SYSTEM:sha256sum']));
    await listening(lab, 'linux', 7001);
    expect(await ask(`give ${theirs} 7001 ${SIZE}`)).toMatch(/^sent/);
    expect((await sink).stdout).toBe(`${contentSum(SIZE).split(' ')[1]}  -\n`);
    lab.start('linux', ['socat', '-u', `OPEN:${big}`, at(7002)]);
    await listening(lab, 'linux', 7002);
    expect(await ask(`take ${theirs} 7002`)).toBe(contentSum(SIZE));
  });

  test('what nobody listens for is refused, both ways', async () => {
    expect(await ask(`connect ${theirs} 9`)).toBe('error ECONNREFUSED');
    expect(await resultOf(lab.start('linux', ['curl', '-sS', `http://${url.ours}:81/`]))).toMatchObject({
      code: 7,
    });
  });

  test('a connection that one end resets is over at the other, both ways', async () => {
    const reset = `import socket,struct
s=socket.create_server(('${theirs}',7003),family=socket.AF_INET${name === 'IPv6' ? '6' : ''})
c,a=s.accept();c.recv(1);c.setsockopt(socket.SOL_SOCKET,socket.SO_LINGER,struct.pack('ii',1,0));c.close()`;
    lab.start('linux', ['python3', '-c', reset]);
    await listening(lab, 'linux', 7003);
    expect(await ask(`hear ${theirs} 7003`)).toBe('error ECONNRESET');
    const call = `import socket
s=socket.create_connection(('${ours}',13));s.send(b'x')
try: print(s.recv(1))
except ConnectionResetError: print('reset')`;
    expect(run('python3', '-c', call)).toBe('reset\n');
  });

  test('1,000 connections at once, to Linux', async () => {
    const port = name === 'IPv4' ? 7777 : 7778;
    const echo = `import asyncio
async def take(reader, writer):
    while line := await reader.readline(): writer.write(line)
    writer.close()
async def main(): await (await asyncio.start_server(take, '${theirs}', ${port}, backlog=1000)).serve_forever()
asyncio.run(main())`;
    lab.start('linux', ['python3', '-c', echo]);
    await listening(lab, 'linux', port);
    expect(await ask(`many 1000 ${theirs} ${port}`)).toBe('1000');
  });

  test('1,000 connections at once, from Linux', () => {
    const callers = `import asyncio
async def call(i):
    reader, writer = await asyncio.open_connection('${ours}', 7)
    await opened.wait() if len(waiting) < 999 and not waiting.append(i) else opened.set()
    writer.write(b'line %d\\n' % i); writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer == b'line %d\\n' % i
waiting = []
async def main():
    global opened
    opened = asyncio.Event()
    print(sum(await asyncio.gather(*[call(i) for i in range(1000)])))
asyncio.run(main())`;
    expect(run('python3', '-c', callers)).toBe('1000\n');
  });

  test('where long packets get lost without a word, smaller ones are sent', async () => {
    const icmp = name === 'IPv4' ? 'icmp' : 'ipv6-icmp';
    const family = name === 'IPv4' ? '-4' : '-6';
    run('ip', family, 'rule', 'add', 'ipproto', icmp, 'blackhole');
    const address = name === 'IPv4' ? '10.9.5.2' : 'fd95::2';
    const at = `${socat}-LISTEN:7004,bind=${name === 'IPv4' ? address : `[${address}]`}`;
    const sink = resultOf(lab.start('far', ['socat', '-u', at, 'SYSTEM:sha256sum']));
    await listening(lab, 'far', 7004);
    const [sent, segment] = (await ask(`give ${address} 7004 ${SIZE}`)).split(' ');
    expect(sent).toBe('sent');
    expect(Number(segment)).toBeLessThan(1200);
    expect((await sink).stdout).toBe(`${contentSum(SIZE).split(' ')[1]}  -\n`);
    run('ip', family, 'rule', 'del', 'ipproto', icmp, 'blackhole');
  });
});

test('every frame is accounted for, and tshark finds nothing wrong with any', async () => {
  const { packets, wrong } = await wire.stop();
  expect(wrong).toBe('');
  expect(packets).toBeGreaterThan(20_000);
  const { totals, free } = JSON.parse(await ask('state'));
  expect(totals.in + totals.created).toBe(totals.out + totals.consumed + totals.dropped);
  expect(free).toBeGreaterThan(1000);
});
