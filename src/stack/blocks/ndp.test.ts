import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { Lan, makeStation, type Station } from '../../testing/host-lan.js';
import { icmpv6Packet, ipv6Packet, routerAdvertisementMessage, six } from '../../testing/ipv6-packets.js';
import {
  advertisement,
  hear,
  neighbourMessage,
  OVERRIDE,
  OWN,
  otherMac,
  PEER,
  peerOf,
  quiet,
  SECOND,
  SOLICITED,
  sent,
  speak,
  typesOf,
} from '../../testing/ndp-peer.js';
import { formatIpv6 } from '../../wire/ipv6.js';
import { NDP_ADVERTISEMENT, NDP_SOLICITATION, solicitedNodeGroup } from '../../wire/ndp.js';

const stateOf = (station: Station) => peerOf(station)?.state;

test('asks for a neighbour three times, a second apart, and gives up (RFC 4861 §7.2.2)', () => {
  const station = quiet();
  speak(station);
  expect(stateOf(station)).toBe('incomplete');
  const [first] = sent(station);
  expect([...first.subarray(0, 6)]).toEqual([0x33, 0x33, 0xff, 0, 0, 0x99]);
  expect(formatIpv6(first, 38)).toBe(formatIpv6(solicitedNodeGroup(six(PEER))));
  expect([first[21], first[54]]).toEqual([255, NDP_SOLICITATION]);
  station.node.elapse(2.5 * SECOND);
  expect(typesOf(sent(station))).toEqual([NDP_SOLICITATION, NDP_SOLICITATION]);
  expect(stateOf(station)).toBe('incomplete');
  station.node.elapse(SECOND);
  expect(stateOf(station)).toBe('failed');
  expect(sent(station)).toEqual([]);
  station.node.elapse(4 * SECOND);
  expect(stateOf(station)).toBe(undefined);
  expect(accountFaults(station.node.engine)).toEqual([]);
});

test('a solicited answer makes it reachable, and what waited goes (§7.2.5)', () => {
  const station = quiet();
  speak(station);
  sent(station);
  hear(station, advertisement(SOLICITED | OVERRIDE));
  expect(stateOf(station)).toBe('reachable');
  const [reply] = sent(station);
  expect([reply[54], ...reply.subarray(0, 6)]).toEqual([129, ...otherMac]);
});

test.each([
  ['unsolicited', OVERRIDE, 'stale'],
  ['solicited', SOLICITED, 'reachable'],
])('incomplete, %s advertisement: its state', (_name, flags, state) => {
  const station = quiet();
  speak(station);
  hear(station, advertisement(flags as number));
  expect(stateOf(station)).toBe(state);
});

test('incomplete, an advertisement without hardware address changes nothing (§7.2.5)', () => {
  const station = quiet();
  speak(station);
  hear(station, advertisement(SOLICITED | OVERRIDE, null));
  expect(stateOf(station)).toBe('incomplete');
});

const third = Uint8Array.of(2, 0, 0, 0, 0, 0x77);
test.each([
  ['reachable, another address without override: stale, address kept', 0, third, 'stale', 0x99],
  ['reachable, another address solicited without override: the same', SOLICITED, third, 'stale', 0x99],
  ['reachable, another address with override: stale, address new', OVERRIDE, third, 'stale', 0x77],
  [
    'reachable, another address solicited with override: reachable, new',
    SOLICITED | OVERRIDE,
    third,
    'reachable',
    0x77,
  ],
  ['reachable, the same unsolicited: no change', OVERRIDE, otherMac, 'reachable', 0x99],
  ['reachable, no address: no change', SOLICITED, null, 'reachable', 0x99],
] as const)('%s', (_name, flags, mac, state, last) => {
  const station = quiet();
  speak(station);
  hear(station, advertisement(SOLICITED | OVERRIDE));
  hear(station, advertisement(flags, mac));
  expect([stateOf(station), peerOf(station)?.mac[5]]).toEqual([state, last]);
});

