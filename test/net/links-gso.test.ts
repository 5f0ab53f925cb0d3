// needs: python3
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openAfPacket } from '../../src/links/af-packet/link.js';
import { foldSum, sumWords } from '../../src/wire/checksum.js';
import { bytesOf, drain, exitOf, newContext, Rig, sleep } from './links-support.js';

// What the host's own TCP sends over veth with offloads on: super-frames of up to 64 KiB, checksums undone.

let rig: Rig;
let directory = '';
afterEach(() => {
  rig?.close();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

/** Length of the IP header(s), the protocol, and whether IP's and the transport's checksums are right. */
function check(frame: Buffer): { protocol: number; at: number; end: number } {
  const v6 = frame.readUInt16BE(12) === 0x86dd;
  const header = v6 ? 40 : (frame[14] & 15) * 4;
  const end = 14 + (v6 ? 40 + frame.readUInt16BE(18) : frame.readUInt16BE(16));
  if (!v6) expect(sumWords(frame, 14, header), 'IPv4 header checksum').toBe(0xffff);
  const protocol = frame[v6 ? 20 : 23];
  const at = 14 + header;
  if (protocol !== 6 && protocol !== 17) return { protocol, at, end };
  const addresses = v6 ? sumWords(frame, 22, 32) : sumWords(frame, 26, 8);
  const sum = foldSum(addresses + protocol + (end - at) + sumWords(frame, at, end - at));
  expect(sum, `checksum of protocol ${protocol}`).toBe(0xffff);
  return { protocol, at, end };
}

const rxPackets = (ns: string) => Number(rig.in(ns, 'cat', '/sys/class/net/vb/statistics/rx_packets'));

describe.each(['ring', 'recvmmsg'])('by %s', (io) => {
  test.each([
    { host: '10.99.0.1', family: 'IPv4', max: 64, size: 512 },
    { host: '[fd99::1]', family: 'IPv6', max: 64, size: 512 },
    { host: '10.99.0.1', family: 'IPv4', max: 7, size: 64 },
  ])('a TCP transfer over $family arrives as right segments (max $max, pool $size)', async ({
    host,
    max,
    size,
  }) => {
    rig = new Rig({ v6: true });
    directory = mkdtempSync(join(tmpdir(), 'quipu-gso-'));
    const file = Buffer.alloc(6_000_000);
    for (let i = 0, x = 1; i < file.length; i++) {
      x = (Math.imul(x, 1103515245) + 12345) >>> 0;
      file[i] = x >>> 16;
    }
    writeFileSync(join(directory, 'file'), file);
    const context = newContext({ size });
    const link = rig.open(rig.b, () =>
      openAfPacket({ kind: 'af-packet', device: 'vb', io, receiveBuffer: 64 << 20 }, context),
    );
    const server = `exec python3 -m http.server 8080 --bind :: --directory ${directory} 2>/dev/null`;
    rig.spawnIn(rig.a, 'sh', '-c', server);
    for (let i = 0; !rig.in(rig.a, 'cat', '/proc/net/tcp6').includes(':1F90 '); i++) {
      if (i > 100) throw new Error('the web server does not start');
      await sleep(50);
    }
    const before = rxPackets(rig.b);
    const program = `import urllib.request,hashlib;d=urllib.request.urlopen('http://${host}:8080/file').read();print(hashlib.sha256(d).hexdigest())`;
    const client = rig.spawnIn(rig.b, 'python3', '-c', program);
    let done = false;
    const finished = exitOf(client).then((code) => {
      done = true;
      return code;
    });

    const stream = Buffer.alloc(file.length + 65536);
    let base = -1;
    let highest = 0;
    let frames = 0;
    await drain(
      link,
      context.pool,
      (frame) => {
        const bytes = bytesOf(frame);
        expect(bytes.length).toBeLessThanOrEqual(1514);
        frames++;
        if (frame.protocol !== 0x0800 && frame.protocol !== 0x86dd) return;
        const { protocol, at, end } = check(bytes);
        if (protocol !== 6) return;
        const sequence = bytes.readUInt32BE(at + 4);
        const payload = bytes.subarray(at + (bytes[at + 12] >> 4) * 4, end);
        if (bytes[at + 13] & 2) {
          base = (sequence + 1) >>> 0;
          return;
        }
        const position = (sequence - base) >>> 0;
        stream.set(payload, position);
        if (payload.length > 0) highest = Math.max(highest, position + payload.length);
      },
      { max, until: () => done, quietMs: 100 },
    );
    expect(await finished).toBe(0);
    expect(link.losses()).toEqual({ 'ring-loss': 0, 'too-long': 0, malformed: 0 });
    const reply = stream.subarray(0, highest);
    const body = reply.subarray(reply.indexOf('\r\n\r\n') + 4);
    const digest = (b: Buffer) => createHash('sha256').update(b).digest('hex');
    expect([body.length, digest(body)]).toEqual([file.length, digest(file)]);
    // Otherwise the kernel made no super-frames and nothing was tested.
    expect(frames).toBeGreaterThan(2 * (rxPackets(rig.b) - before));
    link.close();
    expect(context.pool.free).toBe(context.pool.size);
  });

  test('a row of UDP datagrams sent as one (UDP_SEGMENT) arrives as datagrams', async () => {
    rig = new Rig();
    const context = newContext();
    const link = rig.open(rig.b, () => openAfPacket({ kind: 'af-packet', device: 'vb', io }, context));
    const program = [
      'import socket',
      's=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)',
      's.setsockopt(17,103,1000)',
      "s.sendto(b''.join(bytes([i])*1000 for i in range(20))+b'end',('10.99.0.2',9000))",
    ].join('\n');
    rig.in(rig.a, 'python3', '-c', program);
    const payloads: string[] = [];
    await drain(link, context.pool, (frame) => {
      const bytes = bytesOf(frame);
      if (frame.protocol !== 0x0800) return;
      const { protocol, at, end } = check(bytes);
      if (protocol !== 17) return;
      expect(bytes.readUInt16BE(at + 4)).toBe(end - at);
      payloads.push(bytes.subarray(at + 8, end).toString('hex'));
    });
    const expected = Array.from({ length: 20 }, (_, i) => i.toString(16).padStart(2, '0').repeat(1000));
    expect(payloads).toEqual([...expected, Buffer.from('end').toString('hex')]);
    expect(rxPackets(rig.b)).toBeLessThan(10);
    link.close();
    expect(context.pool.free).toBe(context.pool.size);
  });

  test('segments that do not fit into a slot are counted', async () => {
    rig = new Rig();
    const context = newContext({ slotSize: 1024 });
    const link = rig.open(rig.b, () => openAfPacket({ kind: 'af-packet', device: 'vb', io }, context));
    const program = [
      'import socket',
      's=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)',
      's.setsockopt(17,103,1000)',
      "s.sendto(bytes(20003),('10.99.0.2',9000))",
    ].join('\n');
    rig.in(rig.a, 'python3', '-c', program);
    const lengths: number[] = [];
    await drain(link, context.pool, (frame) => {
      if (frame.protocol === 0x0800 && frame.u8(23) === 17) lengths.push(frame.length);
    });
    expect(lengths).toEqual([14 + 20 + 8 + 3]);
    expect(link.losses()['too-long']).toBe(20);
    link.close();
    expect(context.pool.free).toBe(context.pool.size);
  });
});
