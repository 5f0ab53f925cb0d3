import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { hexOf } from '../../testing/frames.js';
import { echoRequest, ipv4Packet, readIcmp } from '../../testing/ip-packets.js';
import { OneBlock } from '../../testing/one-block.js';

function error(config: Record<string, unknown> = {}): OneBlock {
  return new OneBlock('icmp-error', { type: 'time-exceeded', source: '10.0.0.1', ...config });
}

/** The message about a packet, or the reason why there is none. */
function about(packet: Uint8Array, config: Record<string, unknown> = {}, metadata = {}) {
  const x = error(config);
  x.send(packet, 0, metadata);
  expect(accountFaults(x.node.engine)).toEqual([]);
  const [out] = x.out();
  return out === undefined ? Object.keys(x.drops()).join() : readIcmp(out.bytes);
}

test('tells the source, from its own address, quoting the packet', () => {
  const x = error();
  const packet = ipv4Packet({ ttl: 1 });
  x.send(packet);
  x.send(packet, 1, { mark: 3 });
  const [up] = x.out();
  const [down] = x.out('egress');
  for (const out of [up, down])
    expect(readIcmp(out.bytes)).toEqual({
      source: '10.0.0.1',
      destination: '10.0.0.2',
      type: 11,
      code: 0,
      second: 0,
      quoted: packet,
    });
  expect([up, down]).toMatchObject([
    { direction: 0, protocol: 0x0800, mark: 0, nextHop: 0, packetType: 0 },
    { direction: 1 },
  ]);
  // Precedence "internetwork control", time to live 64, may be cut; each message has another identification.
  expect(hexOf(up.bytes.subarray(0, 2))).toBe('45c0');
  expect(hexOf(up.bytes.subarray(6, 10))).toBe('00004001');
  expect(hexOf(up.bytes.subarray(4, 6))).not.toBe(hexOf(down.bytes.subarray(4, 6)));
  expect(x.node.block('x')).toMatchObject({ sent: 2 });
  expect(x.node.engine.totals()).toMatchObject({ consumed: 4, created: 2, dropped: 0 });
});

test.each([
  ['net-unreachable', 3, 0],
  ['host-unreachable', 3, 1],
  ['protocol-unreachable', 3, 2],
  ['port-unreachable', 3, 3],
  ['prohibited', 3, 13],
  ['reassembly-time-exceeded', 11, 1],
])('%s is type %i, code %i', (type, number, code) => {
  expect(about(ipv4Packet(), { type })).toMatchObject({ type: number, code, second: 0 });
});

test('must-fragment tells the MTU', () => {
  expect(about(ipv4Packet(), { type: 'must-fragment', mtu: 1400 })).toMatchObject({
    type: 3,
    code: 4,
    second: 1400,
  });
  expect(() => error({ type: 'must-fragment' })).toThrow('x: mtu: must-fragment tells the MTU');
});

test('redirect tells the next hop, to senders on its network', () => {
  const redirect = { type: 'redirect', network: '10.0.0.0/24' };
  const nextHop = 0x0a0000fe;
  expect(about(ipv4Packet(), redirect, { nextHop })).toMatchObject({ type: 5, code: 1, second: nextHop });
  expect(about(ipv4Packet({ source: '10.0.1.2' }), redirect, { nextHop })).toBe('off-link');
  expect(about(ipv4Packet(), redirect, { nextHop: 0x0a0001fe })).toBe('off-link');
  expect(about(ipv4Packet(), redirect)).toBe('off-link');
  expect(
    about(ipv4Packet({ source: '192.0.2.1' }), { type: 'redirect' }, { nextHop: 0xc0000001 }),
  ).toMatchObject({
    second: 0xc0000001,
  });
});

test('the n-th of several sources is for mark n', () => {
  const source = ['10.0.0.1', '10.0.1.1'];
  const from = (mark: number) => (about(ipv4Packet(), { source }, { mark }) as { source: string }).source;
  expect([0, 1, 2, 3, 0xffffffff].map(from)).toEqual([
    '10.0.0.1',
    '10.0.0.1',
    '10.0.1.1',
    '10.0.0.1',
    '10.0.0.1',
  ]);
});

