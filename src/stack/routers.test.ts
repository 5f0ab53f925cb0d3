import { expect, test } from 'vitest';
import type { Station } from '../testing/host-lan.js';
import {
  echo6,
  icmpv6Packet,
  prefixOptionBytes,
  routerAdvertisementMessage,
  six,
} from '../testing/ipv6-packets.js';
import {
  hear,
  neighbourMessage,
  OVERRIDE,
  OWN,
  otherMac,
  PEER,
  peerOf,
  quiet,
  SECOND,
  sent,
  typesOf,
} from '../testing/ndp-peer.js';
import { formatIpv6 } from '../wire/ipv6.js';
import { NDP_ADVERTISEMENT } from '../wire/ndp.js';

const third = Uint8Array.of(2, 0, 0, 0, 0, 0x77);

const advertise = (station: Station, message: Uint8Array, from = PEER) =>
  hear(station, icmpv6Packet(from, 'ff02::1', message));
const routes = (station: Station) =>
  station.host.routes6.routes.map(
    (r) => `${formatIpv6(r.prefix)}/${r.bits} ${r.gateway ? formatIpv6(r.gateway) : '-'}`,
  );
const MADE = '2001:db8::ff:fe00:101';

test('a router brings a default route, an address and its network, for their lifetimes', () => {
  const station = quiet('auto');
  advertise(
    station,
    routerAdvertisementMessage({ lifetime: 30 }, prefixOptionBytes('2001:db8::', 64, 10_000, 20)),
  );
  const record = () => station.host.addressOf(six(MADE))?.record.state;
  expect(routes(station)).toEqual([`::/0 ${PEER}`, '2001:db8::/64 -']);
  expect(record()).toBe('optimistic');
  station.node.elapse(3 * SECOND);
  expect(record()).toBe('preferred');
  station.node.elapse(18 * SECOND);
  expect(record()).toBe('deprecated');
  station.node.elapse(10 * SECOND);
  expect(routes(station)).toEqual(['2001:db8::/64 -']);
  station.node.elapse(9_980 * SECOND);
  expect([record(), ...routes(station)]).toEqual([undefined]);
});

test('a lifetime is not cut below two hours by an advertisement (RFC 4862 §5.5.3)', () => {
  const station = quiet('auto');
  const say = (valid: number) =>
    advertise(station, routerAdvertisementMessage({}, prefixOptionBytes('2001:db8::', 64, valid, 1)));
  const left = () =>
    ((station.host.addressOf(six(MADE))?.record.validUntil ?? 0) - station.host.now()) / SECOND;
  say(100_000);
  expect(left()).toBe(100_000);
  say(10);
  expect(left()).toBe(7200);
  say(20);
  expect(left()).toBe(7200);
  say(8000);
  expect(left()).toBe(8000);
});

test.each([
  ['not of 64 bits', prefixOptionBytes('2001:db8::', 60, 100, 100)],
  ['of the link alone', prefixOptionBytes('fe80::', 64, 100, 100)],
  ['preferred longer than valid', prefixOptionBytes('2001:db8::', 64, 100, 101)],
  ['not for hosts', prefixOptionBytes('2001:db8::', 64, 100, 100, 0x80)],
])('a prefix %s makes no address', (_name, option) => {
  const station = quiet('auto');
  advertise(station, routerAdvertisementMessage({}, option));
  expect(station.at('lan').addresses.length).toBe(1);
});

test('routers are asked for three times, until one answers (RFC 4861 §6.3.7)', () => {
  const silent = quiet('auto');
  silent.node.elapse(20 * SECOND);
  expect(typesOf(sent(silent))).toEqual([133, 133, 133]);
  const answered = quiet('auto');
  answered.node.elapse(SECOND);
  advertise(answered, routerAdvertisementMessage());
  answered.node.elapse(20 * SECOND);
  expect(typesOf(sent(answered))).toEqual([133]);
});

test('a router that does not answer goes behind the others; one that is none any more goes (§6.3.6, §7.2.5)', () => {
  const station = quiet('auto');
  advertise(station, routerAdvertisementMessage({}, [1, 1, ...otherMac]));
  advertise(station, routerAdvertisementMessage({}, [1, 1, ...third]), 'fe80::77');
  const first = () =>
    formatIpv6(station.host.destination(six('2001:db8::5'), 0, 16)?.route.gateway ?? six('::'));
  expect(first()).toBe(PEER);
  const neighbour = peerOf(station)!;
  station.at('lan').neighbours(16).use(neighbour, null);
  station.node.elapse(9 * SECOND);
  expect([neighbour.state, first()]).toEqual(['failed', 'fe80::77']);
  hear(
    station,
    icmpv6Packet('fe80::77', OWN, neighbourMessage(NDP_ADVERTISEMENT, 'fe80::77', OVERRIDE, third)),
  );
  expect(first()).toBe(PEER);
});

test('MTU, times and resolvers are taken in, within reason', () => {
  const station = quiet('auto');
  const mtu = (n: number) => [5, 1, 0, 0, 0, 0, n >> 8, n & 255];
  advertise(
    station,
    routerAdvertisementMessage({ retransmit: 100 }, mtu(1400), [
      25,
      3,
      0,
      0,
      0,
      0,
      0,
      60,
      ...six('2001:db8::53'),
    ]),
  );
  expect([station.at('lan').mtu6, station.at('lan').routers.resolvers.length]).toEqual([1400, 1]);
  for (const wrong of [1279, 1501]) advertise(station, routerAdvertisementMessage({}, mtu(wrong)));
  expect(station.at('lan').mtu6).toBe(1400);
  sent(station);
  hear(station, icmpv6Packet('fe80::55', OWN, echo6(128, 4), 64));
  station.node.elapse(0.25 * SECOND);
  expect(typesOf(sent(station))).toEqual([135, 135, 135]);
  station.node.elapse(60 * SECOND);
  expect(station.at('lan').routers.resolvers.length).toBe(0);
});

test('what a router says is bounded', () => {
  const station = quiet('auto');
  for (let i = 0; i < 40; i++) {
    const prefix = prefixOptionBytes(`2001:db8:${i}::`, 64, 1000, 1000);
    const resolver = [25, 3, 0, 0, 0, 0, 0, 60, ...six(`2001:db8::${i}`)];
    advertise(station, routerAdvertisementMessage({}, prefix, resolver), `fe80::1:${i}`);
  }
  const { routers, addresses } = station.at('lan');
  expect([routers.routers.length, routers.prefixes.length, routers.resolvers.length]).toEqual([8, 16, 8]);
  expect(addresses.length).toBe(17);
});
