import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { makeStation, type Station } from '../../testing/host-lan.js';
import { echoRequest, ipv4Packet } from '../../testing/ip-packets.js';
import { echo6, framed, icmpv6Packet, ipv6Fragment, ipv6Packet, six } from '../../testing/ipv6-packets.js';
import { internetChecksum } from '../../wire/checksum.js';
import { Ecn, ecnOf, setEcn } from '../../wire/ecn.js';
import { parseMac } from '../../wire/ethernet.js';

const MAC = '02:00:00:00:01:01';
const PEER_MAC = '02:00:00:00:00:99';
const MORE = 0x2000;

function station(slotSize = 70_000): Station {
  const made = makeStation(1, ['lan'], {}, slotSize);
  const at = made.at('lan');
  made.host.addAddress(at, Uint8Array.of(10, 0, 0, 1), 24);
  made.host.addAddress(at, six('fd00::1'), 64);
  at.neighbours(4).setPermanent(Uint8Array.of(10, 0, 0, 9), parseMac(PEER_MAC)!);
  at.neighbours(16).setPermanent(six('fd00::9'), parseMac(PEER_MAC)!);
  return made;
}
const hear = (one: Station, ...packets: Uint8Array[]) =>
  one.node.arrive('lan', ...packets.map((packet) => framed(MAC, PEER_MAC, packet)));
const sent = (one: Station) =>
  one.node.links
    .end('lan')
    .take()
    .map((frame) => frame.slice(14));

const heldBy = (one: Station) => one.node.get('h1.ip-fragments').block.held?.();

/** An echo of so many bytes, in fragments of `step`. */
function fragments4(length: number, step: number, id = 5): Uint8Array[] {
  const payload = echoRequest(length + 8);
  const list: Uint8Array[] = [];
  for (let from = 0; from < payload.length; from += step) {
    const data = payload.slice(from, from + step);
    const fragment = (from >> 3) | (from + step < payload.length ? MORE : 0);
    list.push(
      ipv4Packet({ source: '10.0.0.9', destination: '10.0.0.1', protocol: 1, id, fragment, payload: data }),
    );
  }
  return list;
}

function fragments6(length: number, step: number, id = 5): Uint8Array[] {
  const payload = icmpv6Packet('fd00::9', 'fd00::1', echo6(128, length), 64).slice(40);
  const list: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += step) {
    const data = payload.slice(at, at + step);
    list.push(
      ipv6Fragment('fd00::9', 'fd00::1', { protocol: 58, at, more: at + step < payload.length, id, data }),
    );
  }
  return list;
}

/** Puts fragments together, simply; the ICMP message. */
function joined(packets: readonly Uint8Array[]): Uint8Array {
  const parts = packets.map((packet) => {
    const view = new DataView(packet.buffer, packet.byteOffset);
    const word = packet[0] >>> 4 === 4 ? view.getUint16(6) : packet[6] === 44 ? view.getUint16(42) : 0;
    if (packet[0] >>> 4 === 4) {
      return { at: (word & 0x1fff) * 8, more: (word & MORE) !== 0, data: packet.subarray(20) };
    }
    return { at: word & 0xfff8, more: (word & 1) !== 0, data: packet.subarray(packet[6] === 44 ? 48 : 40) };
  });
  expect(parts.map(({ more }) => more)).toEqual(parts.map((_, i) => i < parts.length - 1));
  const bytes = new Uint8Array(Math.max(...parts.map(({ at, data }) => at + data.length)));
  for (const { at, data } of parts) bytes.set(data, at);
  return bytes;
}

test.each([
  0, 1, 1471, 1472, 1473, 2960, 9000, 65_506, 65_507,
])('IPv4: an echo of %i bytes goes there and back', (length) => {
  const one = station();
  hear(one, ...fragments4(length, 1480));
  const answers = sent(one);
  expect(answers.every((packet) => packet.length <= 1500)).toBe(true);
  const message = joined(answers);
  expect([message.length, message[0], internetChecksum(message, 0, message.length)]).toEqual([
    length + 8,
    0,
    0,
  ]);
  expect(accountFaults(one.node.engine)).toEqual([]);
  expect(one.node.drops()).toEqual({});
});

