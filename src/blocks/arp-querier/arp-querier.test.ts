import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { arpFrame, describeArp } from '../../testing/arp-frames.js';
import { hexOf } from '../../testing/frames.js';
import { ipv4Packet } from '../../testing/ip-packets.js';
import { OneBlock } from '../../testing/one-block.js';
import type { ArpQuerier } from './arp-querier.js';

const own = { address: '10.0.0.1', mac: '02:00:00:00:00:01' };
const ALL = ['ingress', 'egress', 'ingress1'];
const HOP = 0x0a000002;
const SECOND = 1_000_000;

function querier(config: Record<string, unknown> = {}, ports = ALL, size = 64): OneBlock {
  return new OneBlock('arp-querier', { ...own, ...config }, ports, {
    pool: { size, slotSize: 512, headroom: 64 },
  });
}
const packet = (id: number) => ipv4Packet({ id });
const ask = (x: OneBlock, id: number, nextHop = HOP, direction: 0 | 1 = 0) =>
  x.send(packet(id), direction, { nextHop });
const reply = (options = {}) =>
  arpFrame({ operation: 2, targetMac: own.mac, targetIp: own.address, to: own.mac, ...options });
const tell = (x: OneBlock, options = {}) => x.send(reply(options), 0, { protocol: 0x0806 });
/** What left: requests as text, packets as `id → MAC`. */
const left = (x: OneBlock, port = 'ingress') =>
  x
    .out(port)
    .map(({ bytes }) =>
      bytes[12] === 8 && bytes[13] === 6
        ? describeArp(bytes)
        : `${bytes[19]} to ${hexOf(bytes.subarray(0, 6))}`,
    );
const REQUEST =
  '02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff: 10.0.0.1 at 02:00:00:00:00:01 asks for 10.0.0.2 at 00:00:00:00:00:00';
const B = '02000000000b';

test('asks once, lets packets wait, and sends them in order when the answer comes', () => {
  const x = querier();
  for (let id = 1; id <= 3; id++) ask(x, id);
  expect(left(x)).toEqual([REQUEST]);
  expect(x.node.block<ArpQuerier>('x').held()).toBe(3);
  expect(accountFaults(x.node.engine)).toEqual([]);
  tell(x);
  ask(x, 4);
  ask(x, 5);
  expect(left(x)).toEqual([1, 2, 3, 4, 5].map((id) => `${id} to ${B}`));
  expect(x.node.block('x')).toMatchObject({ packets: 5, queries: 1, learned: 1, unanswered: 0 });
  expect(accountFaults(x.node.engine)).toEqual([]);
});

test('the header: the station’s address, the own one, IPv4; the packet unchanged behind it', () => {
  const x = querier({ mac: '02:a1:b2:c3:d4:e5' });
  tell(x);
  ask(x, 1);
  tell(x, { senderMac: 'f4:f5:f6:f7:f8:f9' });
  x.out();
  ask(x, 2); // by the slow path
  ask(x, 3); // by the fast one
  for (const [i, { bytes }] of x.out().entries())
    expect(hexOf(bytes)).toBe(`f4f5f6f7f8f902a1b2c3d4e50800${hexOf(packet(i + 2))}`);
});

test('requests leave the way of the packet', () => {
  const x = querier();
  ask(x, 1, HOP, 1);
  expect(left(x, 'egress')).toEqual([REQUEST]);
  tell(x);
  ask(x, 2, HOP, 1);
  expect(left(x, 'egress')).toEqual([`1 to ${B}`, `2 to ${B}`]);
  expect(left(x)).toEqual([]);
});

describe('no answer', () => {
  test('asks again after a second, gives up after three tries; packets leave by ingress1 as they were', () => {
    const x = querier();
    ask(x, 9);
    const requests = [0, 1, 1, 1, 1].map((seconds) => {
      x.node.elapse(seconds * SECOND + 50_000);
      return left(x).length;
    });
    expect(requests).toEqual([1, 1, 1, 0, 0]);
    expect(x.out('ingress1').map((out) => hexOf(out.bytes))).toEqual([hexOf(packet(9))]);
    expect(x.node.block('x')).toMatchObject({ queries: 3, unanswered: 1 });
    expect(x.node.engine.dispatch.timers.any).toBe(false);
    ask(x, 10);
    expect(left(x)).toEqual([REQUEST]);
  });

  test('without ingress1 they are dropped', () => {
    const x = querier({ tries: 1, retry: 0.5 }, ['ingress']);
    ask(x, 1);
    ask(x, 2, HOP + 1);
    x.node.elapse(SECOND);
    expect(x.drops()).toEqual({ unresolved: 2 });
    expect(accountFaults(x.node.engine)).toEqual([]);
  });

  test('an empty pool: no request now, but the next in a second', () => {
    const x = querier({}, ['ingress'], 1);
    ask(x, 1);
    expect([left(x), x.drops()]).toEqual([[], { 'pool-empty': 1 }]);
    expect(accountFaults(x.node.engine)).toEqual([]);
    x.node.elapse(10 * SECOND);
    expect(x.drops()).toEqual({ 'pool-empty': 3, unresolved: 1 });
  });
});

