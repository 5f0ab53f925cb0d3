import { describe, expect, test } from 'vitest';
import { Lan, makeStation, type Station } from '../../testing/host-lan.js';
import { framed, ipv6Packet, six } from '../../testing/ipv6-packets.js';
import { writeU16 } from '../../wire/bytes.js';
import { internetChecksum } from '../../wire/checksum.js';
import { completeIpv4, emitIpv4, formatIpv4 } from '../../wire/ipv4.js';
import { emitIpv6, formatIpv6, ipv6PseudoSum } from '../../wire/ipv6.js';

const SECOND = 1_000_000;
const MAC = '02:00:00:00:01:01';
const QUERIER = '02:00:00:00:00:99';
const group4 = Uint8Array.of(239, 1, 2, 3);
const group6 = six('ff05::1:3');

function station(): Station {
  const made = makeStation(1, ['lan'], { reportGroups: true });
  made.node.settle();
  return made;
}

/** A message about groups, as text: `TYPE to DESTINATION: RECORD-TYPE GROUP …`, from what the station has sent since it was asked last. */
function said(from: Station): string[] {
  return from.node.links.end('lan').take().flatMap(textOf);
}

function textOf(frame: Uint8Array): string[] {
  const isFour = frame[14] >>> 4 === 4;
  const at = isFour ? 14 + 24 : 14 + 48;
  if (isFour ? frame[23] !== 2 : frame[20] !== 0) return [];
  expect([isFour ? frame[22] : frame[21], frame[isFour ? 34 : 56]]).toEqual([1, isFour ? 148 : 5]);
  const sum = isFour ? 0 : ipv6PseudoSum(frame, 14, 58, frame.length - at);
  expect(internetChecksum(frame, at, frame.length - at, sum)).toBe(0);
  const [format, to, size] = isFour ? [formatIpv4, 30, 4] : [formatIpv6, 38, 16];
  const type = frame[at];
  const head = `${type} to ${format(frame, to)}:`;
  if (type !== 0x22 && type !== 143) return [`${head} ${format(frame, at + (isFour ? 4 : 8))}`];
  const records: string[] = [];
  for (let i = at + 8; i < frame.length; i += 4 + size) records.push(`${frame[i]} ${format(frame, i + 4)}`);
  return [`${head} ${records.join(', ')}`];
}

/** Lets time pass, and answers what was said with the time of it. */
function listen(to: Station, micros: number, step = 50_000): { at: number; what: string }[] {
  const heard: { at: number; what: string }[] = [];
  for (let at = 0; at < micros; at += step) {
    to.node.elapse(step);
    heard.push(...said(to).map((what) => ({ at: at + step, what })));
  }
  return heard;
}

const whats = (heard: readonly { what: string }[]) => heard.map(({ what }) => what);

/** A query of IGMP: 8 bytes, or 12 for version 3. */
function query4(code: number, length: number, group = Uint8Array.of(0, 0, 0, 0), ttl = 1): Uint8Array {
  const packet = new Uint8Array(20 + length);
  const to = group[0] === 0 ? Uint8Array.of(224, 0, 0, 1) : group;
  emitIpv4(packet, 0, packet.length, 1, ttl, 2, Uint8Array.of(10, 0, 0, 99), to);
  completeIpv4(packet, 0);
  packet.set([0x11, code, 0, 0, ...group], 20);
  writeU16(packet, 22, internetChecksum(packet, 20, length));
  return framed(MAC, QUERIER, packet);
}

/** A query of MLD: 24 bytes, or 28 for version 2; milliseconds. */
function query6(millis: number, length: number, change: (packet: Uint8Array) => void = () => {}): Uint8Array {
  const packet = new Uint8Array(48 + length);
  emitIpv6(packet, 0, 8 + length, 0, 1, six('fe80::99'), six('ff02::1'));
  packet.set([58, 0, 5, 2, 0, 0, 1, 0, 130], 40);
  writeU16(packet, 52, millis);
  change(packet);
  writeU16(packet, 50, internetChecksum(packet, 48, length, ipv6PseudoSum(packet, 0, 58, length)));
  return framed(MAC, QUERIER, packet);
}