test('reachable, stale, delay, probe, and gone (§7.3.3)', () => {
  const station = quiet();
  speak(station);
  hear(station, advertisement(SOLICITED | OVERRIDE));
  station.node.elapse(31 * SECOND);
  expect(stateOf(station)).toBe('stale');
  sent(station);
  speak(station);
  expect(stateOf(station)).toBe('delay');
  expect(typesOf(sent(station))).toEqual([129]);
  station.node.elapse(5 * SECOND);
  expect(stateOf(station)).toBe('probe');
  const [probe] = sent(station);
  expect([...probe.subarray(0, 6), probe[54]]).toEqual([...otherMac, NDP_SOLICITATION]);
  station.node.elapse(2 * SECOND);
  expect(typesOf(sent(station))).toEqual([NDP_SOLICITATION, NDP_SOLICITATION]);
  station.node.elapse(SECOND);
  expect(stateOf(station)).toBe('failed');
});

test('probe, an answer: reachable again', () => {
  const station = quiet();
  speak(station);
  hear(station, advertisement(SOLICITED | OVERRIDE));
  station.node.elapse(31 * SECOND);
  speak(station);
  station.node.elapse(5 * SECOND);
  hear(station, advertisement(SOLICITED, null));
  expect(stateOf(station)).toBe('reachable');
});

test('a solicitation is answered, and its sender is known but stale (§7.2.3)', () => {
  const station = quiet();
  hear(
    station,
    icmpv6Packet(PEER, formatIpv6(solicitedNodeGroup(six(OWN))), neighbourMessage(NDP_SOLICITATION, OWN)),
  );
  const [answer] = sent(station);
  expect([answer[54], answer[58], formatIpv6(answer, 38)]).toEqual([NDP_ADVERTISEMENT, 0x60, PEER]);
  expect(stateOf(station)).toBe('stale');
});

test('who checks for a duplicate is answered to all', () => {
  const station = quiet();
  const group = formatIpv6(solicitedNodeGroup(six(OWN)));
  hear(station, icmpv6Packet('::', group, neighbourMessage(NDP_SOLICITATION, OWN, 0, null)));
  const [answer] = sent(station);
  expect([answer[54], answer[58], formatIpv6(answer, 38)]).toEqual([NDP_ADVERTISEMENT, OVERRIDE, 'ff02::1']);
});

test.each([
  [
    'a hop limit below 255',
    icmpv6Packet(PEER, OWN, neighbourMessage(NDP_SOLICITATION, OWN), 254),
    'not-of-the-link',
  ],
  [
    'a wrong checksum',
    ipv6Packet(PEER, OWN, 58, neighbourMessage(NDP_SOLICITATION, OWN), 255),
    'bad-checksum',
  ],
  [
    'an option of no length',
    icmpv6Packet(PEER, OWN, Uint8Array.of(...neighbourMessage(135, OWN, 0, null), 9, 0, 0, 0, 0, 0, 0, 0)),
    'malformed',
  ],
  [
    'an option beyond the end',
    icmpv6Packet(PEER, OWN, Uint8Array.of(...neighbourMessage(135, OWN, 0, null), 9, 2, 0, 0, 0, 0, 0, 0)),
    'malformed',
  ],
  ['a group as target', icmpv6Packet(PEER, OWN, neighbourMessage(NDP_SOLICITATION, 'ff02::1')), 'malformed'],
  [
    'a check with a hardware address',
    icmpv6Packet('::', formatIpv6(solicitedNodeGroup(six(OWN))), neighbourMessage(NDP_SOLICITATION, OWN)),
    'bad-source',
  ],
  [
    'a solicited answer to a group',
    icmpv6Packet(PEER, 'ff02::1', neighbourMessage(NDP_ADVERTISEMENT, PEER, SOLICITED)),
    'bad-source',
  ],
  [
    'an advertisement from afar',
    icmpv6Packet('2001:db8::1', OWN, routerAdvertisementMessage()),
    'bad-source',
  ],
  ['an advertisement nobody listens to', icmpv6Packet(PEER, OWN, routerAdvertisementMessage()), 'unwanted'],
  ['a redirect', icmpv6Packet(PEER, OWN, Uint8Array.of(137, ...new Uint8Array(39))), 'redirect'],
])('%s is dropped', (_name, packet, reason) => {
  const station = quiet();
  hear(station, packet as Uint8Array);
  expect(station.node.drops()).toEqual({ [`h1.ndp ${reason}`]: 1 });
});

