import { expect, test } from 'vitest';
import { forgeArp, forgeEcho6, forgeIcmp, forgeIp } from '../testing/network/forge.js';
import { Network } from '../testing/network/network.js';
import { UnderFire } from '../testing/network/under-fire.js';
import { seededRandom } from '../testing/random.js';
import { ARP_REPLY, ARP_REQUEST } from '../wire/arp.js';
import { writeU16, writeU32 } from '../wire/bytes.js';
import { ICMP_ECHO_REQUEST, ICMP_UNREACHABLE } from '../wire/icmp.js';
import { ICMP_REDIRECT } from '../wire/icmp-message.js';
import { emitIpv4, IPV4_HEADER, IPV4_MORE_FRAGMENTS, PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/ipv4.js';

// What an attacker can do to IP and what it stands on, while a transfer of somebody else runs; see ATTACKS.md. Every test
// ends with the transfer whole, and nothing left.

const { clientAddress, serverAddress, port } = UnderFire;
const FRAGMENTATION_NEEDED = 4;
const MOST_NEIGHBOURS = 1024;
const MOST_DATAGRAMS = 64;

function scene(): UnderFire {
  return new UnderFire(new Network(12), 3_000_000);
}

/** An address on the hosts' own link that nobody has. */
function nobody(random: () => number): Uint8Array {
  return Uint8Array.of(198, 19, random(), 1 + (random() % 250));
}

/** Number of neighbours that the server keeps. */
function neighbours(s: UnderFire): number {
  return s.server.host.interfaces[0].neighbours(4).size;
}

/** What an ICMP error quotes: the beginning of a segment that the server has sent to the client. */
function quote(s: UnderFire, seq: number): Uint8Array {
  const quoted = new Uint8Array(IPV4_HEADER + 8);
  emitIpv4(quoted, 0, 1500, 1, 64, PROTOCOL_TCP, serverAddress, clientAddress);
  writeU16(quoted, IPV4_HEADER, port);
  writeU16(quoted, IPV4_HEADER + 2, s.served?.connection.path.remotePort ?? 0);
  writeU32(quoted, IPV4_HEADER + 4, seq);
  return quoted;
}

test('first fragments of datagrams that never come whole: few are kept', () => {
  const s = scene();
  const random = seededRandom(1);
  let most = 0;
  s.fire(50, (id) => {
    most = Math.max(most, s.server.engine.held());
    const many = random() % 2 === 0;
    const from = many ? nobody(random) : Uint8Array.of(198, 18, 9, 9);
    return forgeIp(s.forged(from), PROTOCOL_UDP, new Uint8Array(64), { id, fragment: IPV4_MORE_FRAGMENTS });
  });
  expect(most).toBeGreaterThan(16);
  expect(most).toBeLessThanOrEqual(MOST_DATAGRAMS + 1);
  expect(s.finish()).toEqual([]);
});

test('overlapping and tiny fragments, some in the name of the client: none gets through', () => {
  const s = scene();
  const random = seededRandom(2);
  const drops = () => s.server.drops();
  s.fire(50, (index) => {
    const id = index >> 2;
    const step = index & 3;
    // Of every two datagrams one overlaps, the other begins with a fragment too short for its TCP header.
    const tiny = (id & 1) === 0;
    const size = tiny && step === 0 ? 8 : 64;
    const offset = step === 0 ? 0 : step * 8 - (tiny ? 0 : 3);
    const payload = Uint8Array.from({ length: size }, () => random());
    const fragment = IPV4_MORE_FRAGMENTS | offset;
    const from = id % 8 < 2 ? clientAddress : Uint8Array.of(198, 19, id >> 8, id & 0xff);
    return forgeIp(s.forged(from), PROTOCOL_TCP, payload, { id, fragment });
  });
  expect(drops()['server.ip-fragments overlap']).toBeGreaterThan(100);
  expect(drops()['server.ip-fragments tiny']).toBeGreaterThan(100);
  expect(s.finish()).toEqual([]);
});

test('redirects: routes are what they were set to', () => {
  const s = scene();
  const before = s.server.host.generation;
  const foe = (198 << 24) | (19 << 16) | 1;
  const count = s.fire(100, () => forgeIcmp(s.forged(clientAddress), ICMP_REDIRECT, 1, foe, quote(s, 1)));
  expect(s.server.drops()['server.icmp redirect']).toBe(count);
  expect(s.server.host.generation).toBe(before);
  expect(s.finish()).toEqual([]);
});

test('forged path MTUs: those that quote what is not on its way are not believed', () => {
  const s = scene();
  const random = seededRandom(3);
  const c = s.served?.connection;
  const before = c?.segment;
  const count = s.fire(100, () =>
    forgeIcmp(s.forged(clientAddress), ICMP_UNREACHABLE, FRAGMENTATION_NEEDED, 576, quote(s, random() | 0)),
  );
  expect(s.server.drops()['server.tcp stray-error']).toBe(count);
  expect(c?.segment).toBe(before);
  expect(s.finish()).toEqual([]);
});

test('a flood of ARP in the name of everybody: few are remembered', () => {
  const s = scene();
  const random = seededRandom(4);
  let most = 0;
  s.fire(
    20,
    (index) => {
      most = Math.max(most, neighbours(s));
      return forgeArp(s.forged(nobody(random)), index % 2 === 0 ? ARP_REQUEST : ARP_REPLY);
    },
    20_000,
  );
  expect(most).toBe(MOST_NEIGHBOURS);
  expect(s.finish()).toEqual([]);
});

test.each([
  4, 6,
])('echoes in the name of hosts that are not there: the answers do not use up the pool; IPv%i', (family) => {
  const s = scene();
  const random = seededRandom(5);
  const { host, engine } = s.server;
  const [at] = host.interfaces;
  const own = Uint8Array.of(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);
  host.addAddress(at, own, 64);
  let least = engine.pool.size;
  let most = 0;
  const echo = () => {
    if (family === 4) return forgeIcmp(s.forged(nobody(random)), ICMP_ECHO_REQUEST, 0, 1, new Uint8Array(56));
    const from = own.map((byte, i) => (i < 8 ? byte : random()));
    return forgeEcho6({ ...s.forged(from), to: own });
  };
  s.fire(
    50,
    () => {
      least = Math.min(least, engine.pool.free);
      most = Math.max(most, at.neighbours(family === 4 ? 4 : 16).size);
      return echo();
    },
    20_000,
  );
  expect(most).toBeGreaterThan(MOST_NEIGHBOURS / 2);
  expect(most).toBeLessThanOrEqual(MOST_NEIGHBOURS);
  expect(least).toBeGreaterThan(engine.pool.size / 4);
  expect(s.finish()).toEqual([]);
});
