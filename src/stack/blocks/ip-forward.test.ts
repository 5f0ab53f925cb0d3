import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { TestCircuit } from '../../testing/circuit.js';
import { Lan, makeStation, type Station } from '../../testing/host-lan.js';
import { ipv4Packet } from '../../testing/ip-packets.js';
import { echo6, framed, icmpv6Packet, ipv6Packet, six } from '../../testing/ipv6-packets.js';
import { parseMac } from '../../wire/ethernet.js';
import { isIpv4ChecksumRight } from '../../wire/ipv4.js';

const MAC = '02:00:00:00:01:01';
const LEFT = '02:00:00:00:00:11';
const RIGHT = '02:00:00:00:00:22';

/** A router between 10.0.0.0/24, fd00::/64 and 10.0.1.0/24, fd01::/64; the right link is narrower. */
function router(forwarding = true): Station {
  const one = makeStation(1, ['left', 'right'], { mtu: 1500 });
  const [left, right] = [one.at('left'), one.at('right')];
  one.host.forwarding = forwarding;
  one.host.addAddress(left, Uint8Array.of(10, 0, 0, 1), 24);
  one.host.addAddress(left, six('fd00::1'), 64);
  one.host.addAddress(right, Uint8Array.of(10, 0, 1, 1), 24);
  one.host.addAddress(right, six('fd01::1'), 64);
  left.neighbours(4).setPermanent(Uint8Array.of(10, 0, 0, 2), parseMac(LEFT)!);
  left.neighbours(16).setPermanent(six('fd00::2'), parseMac(LEFT)!);
  right.neighbours(4).setPermanent(Uint8Array.of(10, 0, 1, 2), parseMac(RIGHT)!);
  right.neighbours(16).setPermanent(six('fd01::2'), parseMac(RIGHT)!);
  return one;
}
/** Lets a packet come in from the left by the circuit with number 1. */
function hearByCircuit(one: Station, packet: Uint8Array): void {
  const frame = one.node.engine.pool.allocate();
  if (frame === null) throw new Error('no frame');
  frame.fill(packet);
  frame.circuit = 1;
  frame.interfaceIndex = one.at('left').index;
  one.node.engine.inject(frame, one.node.get('h1.ip-input').idp, 0);
  one.node.settle();
}
const hear = (one: Station, packet: Uint8Array, to = MAC) =>
  one.node.arrive('left', framed(to, LEFT, packet));
const out = (one: Station, link: string) =>
  one.node.links
    .end(link)
    .take()
    .map((frame) => frame.slice(14));
const udp6 = (length: number, hopLimit = 64, from = 'fd00::2', to = 'fd01::2') =>
  ipv6Packet(from, to, 17, new Uint8Array(length), hopLimit);

test('what came by a circuit goes by routes: on to others, and back as the answer to an echo', () => {
  const one = router();
  // As links are that circuits leave by.
  const bare = one.host.addInterface('bare', 1500, null);
  one.host.circuits.add(new TestCircuit(1, 1500), bare);
  hearByCircuit(one, ipv4Packet({ ttl: 2 }));
  expect(out(one, 'right')).toHaveLength(1);
  hearByCircuit(one, icmpv6Packet('fd00::2', 'fd00::1', echo6(128, 8)));
  expect(out(one, 'left')).toHaveLength(1);
});

test('passes packets on, one hop less, the header right', () => {
  const one = router();
  hear(one, ipv4Packet({ ttl: 2 }));
  hear(one, udp6(8, 2));
  const [four, other] = out(one, 'right');
  expect([four[8], isIpv4ChecksumRight(four, 0), other[7]]).toEqual([1, true, 1]);
  expect(out(one, 'left')).toEqual([]);
  expect(accountFaults(one.node.engine)).toEqual([]);
});

test('does not forward unless told', () => {
  const one = router(false);
  hear(one, ipv4Packet());
  expect(one.node.drops()).toEqual({ 'h1.ip-route not-for-us': 1 });
});