test('an address is asked for, kept when nobody objects, and told (RFC 4862 §5.4)', () => {
  const station = makeStation(1, ['lan'], { ipv6: 'link-local', check: 'before' });
  const [own] = station.at('lan').addresses;
  expect([own.state, station.host.isLocal(own.address, 0, 16)]).toEqual(['tentative', false]);
  station.node.elapse(SECOND);
  const [check] = sent(station);
  expect([formatIpv6(check, 22), formatIpv6(check, 62), check.length]).toEqual(['::', OWN, 78]);
  station.node.elapse(1.1 * SECOND);
  expect([own.state, station.host.isLocal(own.address, 0, 16)]).toEqual(['preferred', true]);
  expect(typesOf(sent(station))).toEqual([NDP_ADVERTISEMENT]);
});

test.each([
  ['who has it', () => icmpv6Packet(OWN, 'ff02::1', neighbourMessage(NDP_ADVERTISEMENT, OWN, OVERRIDE))],
  [
    'who asks for it, too',
    () =>
      icmpv6Packet(
        '::',
        formatIpv6(solicitedNodeGroup(six(OWN))),
        neighbourMessage(NDP_SOLICITATION, OWN, 0, null),
      ),
  ],
])('the address is given up to %s, and IPv6 stops', (_name, packet) => {
  const station = makeStation(1, ['lan'], { ipv6: 'auto', check: 'meanwhile' });
  station.node.elapse(0);
  const lost: string[] = [];
  station.host.listeners.addressLost = (_at, one) => lost.push(formatIpv6(one.address));
  hear(station, packet());
  const [own] = station.at('lan').addresses;
  expect([own.state, station.at('lan').ipv6, lost]).toEqual(['duplicate', 'off', [OWN]]);
  expect(station.host.isLocal(own.address, 0, 16)).toBe(false);
  expect(station.host.addAddress(station.at('lan'), own.address, 64)).toBe(false);
  expect(station.node.lines.join()).toContain('it is given up');
});

test('two hosts with one address: the later one gives it up', () => {
  const [one, other] = [makeStation(1), makeStation(2)];
  one.host.addAddress(one.at('lan'), six('fd00::1'), 64);
  const lan = new Lan(one, other);
  other.host.addAddress(other.at('lan'), six('fd00::1'), 64, { check: 'before' });
  lan.run(3000);
  expect([one, other].map((s) => s.at('lan').addresses[0].state)).toEqual(['preferred', 'duplicate']);
});

test('random messages neither crash the host nor stop it', () => {
  const station = quiet('auto');
  const option = fc.tuple(
    fc.constantFrom(1, 2, 3, 5, 14, 25, 99),
    fc.integer({ min: 0, max: 5 }),
    fc.uint8Array({ maxLength: 40 }),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 133, max: 137 }),
      fc.uint8Array({ minLength: 0, maxLength: 60 }),
      fc.array(option, { maxLength: 4 }),
      fc.constantFrom(PEER, '::', OWN, '2001:db8::9'),
      (type, body, options, from) => {
        const bytes = options.flatMap(([kind, length, more]) => [kind, length, ...more]);
        hear(station, icmpv6Packet(from, 'ff02::1', Uint8Array.of(type, 0, 0, 0, ...body, ...bytes)));
        station.node.elapse(SECOND / 10);
        sent(station);
        expect(accountFaults(station.node.engine)).toEqual([]);
      },
    ),
    { seed: 4861, numRuns: 400 },
  );
  expect(station.host.isLocal(six(OWN), 0, 16)).toBe(true);
});