describe.each([
  { family: 'IGMPv3', group: group4, all: '224.0.0.22', type: 0x22, text: '239.1.2.3' },
  { family: 'MLDv2', group: group6, all: 'ff02::16', type: 143, text: 'ff05::1:3' },
])('$family', ({ group, all, type, text }) => {
  const change = (kind: number) => `${type} to ${all}: ${kind} ${text}`;

  test('joining and leaving are told twice, within a second', () => {
    const one = station();
    one.host.joinGroup(one.at('lan'), group);
    one.host.joinGroup(one.at('lan'), group);
    one.node.settle();
    expect(said(one)).toEqual([change(4)]);
    expect(whats(listen(one, 1_100_000))).toEqual([change(4)]);
    one.host.leaveGroup(one.at('lan'), group);
    expect(whats(listen(one, SECOND))).toEqual([]);
    one.host.leaveGroup(one.at('lan'), group);
    one.node.settle();
    expect(said(one)).toEqual([change(3)]);
    expect(whats(listen(one, 3 * SECOND))).toEqual([change(3)]);
    expect(one.node.engine.dueAt()).toBe(Number.POSITIVE_INFINITY);
  });

  test('a query is answered once, at a moment by chance within its time', () => {
    const moments = new Set<number>();
    for (let i = 0; i < 8; i++) {
      const one = station();
      for (let draws = 0; draws < i; draws++) one.host.random();
      one.host.joinGroup(one.at('lan'), group);
      listen(one, 2 * SECOND);
      const query = type === 143 ? query6(10_000, 28) : query4(100, 12);
      one.node.arrive('lan', query);
      one.node.arrive('lan', query);
      const heard = listen(one, 11 * SECOND);
      expect(whats(heard)).toEqual([change(2)]);
      moments.add(heard[0].at);
    }
    expect(moments.size).toBeGreaterThan(4);
  });
});

test('with an older querier the old messages are used, for as long as it is heard', () => {
  const one = station();
  const at = one.at('lan');
  for (const group of [group4, group6]) one.host.joinGroup(at, group);
  listen(one, 2 * SECOND);
  one.node.arrive('lan', query4(10, 8));
  one.node.arrive('lan', query6(1000, 24));
  expect(whats(listen(one, 2 * SECOND)).sort()).toEqual([
    ...['131 to ff05::1:3: ff05::1:3', '22 to 239.1.2.3: 239.1.2.3'],
  ]);
  for (const group of [group4, group6]) one.host.leaveGroup(at, group);
  expect(new Set(whats(listen(one, 2 * SECOND)))).toEqual(
    new Set(['132 to ff02::2: ff05::1:3', '23 to 224.0.0.2: 239.1.2.3']),
  );
  listen(one, 261 * SECOND, SECOND);
  one.host.joinGroup(at, group4);
  expect(new Set(whats(listen(one, 2 * SECOND)))).toEqual(new Set(['34 to 224.0.0.22: 4 239.1.2.3']));
});

test('whoever asks again, and lets more time, does not put the answer off', () => {
  const one = station();
  one.host.joinGroup(one.at('lan'), group6);
  listen(one, 2 * SECOND);
  one.node.arrive('lan', query6(1000, 28));
  for (let i = 0; i < 8; i++) one.node.arrive('lan', query6(0xffff, 28));
  expect(whats(listen(one, SECOND))).toEqual(['143 to ff02::16: 2 ff05::1:3']);
});

test('a querier of IGMPv1 that is gone is forgotten, though one of IGMPv2 goes on', () => {
  const one = station();
  one.host.joinGroup(one.at('lan'), group4);
  listen(one, 2 * SECOND);
  one.node.arrive('lan', query4(0, 8));
  expect(whats(listen(one, 11 * SECOND))).toEqual(['18 to 239.1.2.3: 239.1.2.3']);
  for (let i = 0; i < 3; i++) {
    one.node.arrive('lan', query4(10, 8));
    const type = i < 2 ? 18 : 22;
    expect(whats(listen(one, 125 * SECOND, SECOND))).toEqual([`${type} to 239.1.2.3: 239.1.2.3`]);
  }
});

test('IGMPv1: a report of its kind, and no leaving', () => {
  const one = station();
  one.node.arrive('lan', query4(0, 8));
  one.host.joinGroup(one.at('lan'), group4);
  expect(new Set(whats(listen(one, 2 * SECOND)))).toEqual(new Set(['18 to 239.1.2.3: 239.1.2.3']));
  one.host.leaveGroup(one.at('lan'), group4);
  expect(listen(one, 2 * SECOND)).toEqual([]);
});

