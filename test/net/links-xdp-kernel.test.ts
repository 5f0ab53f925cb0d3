// needs: root ip ethtool ping python3
// An af-packet link with io xdp and the kernel: its offloads, who gets the frames, what is left behind, what is refused.
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Frame } from '../../src/contract/frame.js';
import type { Link, LinkContext } from '../../src/contract/link.js';
import type { PoolFrame } from '../../src/engine/frame.js';
import { Pool } from '../../src/engine/pool.js';
import { openTap } from '../../src/links/tap/link.js';
import { internetChecksum } from '../../src/wire/checksum.js';
import { ipv4PseudoSum } from '../../src/wire/ipv4.js';
import { Holders } from './links-holder.js';
import { KernelSink } from './links-sink.js';
import {
  bytesOf,
  drain,
  exitOf,
  firstLine,
  ip,
  newContext,
  Rig,
  sendAll,
  sleep,
  testFrame,
} from './links-support.js';

let holders: Holders;
let sink: KernelSink;
let rig: Rig;

function open(ns: string, device: string, context: LinkContext, options: object = {}): Link {
  return rig.packets(ns, device, context, { io: 'xdp', ...options });
}

beforeAll(() => {
  holders = new Holders();
});
afterAll(() => holders?.remove());
afterEach(() => rig?.close());

test('the kernel’s own TCP and ping go through it, offloads and all', async () => {
  rig = new Rig();
  const context = newContext({ size: 2048 });
  const vb = open(rig.b, 'vb', context, { promiscuous: true });
  ip('-n', rig.b, 'addr', 'flush', 'dev', 'vb');
  const mac = Buffer.from(vb.address ?? [])
    .toString('hex')
    .replace(/(..)(?!$)/g, '$1:');
  const tap = rig.link(rig.b, () => openTap({ kind: 'tap', device: 'host', mac }, context));
  ip('-n', rig.b, 'addr', 'add', '10.99.0.2/24', 'dev', 'host');
  const wrong: string[] = [];
  const pump = (from: Link, to: Link, check: boolean) => {
    const into: Frame[] = [];
    const n = from.receive(into, 64);
    for (let i = 0; i < n; i++)
      if (check && !rightChecksum(into[i])) wrong.push(bytesOf(into[i]).toString('hex', 0, 60));
    for (let sent = 0, tries = 0; sent < n && tries < 100_000; tries++) sent += to.send(into, sent, n);
    for (let i = 0; i < n; i++) context.pool.release(into[i] as PoolFrame);
  };
  let on = true;
  const pumping = (async () => {
    while (on) {
      for (let i = 0; i < 20; i++) {
        pump(vb, tap, true);
        pump(tap, vb, false);
      }
      await new Promise(setImmediate);
    }
  })();
  try {
    const server = `import socket,hashlib
s=socket.create_server(('10.99.0.2',9000));print('ready',flush=True)
for i in range(2):
  c,_=s.accept();h=hashlib.sha1();n=0
  while d:=c.recv(65536): h.update(d);n+=len(d)
  c.sendall((h.hexdigest()+str(n)).encode().ljust(1<<20,b'.'));c.close()`;
    await firstLine(rig.spawnIn(rig.b, 'python3', '-c', server));
    const client = `import socket,hashlib
r=[]
for i in range(2):
  c=socket.create_connection(('10.99.0.2',9000),10);d=bytes(range(256))*16384
  c.sendall(d);c.shutdown(1);a=b''
  while x:=c.recv(65536): a+=x
  r.append(a.rstrip(b'.').decode()==hashlib.sha1(d).hexdigest()+str(len(d)) and len(a)==1<<20)
print(r)`;
    const ping = rig.spawnIn(rig.a, 'ping', '-c', '3', '-i', '0.05', '-s', '1472', '-W', '5', '10.99.0.2');
    expect(await exitOf(ping)).toBe(0);
    const child = rig.spawnIn(rig.a, 'python3', '-c', client);
    expect(await firstLine(child)).toBe('[True, True]');
    expect(wrong).toEqual([]);
    expect(vb.losses()).toEqual({ 'ring-loss': 0, 'too-long': 0, malformed: 0 });
  } finally {
    on = false;
    await pumping;
  }
});

/** Of TCP over IPv4 without options; all else is right. */
function rightChecksum(frame: Frame): boolean {
  if (frame.u16(12) !== 0x0800 || frame.u8(14) !== 0x45 || frame.u8(23) !== 6) return true;
  const size = frame.u16(16) - 20;
  const at = frame.start + 34;
  return internetChecksum(frame.bytes, at, size, ipv4PseudoSum(frame.bytes, frame.start + 14, 6, size)) === 0;
}

/** Whether an XDP program sits on vb. */
function hasProgram(): boolean {
  return ip('-n', rig.b, '-details', 'link', 'show', 'vb').includes('prog/xdp');
}

/** Whether this process has rings of a socket mapped, which would keep that socket alive. */
function hasRings(): boolean {
  return readFileSync('/proc/self/maps', 'utf8').includes('socket:[');
}