describe('its sender is told', () => {
  const long = new Uint8Array(1400);
  test.each([
    ['of hops used up', ipv4Packet({ ttl: 1 }), 11, 0],
    ['of hops used up, IPv6', udp6(8, 1), 3, 0],
    ['of no route', ipv4Packet({ destination: '10.9.9.9' }), 3, 0],
    ['of no route, IPv6', udp6(8, 64, 'fd00::2', 'fd09::2'), 1, 0],
    ['of a packet too long, not to be cut', ipv4Packet({ fragment: 0x4000, payload: long }), 3, 4],
    ['of a packet too long, IPv6', udp6(1400), 2, 0],
  ])('%s', (_name, packet, type, code) => {
    const one = router();
    one.host.narrow(Uint8Array.of(10, 0, 1, 2), 1300);
    one.host.narrow(six('fd01::2'), 1300);
    hear(one, packet as Uint8Array);
    const [error] = out(one, 'left');
    const at = error[0] >>> 4 === 4 ? 20 : 40;
    expect([error[at], error[at + 1]]).toEqual([type, code]);
    if (error[at] === 2 || code === 4) expect((error[at + 6] << 8) | error[at + 7]).toBe(1300);
    expect(out(one, 'right')).toEqual([]);
    expect(accountFaults(one.node.engine)).toEqual([]);
  });
});

test('cuts what may be cut', () => {
  const one = router();
  one.host.narrow(Uint8Array.of(10, 0, 1, 2), 576);
  hear(one, ipv4Packet({ payload: new Uint8Array(1400) }));
  expect(out(one, 'right').map((packet) => packet.length)).toEqual([572, 572, 316]);
});

test.each([
  ['from a link-local address', udp6(8, 64, 'fe80::2')],
  ['from a link-local address of IPv4', ipv4Packet({ source: '169.254.1.1' })],
  ['to class E', ipv4Packet({ destination: '240.0.0.1' })],
])('nothing passes %s', (_name, packet) => {
  const one = router();
  hear(one, packet);
  expect(out(one, 'right')).toEqual([]);
  expect(Object.values(one.node.drops())).toEqual([1]);
});

test('what came to all on a link is not passed on, nor what came for another host', () => {
  const one = router();
  hear(one, ipv4Packet(), 'ff:ff:ff:ff:ff:ff');
  hear(one, ipv4Packet(), '02:00:00:00:00:77');
  expect(one.node.drops()).toEqual({ 'h1.ip-forward link-only': 1, 'h1.ip-route other-host': 1 });
});

test('nothing comes from outside for the loopback addresses', () => {
  const one = router();
  hear(one, ipv4Packet({ destination: '127.0.0.1' }));
  hear(one, udp6(8, 64, 'fd00::2', '::1'));
  expect(one.node.drops()).toEqual({ 'h1.ip-input bad-destination': 2 });
});

test('a land attack is dropped', () => {
  const one = router();
  hear(one, ipv4Packet({ source: '10.0.0.1', destination: '10.0.0.1' }));
  hear(one, udp6(8, 64, 'fd00::1', 'fd00::1'));
  expect(one.node.drops()).toEqual({ 'h1.ip-input bad-source': 2 });
});

test('two hosts reach each other over a third', () => {
  const middle = router();
  const a = makeStation(2, ['left']);
  const b = makeStation(3, ['right']);
  a.host.addAddress(a.at('left'), six('fd00::5'), 64);
  b.host.addAddress(b.at('right'), six('fd01::5'), 64);
  const prefix = new Uint8Array(16);
  a.host.addRoute({ prefix, bits: 0, gateway: six('fd00::1'), interface: 1, metric: 0 });
  b.host.addRoute({ prefix, bits: 0, gateway: six('fd01::1'), interface: 1, metric: 0 });
  const lan = new Lan(a, middle, b);
  a.node.inject('h2.local-out', 1, icmpv6Packet('fd00::5', 'fd01::5', echo6(128, 8), 64));
  lan.run(100);
  // The answer has come the whole way back, one hop less.
  const last = lan.sent.at(-1);
  expect([last?.from, last?.link, last?.frame[54], last?.frame[21]]).toEqual(['h1', 'left', 129, 63]);
});