describe('limits', () => {
  test('of those that wait for one address the latest stay', () => {
    const x = querier({ waiting: 2 });
    for (let id = 1; id <= 5; id++) ask(x, id);
    left(x);
    tell(x);
    expect(left(x)).toEqual([`4 to ${B}`, `5 to ${B}`]);
    expect(x.drops()).toEqual({ 'too-many-waiting': 3 });
  });

  test('a full table asks for no more addresses, and goes on with those that it has', () => {
    const x = querier({ addresses: 2 });
    for (let i = 0; i < 5; i++) ask(x, i, HOP + i);
    expect(x.drops()).toEqual({ 'table-full': 3 });
    left(x);
    tell(x, { senderIp: '10.0.0.3' });
    expect(left(x)).toEqual([`1 to ${B}`]);
    x.node.elapse(4 * SECOND);
    left(x);
    ask(x, 6, HOP + 6);
    expect(left(x).length).toBe(1);
  });

  test('1024 packets wait at most', () => {
    const x = querier({ waiting: 64 }, ['ingress'], 2000);
    for (let i = 0; i < 20; i++) for (let n = 0; n < 60; n++) ask(x, n, HOP + i);
    expect(x.node.block<ArpQuerier>('x').held()).toBe(1024);
    expect(x.drops()).toEqual({ 'too-many-waiting': 1200 - 1024 });
    x.node.elapse(5 * SECOND);
    expect(x.node.block<ArpQuerier>('x').held()).toBe(0);
    expect(accountFaults(x.node.engine)).toEqual([]);
  });

  test('more addresses than the fast path has places: known all, also those that share one', () => {
    const x = querier({ addresses: 1200, waiting: 1 }, ['ingress'], 16);
    const macOf = (i: number) =>
      `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`;
    for (let i = 0; i < 1200; i++) {
      ask(x, 1, HOP + i);
      const bytes = [HOP + i].flatMap((a) => [a >>> 24, (a >> 16) & 255, (a >> 8) & 255, a & 255]);
      tell(x, { senderIp: bytes.join('.'), senderMac: macOf(i) });
    }
    x.out();
    for (let i = 0; i < 1200; i++) {
      ask(x, 2, HOP + i);
      expect(left(x)).toEqual([`2 to ${macOf(i).replaceAll(':', '')}`]);
    }
    expect(x.node.block('x')).toMatchObject({ neighbours: { count: 1200 } });
    x.node.elapse(700 * SECOND);
    x.out();
    expect(x.node.block('x')).toMatchObject({ neighbours: { count: 0 } });
  });
});

describe('what is believed', () => {
  test('only answers about addresses asked for', () => {
    const x = querier();
    tell(x);
    ask(x, 1);
    expect(left(x)).toEqual([REQUEST]);
    tell(x, { senderIp: '10.0.0.3' });
    expect(left(x)).toEqual([]);
    expect(x.node.block('x')).toMatchObject({ learned: 0 });
  });

  test('requests of a known station tell its address too (RFC 826)', () => {
    const x = querier();
    ask(x, 1);
    left(x);
    x.send(arpFrame({ targetIp: '10.0.0.77' }), 0, { protocol: 0x0806 });
    expect(left(x)).toEqual([`1 to ${B}`]);
  });

  test.each([
    ['one byte less', reply().subarray(0, 41)],
    ['another operation', reply({ operation: 3 })],
    ['a group address', reply({ senderMac: '01:00:00:00:00:0b' })],
    ['no Ethernet header', reply().subarray(14)],
    ['another kind of address', reply().fill(9, 15, 16)],
  ])('not %s', (_what, bytes) => {
    const x = querier();
    x.send(bytes, 0, { protocol: 0x0806 });
    expect(x.drops()).toEqual({ 'bad-arp': 1 });
  });

  test('what has no next hop and is no ARP is dropped', () => {
    const x = querier();
    x.send(packet(1));
    expect(x.drops()).toEqual({ 'no-next-hop': 1 });
  });
});