test('the kernel gets no frame while it is open, and all after it is closed; again and again', async () => {
  rig = new Rig();
  sink = new KernelSink(rig);
  const context = newContext();
  await sink.start(3);
  for (let round = 1; round <= 3; round++) {
    const link = open(rig.b, 'vb', context);
    expect([hasProgram(), hasRings()]).toEqual([true, true]);
    const seen: boolean[] = [];
    sink.send(3);
    const each = (frame: Frame) => {
      if (frame.protocol === 0x0800 && frame.u8(23) === 17) seen.push(rightUdp(frame));
    };
    await drain(link, context.pool, each, { until: () => seen.length >= 3 });
    expect([seen, sink.delivered()]).toEqual([[true, true, true], 3 * round]);
    link.close();
    expect([hasProgram(), hasRings()]).toEqual([false, false]);
    sink.send(3);
    await sink.reaches(3 * round + 3);
  }
  expect(context.pool.free).toBe(context.pool.size);
});

function rightUdp(frame: Frame): boolean {
  const at = frame.start + 34;
  const size = frame.u16(16) - 20;
  return (
    internetChecksum(frame.bytes, at, size, ipv4PseudoSum(frame.bytes, frame.start + 14, 17, size)) === 0
  );
}

test('SIGKILL of the process that holds it leaves no program behind', async () => {
  rig = new Rig();
  sink = new KernelSink(rig);
  await sink.start(3);
  const child = holders.start({ io: 'xdp' }, rig);
  try {
    expect(await firstLine(child)).toBe('open');
    sink.send(3);
    expect([hasProgram(), sink.delivered()]).toEqual([true, 3]);
  } finally {
    child.kill('SIGKILL');
  }
  await exitOf(child);
  for (let i = 0; i < 250 && hasProgram(); i++) await sleep(20);
  expect(hasProgram()).toBe(false);
  sink.send(3);
  await sink.reaches(6);
});

test('without privileges the error says what to do', async () => {
  const child = holders.start({ io: 'xdp' }, null, 65534);
  expect(await firstLine(child)).toBe(
    'no-privilege: cannot open an AF_XDP socket for lo: EPERM: not permitted; it needs root or CAP_NET_RAW',
  );
  expect(await exitOf(child)).toBe(3);
});

test('what cannot be is refused with the remedy, and leaves nothing behind', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext();
  const refused = (code: string, message: RegExp) =>
    expect.objectContaining({ code, message: expect.stringMatching(message) });
  const vb = (options: object, pool = context.pool) => open(rig.b, 'vb', { ...context, pool }, options);

  expect(() => vb({ exclusive: false })).toThrow(refused('bad-config', /exclusive.*xdp/));
  expect(() => open(rig.b, 'nope', context)).toThrow(refused('no-device', /nope/));
  expect(() => vb({ receiveBuffer: 1 << 30 })).toThrow(refused('limit', /no room.*receiveBuffer/));
  expect(() => vb({}, new Pool({ size: 64 }))).toThrow(refused('limit', /another io/));

  for (const [ns, device] of bothEnds) ip('-n', ns(), 'link', 'set', device, 'mtu', '3000');
  expect(() => vb({})).toThrow(refused('limit', /MTU of vb, 3000, .*ip link set dev vb mtu 1902/));
  for (const [ns, device] of bothEnds) ip('-n', ns(), 'link', 'set', device, 'mtu', '1902');
  vb({}).close();
  ip('-n', rig.a, 'link', 'set', 'va', 'mtu', '9000');
  expect(() => vb({})).toThrow(refused('link-failed', /MTU.*peer/));
  for (const [ns, device] of bothEnds) ip('-n', ns(), 'link', 'set', device, 'mtu', '1500');

  rig.in(rig.b, 'ethtool', '-L', 'vb', 'rx', '2', 'tx', '2');
  expect(() => vb({})).toThrow(refused('no-support', /2 queues.*ethtool -L vb/));
  rig.in(rig.b, 'ethtool', '-L', 'vb', 'rx', '1', 'tx', '1');

  const first = vb({});
  expect(() => vb({})).toThrow(refused('in-use', /vb.*close that one first/));
  expect(hasProgram()).toBe(true);
  first.close();
  expect(hasProgram()).toBe(false);
  // All of the room is there again.
  const all = context.pool.rings?.claim(250 << 20) ?? -1;
  expect(all).toBeGreaterThan(0);
  expect(context.pool.free).toBe(context.pool.size);
});

const bothEnds = [
  [() => rig.a, 'va'],
  [() => rig.b, 'vb'],
] as const;

test('devices whose drivers know nothing of XDP are taken further up', async () => {
  rig = new Rig({ quiet: true });
  const context = newContext();
  ip('-n', rig.b, 'link', 'add', 'br0', 'type', 'bridge');
  ip('-n', rig.b, 'link', 'set', 'vb', 'master', 'br0');
  ip('-n', rig.b, 'link', 'set', 'br0', 'up');
  const a = open(rig.a, 'va', context, { io: 'recvmmsg' });
  const b = open(rig.b, 'br0', context);
  const own = testFrame(7, 200);
  own.set(b.address ?? [], 0);
  for (let i = 0; i < 500 && b.state() !== 'up'; i++) await sleep(5);
  await sendAll(a, context.pool, [own]);
  const seen: unknown[] = [];
  const each = (frame: Frame) => {
    if (frame.protocol === 0x88b5) seen.push([frame.packetType, bytesOf(frame).equals(own)]);
  };
  await drain(b, context.pool, each, { until: () => seen.length > 0 });
  expect(seen).toEqual([[0, true]]);
  const back = testFrame(8, 100);
  const got: boolean[] = [];
  await sendAll(b, context.pool, [back]);
  const eachBack = (frame: Frame) => {
    if (frame.protocol === 0x88b5) got.push(bytesOf(frame).equals(back));
  };
  await drain(a, context.pool, eachBack, { until: () => got.length > 0 });
  expect(got).toEqual([true]);
});