test('with an older querier one member’s answer is enough for all', () => {
  const hosts = [1, 2, 3].map((number) => makeStation(number, ['lan'], { reportGroups: true }));
  const lan = new Lan(...hosts);
  for (const one of hosts) {
    one.host.joinGroup(one.at('lan'), group4);
    one.host.joinGroup(one.at('lan'), group6);
  }
  lan.run(2000);
  lan.sent.length = 0;
  for (const one of hosts) {
    one.node.arrive('lan', query4(100, 8));
    one.node.arrive('lan', query6(10_000, 24));
  }
  lan.run(11_000);
  expect(lan.sent.flatMap(({ frame }) => textOf(frame))).toHaveLength(2);
});

test('many groups are told in as few messages as links allow', () => {
  const one = station();
  for (let i = 0; i < 100; i++) one.host.joinGroup(one.at('lan'), six(`ff05::${i + 2}`));
  one.node.settle();
  const texts = said(one);
  expect(texts.map((text) => text.split(',').length)).toEqual([72, 28]);
});

test('many groups in short frames: no message is longer than a frame', () => {
  const one = makeStation(1, ['lan'], { reportGroups: true }, 400);
  one.node.settle();
  for (let i = 0; i < 20; i++) one.host.joinGroup(one.at('lan'), six(`ff05::${i + 2}`));
  one.node.settle();
  const frames = one.node.links.end('lan').take();
  const { maxLength } = one.node.engine.pool;
  expect(Math.max(...frames.map(({ length }) => length))).toBeLessThanOrEqual(maxLength);
  expect(
    frames
      .flatMap(textOf)
      .join()
      .match(/ff05::/g),
  ).toHaveLength(20);
});

test('not told: groups of all hosts, of the interface alone, on links that are silent', () => {
  const one = station();
  for (const group of [Uint8Array.of(224, 0, 0, 1), six('ff02::1'), six('ff01::5')]) {
    one.host.joinGroup(one.at('lan'), group);
  }
  expect(listen(one, 2 * SECOND)).toEqual([]);
  const silent = makeStation(2);
  silent.host.joinGroup(silent.at('lan'), group4);
  expect(listen(silent, 2 * SECOND)).toEqual([]);
});

test('queries that are none: counted drops, no answer', () => {
  const one = station();
  one.host.joinGroup(one.at('lan'), group6);
  one.host.joinGroup(one.at('lan'), group4);
  listen(one, 2 * SECOND);
  const changes: ((packet: Uint8Array) => void)[] = [
    (packet) => {
      packet[7] = 2; // it has passed a router
    },
    (packet) => {
      packet.set([1, 4, 0, 0, 0, 0], 42); // no router alert
    },
    (packet) => packet.set(six('2001:db8::1'), 8),
  ];
  for (const change of changes) one.node.arrive('lan', query6(100, 28, change));
  one.node.arrive('lan', query4(1, 12, undefined, 64));
  one.node.arrive('lan', query4(1, 10));
  const wrong = query4(1, 12);
  wrong[37] ^= 1;
  one.node.arrive('lan', wrong);
  const toOneGroup = query4(1, 12); // about all of them
  toOneGroup.set(group4, 30);
  completeIpv4(toOneGroup, 14);
  one.node.arrive('lan', toOneGroup);
  expect(listen(one, 2 * SECOND)).toEqual([]);
  expect(one.node.drops()).toEqual({
    ...{ 'h1.groups not-of-the-link': 3, 'h1.groups bad-address': 2 },
    ...{ 'h1.groups malformed': 1, 'h1.groups bad-checksum': 1 },
  });
});

test('IGMP over IPv6 is nothing', () => {
  const one = station();
  one.node.arrive('lan', framed(MAC, QUERIER, ipv6Packet('fe80::99', 'ff02::1', 2, new Uint8Array(24), 1)));
  expect(one.node.drops()).toEqual({ 'h1.ip-deliver other-protocol': 1 });
});

test('a flood of queries that want an answer at once gets ten a second', () => {
  const one = station();
  one.host.joinGroup(one.at('lan'), group6);
  listen(one, 2 * SECOND);
  let heard = 0;
  for (let i = 0; i < 2000; i++) {
    one.node.arrive('lan', query6(i & 1, 28));
    heard += listen(one, 1000, 1000).length;
  }
  expect(heard).toBeGreaterThan(10);
  expect(heard).toBeLessThanOrEqual(21);
});