test.each([
  0, 1, 1451, 1452, 1453, 9000, 65_507, 65_527,
])('IPv6: an echo of %i bytes goes there and back', (length) => {
  const one = station();
  hear(one, ...fragments6(length, 1448));
  const answers = sent(one);
  expect(answers.every((packet) => packet.length <= 1500)).toBe(true);
  const message = joined(answers);
  const again = icmpv6Packet('fd00::1', 'fd00::9', message, 64);
  expect([message.length, message[0], ...again.slice(42, 44)]).toEqual([
    length + 8,
    129,
    message[2],
    message[3],
  ]);
  expect(accountFaults(one.node.engine)).toEqual([]);
  expect(one.node.drops()).toEqual({});
});

test('any order, and any of them twice', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.shuffledSubarray([...Array(10).keys()], { minLength: 10 }),
      fc.nat(9),
      (four, order, twice) => {
        const one = station(4096);
        const list = four ? fragments4(152, 16) : fragments6(152, 16);
        const shuffled = order.map((i) => list[i]);
        shuffled.splice(twice, 0, shuffled[Math.max(0, twice - 1)]);
        hear(one, ...shuffled);
        expect(sent(one).length).toBe(1);
        expect(accountFaults(one.node.engine)).toEqual([]);
      },
    ),
    { seed: 8200, numRuns: 60 },
  );
});

describe('bad fragments', () => {
  const six = (at: number, more: boolean, data: Uint8Array, protocol = 58) =>
    ipv6Fragment('fd00::9', 'fd00::1', { protocol, at, more, id: 9, data });
  const four = (fragment: number, payload: Uint8Array, protocol = 17) =>
    ipv4Packet({ source: '10.0.0.9', destination: '10.0.0.1', protocol, id: 9, fragment, payload });
  const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i | 128);
  test.each([
    ['of no whole words, more to come', [four(MORE, bytes(9))], 'malformed'],
    ['of no bytes', [six(8, true, bytes(0))], 'malformed'],
    ['beyond 65,535 bytes', [four(8191, bytes(100))], 'malformed'],
    ['beyond 65,535 bytes of IPv6', [six(65_528, false, bytes(100))], 'malformed'],
    ['first of TCP without a whole header', [four(MORE, bytes(16), 6)], 'tiny'],
    ['over the flags of TCP (RFC 3128)', [four(1 | MORE, bytes(16), 6)], 'tiny'],
    [
      'first of IPv6 without its headers (RFC 7112)',
      [six(0, true, Uint8Array.of(58, 4, 0, 0, 0, 0, 0, 0), 60)],
      'tiny',
    ],
    [
      'of neighbour discovery (RFC 6980)',
      [six(0, true, Uint8Array.of(135, 0, 0, 0, 0, 0, 0, 0))],
      'discovery',
    ],
    ['of neighbour discovery, alone', [six(0, false, Uint8Array.of(135, 0, 0, 0, 0, 0, 0, 0))], 'discovery'],
  ])('%s', (_name, packets, reason) => {
    const one = station();
    hear(one, ...packets);
    expect(one.node.drops()).toEqual({ [`h1.ip-fragments ${reason}`]: 1 });
  });

  test('an overlap loses the whole, and what comes of it later (RFC 5722)', () => {
    for (const list of [fragments4(152, 32), fragments6(152, 32)]) {
      const one = station();
      const isFour = list[0][0] >>> 4 === 4;
      const forged = isFour ? four(3 | MORE, bytes(16), 1) : six(24, true, bytes(16));
      if (isFour) forged[5] = 5;
      else forged[47] = 5;
      if (isFour) forged.set([0, 0], 10);
      if (isFour) new DataView(forged.buffer).setUint16(10, internetChecksum(forged, 0, 20));
      hear(one, list[0], forged, ...list.slice(1));
      expect(sent(one)).toEqual([]);
      expect(one.node.drops()).toEqual({ 'h1.ip-fragments overlap': 2, 'h1.ip-fragments lost': 4 });
      expect(accountFaults(one.node.engine)).toEqual([]);
    }
  });

  test('an atomic fragment is no part of others (RFC 6946)', () => {
    const one = station();
    const list = fragments6(100, 64);
    const [atomic] = fragments6(8, 1000);
    hear(one, list[0], atomic);
    expect(sent(one).length).toBe(1);
    hear(one, list[1]);
    expect(sent(one).length).toBe(1);
    expect(one.node.drops()).toEqual({});
  });
});

