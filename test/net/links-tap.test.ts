// needs: python3
import { afterEach, describe, expect, test } from 'vitest';
import { type Link, SendStop } from '../../src/contract/link.js';
import { openTap } from '../../src/links/tap/link.js';
import { bytesOf, drain, exitOf, firstLine, ip, newContext, Rig, sendAll, sleep } from './links-support.js';

let rig: Rig;
const links: Link[] = [];
afterEach(() => {
  for (const link of links.splice(0)) link.close();
  rig?.close();
});

function open(
  ns: string,
  kind: string,
  device: string,
  context: ReturnType<typeof newContext>,
  more: object = {},
) {
  const link = rig.open(ns, () => openTap({ kind, device, ...more }, context));
  links.push(link);
  return link;
}

/** Moves frames between two devices until `done`. */
async function shuttle(one: Link, two: Link, context: ReturnType<typeof newContext>, done: () => boolean) {
  const into: Parameters<Link['receive']>[0] = [];
  let moved = 0;
  while (!done()) {
    let n = 0;
    for (const [from, to] of [
      [one, two],
      [two, one],
    ]) {
      const got = from.receive(into, 32);
      expect(to.send(into, 0, got)).toBe(got);
      for (let i = 0; i < got; i++)
        context.pool.release(into[i] as Parameters<typeof context.pool.release>[0]);
      n += got;
    }
    moved += n;
    if (n === 0) await sleep(1);
  }
  return moved;
}

describe.each(['tap', 'tun'])('%s', (kind) => {
  test('a UDP conversation of two kernels runs through two devices', async () => {
    rig = new Rig();
    const context = newContext();
    const one = open(rig.a, kind, 'q0', context, { mtu: 1400 });
    const two = open(rig.b, kind, 'q0', context);
    ip('-n', rig.a, 'addr', 'add', '10.98.0.1/24', 'dev', 'q0');
    ip('-n', rig.b, 'addr', 'add', '10.98.0.2/24', 'dev', 'q0');
    expect([one.state(), two.state()]).toEqual(['up', 'up']);
    expect(one.maxSend).toBe(kind === 'tap' ? 1418 : 1400);
    const echo = `import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.bind(('10.98.0.2',7));print('ready',flush=True)
while True:
  d,a=s.recvfrom(2000);s.sendto(d,a)`;
    await firstLine(rig.spawnIn(rig.b, 'python3', '-c', echo));
    const ask = `import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.settimeout(5)
for i in range(200):
  m=bytes([i])*(i*6);s.sendto(m,('10.98.0.2',7));assert s.recv(2000)==m`;
    let done = false;
    const child = rig.spawnIn(rig.a, 'python3', '-c', ask);
    const finished = exitOf(child).then((code) => {
      done = true;
      return code;
    });
    const moved = await shuttle(one, two, context, () => done);
    expect(await finished).toBe(0);
    expect(moved).toBeGreaterThanOrEqual(kind === 'tap' ? 402 : 400);
    one.close();
    two.close();
    expect(context.pool.free).toBe(context.pool.size);
    expect(() => ip('-n', rig.a, 'link', 'show', 'q0')).toThrow();
  });

  test('is described, goes down and up, is renamed, is deleted', async () => {
    rig = new Rig();
    const context = newContext();
    const link = open(rig.a, kind, 'q0', context, {
      up: false,
      ...(kind === 'tap' && { mac: '02:00:00:00:00:0a' }),
    });
    const shown = ip('-n', rig.a, 'link', 'show', 'q0');
    expect(shown).toContain('mtu 1500');
    if (kind === 'tap') expect(shown).toContain('02:00:00:00:00:0a');
    expect(Buffer.from(link.address ?? []).toString('hex')).toBe(kind === 'tap' ? '02000000000a' : '');
    expect(link.hardwareType).toBe(kind === 'tap' ? 1 : 0xfffe);
    expect(link.state()).toBe('down');
    const frame = context.pool.allocate();
    if (!frame) throw new Error('pool');
    frame.fill(
      Buffer.concat([
        Buffer.alloc(kind === 'tap' ? 14 : 0, 1),
        Buffer.from('45000014', 'hex'),
        Buffer.alloc(16),
      ]),
    );
    expect([link.send([frame], 0, 1), link.stopped]).toEqual([0, SendStop.down]);
    ip('-n', rig.a, 'link', 'set', 'q0', 'name', 'q1');
    ip('-n', rig.a, 'link', 'set', 'q1', 'up');
    expect(link.state()).toBe('up');
    expect([link.send([frame], 0, 1), link.stopped]).toEqual([1, SendStop.none]);
    frame.length = kind === 'tap' ? 1519 : 1501;
    expect([link.send([frame], 0, 1), link.stopped]).toEqual([0, SendStop.tooLong]);
    frame.length = kind === 'tap' ? 13 : 0;
    expect([link.send([frame], 0, 1), link.stopped]).toEqual([0, SendStop.refused]);
    ip('-n', rig.a, 'link', 'del', 'q1');
    frame.length = 40;
    expect(link.state()).toBe('gone');
    expect(link.receive([], 8)).toBe(0);
    expect([link.send([frame], 0, 1), link.stopped]).toEqual([0, SendStop.down]);
    context.pool.release(frame);
    link.close();
    link.close();
    expect([link.state(), context.pool.free]).toEqual(['ended', context.pool.size]);
  });
});