describe('lifetime', () => {
  function known(lifetime = 20): OneBlock {
    const x = querier({ lifetime });
    ask(x, 1);
    tell(x);
    left(x);
    return x;
  }

  test('an address in use is asked for before its end, and packets go on meanwhile', () => {
    const x = known();
    ask(x, 2);
    x.node.elapse(17 * SECOND + 200_000);
    ask(x, 3);
    expect(left(x)).toEqual([`2 to ${B}`, REQUEST, `3 to ${B}`]);
    tell(x, { senderMac: '02:00:00:00:00:0c' });
    x.node.elapse(10 * SECOND);
    ask(x, 4);
    expect(left(x)).toEqual(['4 to 02000000000c']);
  });

  test('not in use, it is forgotten in silence', () => {
    const x = known();
    x.node.elapse(25 * SECOND);
    expect(left(x)).toEqual([]);
    expect(x.node.block('x')).toMatchObject({ neighbours: { count: 0 }, unanswered: 0 });
    expect(x.node.engine.dispatch.timers.any).toBe(false);
  });

  test('a station that has gone is not believed for ever', () => {
    const x = known();
    ask(x, 2);
    left(x);
    x.node.elapse(25 * SECOND);
    expect(left(x)).toEqual([REQUEST, REQUEST, REQUEST]);
    ask(x, 3);
    expect(left(x)).toEqual([REQUEST]);
    expect(x.node.block<ArpQuerier>('x').held()).toBe(1);
  });
});

describe('changes', () => {
  test('a new MAC address is in every header from then on', () => {
    const x = querier();
    ask(x, 1);
    tell(x);
    ask(x, 2);
    x.out();
    x.set({ mac: '06:99:00:00:00:99' });
    ask(x, 3);
    ask(x, 4);
    expect(x.out().map(({ bytes }) => hexOf(bytes.subarray(6, 12)))).toEqual([
      '069900000099',
      '069900000099',
    ]);
  });

  test('wrong options change nothing', () => {
    const x = querier();
    expect(() => x.set({ mac: '02:00:00:00:00:99', address: '10.0.0' })).toThrow('x: address: "10.0.0"');
    ask(x, 1);
    expect(left(x)).toEqual([REQUEST]);
  });

  test('who replaces it takes addresses, waiting packets and timer over', () => {
    const x = querier();
    ask(x, 1, HOP + 1);
    tell(x, { senderIp: '10.0.0.3' });
    ask(x, 2, HOP);
    left(x);
    x.node.act(
      { do: 'add', name: 'y', type: 'arp-querier', config: { ...own, mac: '02:00:00:00:00:77' } },
      { do: 'replace', old: 'x', new: 'y' },
    );
    expect(x.node.block<ArpQuerier>('y').held()).toBe(1);
    x.node.act(
      { do: 'add', name: 'x', type: 'forward' },
      { do: 'connect', from: 'x', port: 'ingress', to: 'y' },
    );
    ask(x, 3, HOP + 1);
    expect(x.out().map(({ bytes }) => hexOf(bytes.subarray(0, 12)))).toEqual(['02000000000b020000000077']);
    x.node.elapse(1.2 * SECOND);
    expect(left(x).length).toBe(1);
    expect(accountFaults(x.node.engine)).toEqual([]);
  });

  test('at its end it drops what waits', () => {
    const x = querier();
    ask(x, 1);
    ask(x, 2, HOP + 1);
    x.node.act({ do: 'rm', name: 'x', mode: 'force' });
    expect(x.drops()).toEqual({ 'block-removed': 2 });
    expect(accountFaults(x.node.engine)).toEqual([]);
  });
});

test('without room for the header a packet is dropped, one that waited too', () => {
  const x = new OneBlock('arp-querier', own, ALL, { pool: { size: 8, slotSize: 256, headroom: 13 } });
  ask(x, 1);
  tell(x);
  ask(x, 2);
  expect(x.drops()).toEqual({ 'no-headroom': 2 });
  expect(accountFaults(x.node.engine)).toEqual([]);
});

test('shows what it knows', () => {
  const x = querier();
  ask(x, 1);
  tell(x);
  ask(x, 1, HOP + 1);
  expect(x.node.ask<{ details?: object }>({ op: 'show', name: 'x' }).details).toEqual({
    addresses: 2,
    waiting: 1,
    mostWaiting: 1024,
    known: { '10.0.0.2': '02:00:00:00:00:0b' },
  });
});