test.each([
  ['IPv4', fragments4(3000, 1480), 30, [11, 1]],
  ['IPv6', fragments6(3000, 1448), 60, [3, 1]],
])('%s: what stays incomplete is given up, and its sender told', (_name, list, seconds, [type, code]) => {
  const one = station();
  hear(one, list[0]);
  one.node.elapse(seconds * 1_000_000 - 1000);
  expect([sent(one), heldBy(one)]).toEqual([[], 1]);
  one.node.elapse(2000);
  const [error] = sent(one);
  const header = error[0] >>> 4 === 4 ? 20 : 40;
  expect([error[header], error[header + 1]]).toEqual([type, code]);
  const quoted = error.subarray(header + 8);
  // All but the checksum of the header is as it came.
  expect([...quoted.subarray(0, 10), ...quoted.subarray(12, 500)]).toEqual([
    ...list[0].subarray(0, 10),
    ...list[0].subarray(12, 500),
  ]);
  expect(accountFaults(one.node.engine)).toEqual([]);
  const later = station();
  hear(later, list[1]);
  later.node.elapse((seconds + 1) * 1_000_000);
  expect([sent(later), later.node.drops()]).toEqual([[], { 'h1.ip-fragments incomplete': 1 }]);
});

test('attackers hold 16 datagrams each, 64 in all, and honest traffic goes on', () => {
  const one = station();
  for (let host = 0; host < 10; host++) {
    for (let id = 0; id < 100; id++) {
      const payload = new Uint8Array(64);
      const source = `10.0.0.${100 + host}`;
      hear(one, ipv4Packet({ source, destination: '10.0.0.1', id, fragment: MORE, payload }));
    }
  }
  expect(heldBy(one)).toBe(64);
  hear(one, ...fragments4(9000, 1480));
  expect(sent(one).length).toBe(7);
  expect(accountFaults(one.node.engine)).toEqual([]);
  one.node.elapse(31_000_000);
  expect(heldBy(one)).toBe(0);
  expect(accountFaults(one.node.engine)).toEqual([]);
});

test('a datagram longer than a frame is dropped with a reason', () => {
  const one = station(2048);
  hear(one, ...fragments4(4000, 1480));
  expect(one.node.drops()).toMatchObject({ 'h1.ip-fragments too-long': 2 });
  expect(accountFaults(one.node.engine)).toEqual([]);
});

test('random fragments leave the host whole', () => {
  const one = station(4096);
  const chunk = fc.record({
    four: fc.boolean(),
    at: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 8191 })),
    more: fc.boolean(),
    id: fc.integer({ min: 0, max: 3 }),
    data: fc.uint8Array({ maxLength: 200 }),
    protocol: fc.constantFrom(0, 1, 6, 17, 43, 44, 58, 60),
  });
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 20 }), (chunks) => {
      for (const { four, at, more, id, data, protocol } of chunks) {
        const fragment = at | (more ? MORE : 0);
        hear(
          one,
          four
            ? ipv4Packet({
                source: '10.0.0.9',
                destination: '10.0.0.1',
                protocol,
                id,
                fragment,
                payload: data,
              })
            : ipv6Fragment('fd00::9', 'fd00::1', { protocol, at: at * 8, more, id, data }),
        );
      }
      sent(one);
      expect(accountFaults(one.node.engine)).toEqual([]);
    }),
    { seed: 791, numRuns: 300 },
  );
  one.node.elapse(61_000_000);
  expect(heldBy(one)).toBe(0);
  hear(one, ipv6Packet('fd00::9', 'fd00::1', 58, new Uint8Array(0)));
  hear(one, ...fragments4(1000, 400));
  expect(sent(one).length).toBe(1);
});

describe('marks of congestion on fragments (RFC 3168 §5.3)', () => {
  const mark = (packet: Uint8Array, codepoint: number) => {
    const copy = packet.slice();
    setEcn(copy, 0, codepoint);
    return copy;
  };
  const families = [
    ['IPv4', fragments4(3000, 1480)],
    ['IPv6', fragments6(3000, 1448)],
  ] as const;

  test.each(families)('%s: one mark is the whole packet’s', (_family, fragments) => {
    const one = station();
    hear(one, ...fragments.map((packet, i) => mark(packet, i === 1 ? Ecn.experienced : Ecn.capable0)));
    const [answer] = sent(one);
    expect(ecnOf(answer, 0)).toBe(Ecn.experienced);
  });

  test.each(
    families,
  )('%s: a mark beside fragments that may not be marked loses the packet', (_f, fragments) => {
    const one = station();
    hear(one, ...fragments.map((packet, i) => mark(packet, i === 1 ? Ecn.experienced : Ecn.notCapable)));
    expect(sent(one)).toEqual([]);
    expect(one.node.drops()).toEqual({ 'h1.ip-fragments ecn-loss': 1 });
    expect(accountFaults(one.node.engine)).toEqual([]);
    expect(heldBy(one)).toBe(0);
  });
});