test('an ARP request of the kernel is received with its metadata, and our answer is believed', async () => {
  rig = new Rig();
  const context = newContext();
  const link = open(rig.a, 'tap', 'q0', context);
  ip('-n', rig.a, 'addr', 'add', '10.98.0.1/24', 'dev', 'q0');
  const send = "import socket;socket.socket(socket.AF_INET,socket.SOCK_DGRAM).sendto(b'hi',('10.98.0.2',9))";
  rig.in(rig.a, 'python3', '-c', send);
  const seen: Buffer[] = [];
  await drain(link, context.pool, (frame) => {
    if (frame.protocol !== 0x0806) return;
    seen.push(bytesOf(frame));
    expect([frame.packetType, frame.hardwareType, frame.vlanPresent]).toEqual([1, 1, 0]);
    expect(frame.interfaceIndex).toBe(link.interfaceIndex);
    expect(frame.timestamp).toBeGreaterThan(1.7e15);
  });
  const request = seen[0];
  expect(request.subarray(38, 42)).toEqual(Buffer.from([10, 98, 0, 2]));
  const mine = Buffer.from('02000000000b', 'hex');
  const reply = Buffer.concat([
    request.subarray(6, 12),
    mine,
    request.subarray(12, 20),
    Buffer.from([0, 2]),
    mine,
    request.subarray(38, 42),
    request.subarray(22, 32),
  ]);
  await sendAll(link, context.pool, [reply]);
  let datagrams = 0;
  await drain(link, context.pool, (frame) => {
    if (frame.protocol !== 0x0800) return;
    expect(bytesOf(frame).subarray(0, 6)).toEqual(mine);
    expect(frame.packetType).toBe(0);
    datagrams++;
  });
  expect(datagrams).toBe(1);
});

test('what the device drops because nobody reads is counted exactly', async () => {
  rig = new Rig();
  const context = newContext();
  const link = open(rig.a, 'tap', 'q0', context);
  ip('-n', rig.a, 'addr', 'add', '10.98.0.1/24', 'dev', 'q0');
  ip('-n', rig.a, 'neigh', 'add', '10.98.0.2', 'lladdr', '02:00:00:00:00:0b', 'dev', 'q0');
  await drain(link, context.pool, () => {});
  const program = `import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.setsockopt(socket.SOL_SOCKET,socket.SO_SNDBUF,1<<22)
for i in range(5000): s.sendto(b'hi',('10.98.0.2',9))`;
  ip('-n', rig.a, 'link', 'set', 'q0', 'txqueuelen', '50');
  const before = link.losses()['ring-loss'] ?? 0;
  rig.in(rig.a, 'python3', '-c', program);
  let received = 0;
  await drain(link, context.pool, (frame) => {
    if (frame.protocol === 0x0800) received++;
  });
  const lost = (link.losses()['ring-loss'] ?? 0) - before;
  expect(lost).toBeGreaterThan(1000);
  expect(received + lost).toBe(5000);
});

test('a frame longer than a slot is counted', async () => {
  rig = new Rig();
  const context = newContext({ slotSize: 128 + 600 });
  const link = open(rig.a, 'tap', 'q0', context, { mtu: 500 });
  ip('-n', rig.a, 'link', 'set', 'q0', 'mtu', '1500');
  ip('-n', rig.a, 'addr', 'add', '10.98.0.1/24', 'dev', 'q0');
  ip('-n', rig.a, 'neigh', 'add', '10.98.0.2', 'lladdr', '02:00:00:00:00:0b', 'dev', 'q0');
  const program = `import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
for n in (558,559,1000,20): s.sendto(bytes(n),('10.98.0.2',9))`;
  rig.in(rig.a, 'python3', '-c', program);
  const lengths: number[] = [];
  await drain(link, context.pool, (frame) => {
    if (frame.protocol === 0x0800) lengths.push(frame.length);
  });
  expect(lengths).toEqual([600, 62]);
  expect(link.losses()['too-long']).toBe(2);
});

test.each([
  [{ kind: 'tap', device: 'lo' }, 'name-taken', /lo/],
  [{ kind: 'tap', device: 'tap%d' }, 'bad-config', /contains "%"/],
  [{ kind: 'tap', device: 'sixteen-bytes-xx' }, 'bad-config', /longer than 15/],
  [{ kind: 'tap', device: 'q0', mtu: 2000 }, 'bad-config', /2014 bytes.*1920/],
  [{ kind: 'tap', device: 'q0', mac: '02:00:00' }, 'bad-config', /MAC/],
  [
    { kind: 'tap', device: 'q0', mac: '01:00:00:00:00:01' },
    'link-failed',
    /hardware address of q0.*EADDRNOTAVAIL/,
  ],
  [{ kind: 'tun', device: 'q0', mac: '02:00:00:00:00:01' }, 'bad-config', /no MAC/],
  [{ kind: 'tap', device: 'q0', color: 1 }, 'bad-config', /color/],
])('%j is refused', (spec, code, message) => {
  rig = new Rig();
  const attempt = () => rig.open(rig.a, () => openTap(spec, newContext()));
  expect(attempt).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  expect(ip('-n', rig.a, 'link')).not.toContain('q0');
});