test('quotes at most what makes 576 bytes, options included, and not the link’s padding', () => {
  const long = ipv4Packet({ payload: new Uint8Array(1000).fill(7), options: [1, 1, 1, 1] });
  expect((about(long) as { quoted: Uint8Array }).quoted).toEqual(long.slice(0, 548));
  const short = ipv4Packet({ payload: new Uint8Array(3) });
  const padded = Uint8Array.of(...short, 9, 9, 9, 9);
  expect((about(padded) as { quoted: Uint8Array }).quoted).toEqual(short);
});

describe('what is not answered (RFC 1812 §4.3.2.7)', () => {
  const icmp = (type: number, more = {}) =>
    ipv4Packet({ protocol: 1, payload: echoRequest(24, type), ...more });

  test('ICMP errors, unknown ICMP, and ICMP whose type is not there', () => {
    for (const type of [3, 4, 5, 11, 12, 1, 44, 255]) expect(about(icmp(type))).toBe('icmp-error');
    for (const type of [0, 8, 9, 10, 13, 14, 15, 16, 17, 18, 42, 43])
      expect(about(icmp(type))).toMatchObject({ type: 11 });
    expect(about(ipv4Packet({ protocol: 1, payload: new Uint8Array(0) }))).toBe('icmp-error');
    expect(about(icmp(3, { options: [1, 1, 1, 1] }))).toBe('icmp-error');
  });

  test('broadcasts and multicasts, of the link and of IP', () => {
    for (const packetType of [1, 2]) expect(about(ipv4Packet(), {}, { packetType })).toBe('to-group');
    for (const destination of ['224.0.0.1', '239.1.1.1', '255.255.255.255'])
      expect(about(ipv4Packet({ destination }))).toBe('to-group');
    expect(about(ipv4Packet(), {}, { packetType: 3 })).toMatchObject({ type: 11 });
  });

  test('sources that are no host', () => {
    for (const source of ['0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255'])
      expect(about(ipv4Packet({ source }))).toBe('bad-source');
  });

  test('fragments but the first', () => {
    expect(about(ipv4Packet({ fragment: 0x2000 }))).toMatchObject({ type: 11 });
    expect(about(ipv4Packet({ fragment: 0x2001 }))).toBe('later-fragment');
    expect(about(ipv4Packet({ fragment: 0x1000 }))).toBe('later-fragment');
  });

  test('what is no packet', () => {
    expect(about(new Uint8Array(0))).toBe('bad-packet');
    expect(about(ipv4Packet().subarray(0, 40))).toBe('bad-packet');
    expect(about(new Uint8Array(60))).toBe('bad-packet');
  });
});

describe('the rate', () => {
  const send = (x: OneBlock, count: number) => {
    for (let i = 0; i < count; i++) x.send(ipv4Packet());
    return x.out().length;
  };

  test('a burst, then the rate, then what has come together meanwhile', () => {
    const x = error({ rate: 10, burst: 5 });
    expect(send(x, 20)).toBe(5);
    expect(x.drops()).toEqual({ limited: 15 });
    x.node.elapse(300_000);
    expect(send(x, 20)).toBe(3);
    x.node.elapse(60_000_000);
    expect(send(x, 20)).toBe(5);
  });

  test('0 is none', () => {
    expect(send(error({ rate: 0, burst: 1 }), 40)).toBe(40);
  });
});

test('an empty pool, and one with frames too small, make no message', () => {
  const x = new OneBlock('icmp-error', { type: 'time-exceeded', source: '10.0.0.1' }, ['ingress'], {
    pool: { size: 1, slotSize: 256, headroom: 32 },
  });
  x.send(ipv4Packet());
  expect(x.drops()).toEqual({ 'no-frame': 1, 'pool-empty': 1 });
  const small = new OneBlock('icmp-error', { type: 'time-exceeded', source: '10.0.0.1' }, ['ingress'], {
    pool: { size: 4, slotSize: 55, headroom: 0 },
  });
  small.send(ipv4Packet());
  expect(small.drops()).toEqual({ 'no-frame': 2 });
  expect(accountFaults(small.node.engine)).toEqual([]);
});

test.each([
  [{ source: '' }, 'source: there is no address'],
  [{ source: '10.0.0' }, 'source: "10.0.0" is not an IPv4 address'],
  [{ type: 'parameter-problem' }, 'type'],
  [{ network: '10.0.0.1/24' }, 'network: '],
  [{ mtu: 67 }, 'mtu'],
])('%j is refused', (config, message) => {
  expect(() => error(config)).toThrow(message);
});
