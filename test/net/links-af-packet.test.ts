import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Link, type LinkContext, SendStop } from '../../src/contract/link.js';
import { openAfPacket } from '../../src/links/af-packet/link.js';
import { bytesOf, drain, ip, newContext, Rig, reaching, sendAll, sleep, testFrame } from './links-support.js';

let rig: Rig;
let io = 'auto';

function open(ns: string, device: string, context: LinkContext, options: object = {}): Link {
  return rig.packets(ns, device, context, { io, ...options });
}

afterEach(() => rig?.close());

/** The kernel tells the carrier's state a moment later. */
async function states(a: Link, b: Link, wanted: string): Promise<void> {
  for (let i = 0; i < 200 && (a.state() !== wanted || b.state() !== wanted); i++) await sleep(10);
  expect([a.state(), b.state()]).toEqual([wanted, wanted]);
}

describe.each(['ring', 'recvmmsg'])('frames over veth, by %s', (way) => {
  beforeEach(() => {
    io = way;
  });

  test('arrive byte for byte, in order, described as the kernel does, and the pool is whole', async () => {
    rig = new Rig({ quiet: true });
    const context = newContext();
    const a = open(rig.a, 'va', context);
    const b = open(rig.b, 'vb', context, { promiscuous: true });
    expect(b.maxSend).toBe(1518);
    expect(Buffer.from(b.address ?? []).toString('hex')).toBe(
      rig.in(rig.b, 'cat', '/sys/class/net/vb/address').trim().replaceAll(':', ''),
    );
    const list = Array.from({ length: 300 }, (_, i) => testFrame(i, 14 + ((i * 37) % 1501)));
    const broadcast = testFrame(300, 60);
    broadcast.fill(0xff, 0, 6);
    list.push(broadcast);
    const before = context.clock.now();
    expect(await sendAll(a, context.pool, list)).toBe(301);
    let at = 0;
    await drain(
      b,
      context.pool,
      (frame) => {
        expect(bytesOf(frame).equals(list[at]), `frame ${at}`).toBe(true);
        expect(frame.start).toBe(frame.slotOffset + context.pool.headroom);
        expect([frame.protocol, frame.hardwareType, frame.vlanPresent]).toEqual([0x88b5, 1, 0]);
        expect(frame.interfaceIndex).toBe(b.interfaceIndex);
        expect(frame.packetType).toBe(at === 300 ? 1 : 3);
        expect(frame.timestamp).toBeGreaterThanOrEqual(before);
        at++;
      },
      reaching(301),
    );
    expect(at).toBe(301);
    // What the host itself sent by this interface is not received.
    expect(await drain(a, context.pool, () => {})).toBe(0);
    expect(b.losses()).toEqual({ 'ring-loss': 0, 'too-long': 0, malformed: 0 });
    a.close();
    b.close();
    b.close();
    expect(context.pool.free).toBe(context.pool.size);
    expect([b.state(), b.receive([], 8), b.send([], 0, 0)]).toEqual(['ended', 0, 0]);
  });

  test('a batch is taken as far as it goes: too long, then the rest', async () => {
    rig = new Rig({ quiet: true });
    const context = newContext();
    const a = open(rig.a, 'va', context, { batch: 4 });
    const b = open(rig.b, 'vb', context);
    const frames = Array.from({ length: 10 }, (_, i) => {
      const frame = context.pool.allocate();
      frame?.fill(testFrame(i, i === 6 ? 1600 : 100));
      return frame as NonNullable<typeof frame>;
    });
    expect([a.send(frames, 1, 10), a.stopped]).toEqual([5, SendStop.tooLong]);
    expect(a.lastError).toContain('EMSGSIZE');
    expect([a.send(frames, 7, 10), a.stopped]).toEqual([3, SendStop.none]);
    const numbers: number[] = [];
    await drain(b, context.pool, (frame) => numbers.push(frame.u32(14)), reaching(8));
    expect(numbers).toEqual([1, 2, 3, 4, 5, 7, 8, 9]);
    for (const frame of frames) context.pool.release(frame);
  });

  test('VLAN tags are put back, of both kinds and doubled', async () => {
    rig = new Rig({ quiet: true });
    const context = newContext();
    const a = open(rig.a, 'va', context);
    const b = open(rig.b, 'vb', context);
    const tagged = (tpid: number, tci: number, length: number) => {
      const frame = testFrame(tci, length, tpid);
      frame.writeUInt16BE(tci, 14);
      frame.writeUInt16BE(0x88b5, 16);
      return frame;
    };
    const list = [tagged(0x8100, 0xe00a, 1518), tagged(0x88a8, 5, 1514), tagged(0x8100, 0x1fff, 60)];
    const double = tagged(0x88a8, 7, 80);
    double.writeUInt16BE(0x8100, 16);
    double.writeUInt32BE(0x000888b5, 18);
    list.push(double);
    await sendAll(a, context.pool, list);
    const seen: unknown[] = [];
    await drain(
      b,
      context.pool,
      (frame) => {
        expect(bytesOf(frame).equals(list[seen.length])).toBe(true);
        seen.push([frame.vlanPresent, frame.vlanProtocol, frame.vlanTag, frame.protocol]);
      },
      reaching(4),
    );
    expect(seen).toEqual([
      [1, 0x8100, 0xe00a, 0x88b5],
      [1, 0x88a8, 5, 0x88b5],
      [1, 0x8100, 0x1fff, 0x88b5],
      [1, 0x88a8, 7, 0x8100],
    ]);
  });

  test('a frame longer than a slot is counted, its neighbours arrive', async () => {
    rig = new Rig({ quiet: true });
    const wide = newContext();
    const narrow = newContext({ slotSize: 512 });
    const a = open(rig.a, 'va', wide);
    const b = open(rig.b, 'vb', narrow);
    await sendAll(a, wide.pool, [testFrame(0, 384), testFrame(1, 385), testFrame(2, 1514), testFrame(3, 60)]);
    const numbers: number[] = [];
    await drain(b, narrow.pool, (frame) => numbers.push(frame.u32(14)), reaching(2));
    expect(numbers).toEqual([0, 3]);
    expect(b.losses()['too-long']).toBe(2);
  });

  test('with an empty pool frames wait in the kernel; slots posted earlier still serve', async () => {
    rig = new Rig({ quiet: true });
    const wide = newContext();
    const small = newContext({ size: 32 });
    const a = open(rig.a, 'va', wide);
    const b = open(rig.b, 'vb', small, { batch: 64 });
    await sendAll(
      a,
      wide.pool,
      Array.from({ length: 100 }, (_, i) => testFrame(i, 60)),
    );
    const got: number[] = [];
    const into: Parameters<Link['receive']>[0] = [];
    const kept = [];
    for (let turn = 0; turn < 40; turn++) {
      const n = b.receive(into, 64);
      for (let i = 0; i < n; i++) {
        got.push(into[i].u32(14));
        kept.push(into[i]);
      }
    }
    expect(got).toEqual(Array.from({ length: 32 }, (_, i) => i)); // every frame of the pool, then none
    for (const frame of kept) small.pool.release(frame as Parameters<typeof small.pool.release>[0]);
    await drain(b, small.pool, (frame) => got.push(frame.u32(14)), reaching(68));
    expect(got).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(b.losses()['ring-loss']).toBe(0);
  });

  test('with an empty pool what is posted at the end of the row is used at its front', async () => {
    rig = new Rig({ quiet: true });
    const wide = newContext();
    const small = newContext({ size: 64 });
    const a = open(rig.a, 'va', wide);
    const b = open(rig.b, 'vb', small, { io: 'recvmmsg' });
    expect(b.receive([], 8)).toBe(0);
    expect(small.pool.free).toBe(56);
    const taken = [];
    for (let frame = small.pool.allocate(); frame !== null; frame = small.pool.allocate()) taken.push(frame);
    const numbers: number[] = [];
    const into: Parameters<Link['receive']>[0] = [];
    for (let i = 0; i < 10; i++) {
      await sendAll(a, wide.pool, [testFrame(i, 60)]);
      const n = b.receive(into, 8);
      for (let k = 0; k < n; k++) {
        numbers.push(into[k].u32(14));
        taken.push(into[k] as (typeof taken)[0]);
      }
    }
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const frame of taken) small.pool.release(frame);
    await drain(b, small.pool, (frame) => numbers.push(frame.u32(14)), reaching(2));
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('what the kernel drops for a full buffer is counted exactly', async () => {
    rig = new Rig({ quiet: true });
    const context = newContext();
    const a = open(rig.a, 'va', context);
    const b = open(rig.b, 'vb', context, { receiveBuffer: 100_000 });
    let sent = 0;
    let received = 0;
    for (let round = 0; round < 5; round++) {
      sent += await sendAll(
        a,
        context.pool,
        Array.from({ length: 3000 }, (_, i) => testFrame(i, 64)),
      );
      received += await drain(b, context.pool, () => {}, {
        until: (n) => received + n + (b.losses()['ring-loss'] ?? 0) >= sent,
      });
      expect(received + (b.losses()['ring-loss'] ?? 0)).toBe(sent);
    }
    expect(sent).toBe(15_000);
    expect(b.losses()['ring-loss']).toBeGreaterThan(10_000);
    b.close();
    expect(received + (b.losses()['ring-loss'] ?? 0)).toBe(sent); // kept after closing
  });
});

describe.each(['ring', 'recvmmsg'])('the device changes, by %s', (way) => {
  beforeEach(() => {
    io = way;
  });

  test('down, up, renamed, moved, removed', async () => {
    rig = new Rig({ quiet: true });
    const context = newContext();
    const a = open(rig.a, 'va', context);
    const b = open(rig.b, 'vb', context);
    const frame = context.pool.allocate();
    if (!frame) throw new Error('pool');
    frame.fill(testFrame(1, 60));
    await states(a, b, 'up');
    ip('-n', rig.b, 'link', 'set', 'vb', 'down');
    await states(a, b, 'down');
    expect([b.send([frame], 0, 1), b.stopped]).toEqual([0, SendStop.down]);
    expect(b.lastError).toContain('ENETDOWN');
    expect(b.receive([], 8)).toBe(0);
    ip('-n', rig.b, 'link', 'set', 'vb', 'name', 'other0');
    expect(b.state()).toBe('down');
    ip('-n', rig.b, 'link', 'set', 'other0', 'mtu', '1400', 'up');
    await states(a, b, 'up');
    expect(b.maxSend).toBe(1418);
    await sendAll(a, context.pool, [testFrame(2, 60)]);
    expect(await drain(b, context.pool, (f) => expect(f.u32(14)).toBe(2), reaching(1))).toBe(1);
    expect([b.send([frame], 0, 1), b.stopped]).toEqual([1, SendStop.none]);
    expect(await drain(a, context.pool, (f) => expect(f.u32(14)).toBe(1), reaching(1))).toBe(1);

    ip('-n', rig.b, 'link', 'del', 'other0');
    expect([a.state(), b.state()]).toEqual(['gone', 'gone']);
    for (const link of [a, b]) {
      expect(link.receive([], 8)).toBe(0);
      expect([link.send([frame], 0, 1), link.stopped]).toEqual([0, SendStop.down]);
    }
    // A new device of the old name and index is another one.
    ip('-n', rig.a, 'link', 'add', 'va', 'index', '11', 'type', 'veth', 'peer', 'name', 'vc');
    expect(a.state()).toBe('gone');
    context.pool.release(frame);
    a.close();
    b.close();
    expect(context.pool.free).toBe(context.pool.size);
  });

  test('a device that is down at first is opened and works when it comes up', async () => {
    rig = new Rig({ quiet: true });
    const context = newContext();
    ip('-n', rig.b, 'link', 'set', 'vb', 'down');
    const b = open(rig.b, 'vb', context);
    const a = open(rig.a, 'va', context);
    expect(b.state()).toBe('down');
    ip('-n', rig.b, 'link', 'set', 'vb', 'up');
    await states(a, b, 'up');
    await sendAll(a, context.pool, [testFrame(2, 60)]);
    expect(await drain(b, context.pool, () => {}, reaching(1))).toBe(1);
  });
});

describe('bad input', () => {
  test.each([
    [{ device: 'nosuch0' }, 'no-device', /nosuch0.*ENODEV.*ip link/],
    [{ device: 'a/b' }, 'no-device', /contains "\/"/],
    [{ device: 'sixteen-bytes-xx' }, 'no-device', /longer than 15/],
    [{ device: '' }, 'bad-config', /device/],
    [{ device: 'lo', speed: 3 }, 'bad-config', /speed/],
    [{ device: 'lo', batch: 0 }, 'bad-config', /batch/],
    [{}, 'bad-config', /device/],
  ])('%j', (options, code, message) => {
    const context = newContext();
    const attempt = () => openAfPacket({ kind: 'af-packet', ...options }, context);
    expect(attempt).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
    expect(context.pool.free).toBe(context.pool.size);
  });
});
