import { expect, test } from 'vitest';
import { echo6, prefixOptionBytes, routerAdvertisementMessage } from '../testing/ipv6-packets.js';
import { forgeEcho6, forgeIcmp6, forgeIp6 } from '../testing/network/forge.js';
import { Network } from '../testing/network/network.js';
import { UnderFire } from '../testing/network/under-fire.js';
import { seededRandom } from '../testing/random.js';
import { writeU16, writeU32 } from '../wire/bytes.js';
import { PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/ipv4.js';
import { emitIpv6, formatIpv6, IPV6_HEADER } from '../wire/ipv6.js';
import { emitIpv6Fragment, IPV6_FRAGMENT_HEADER, PROTOCOL_IPV6_FRAGMENT } from '../wire/ipv6-fragment.js';
import {
  emitNdpNeighbour,
  NDP_ADVERTISEMENT,
  NDP_OVERRIDE,
  NDP_REDIRECT,
  NDP_SOLICITATION,
} from '../wire/ndp.js';

// What an attacker can do to IPv6 and what it stands on, while a transfer of somebody else runs over it; see ATTACKS.md.
// Every test ends with the transfer whole, and nothing left.

const { clientAddress6: client, serverAddress6: server, port } = UnderFire;
const MOST_NEIGHBOURS = 1024;
const MOST_DATAGRAMS = 64;
const ALL_NODES = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const foeMac = Uint8Array.of(2, 0xee, 0, 0, 0, 1);

const scene = () => new UnderFire(new Network(13), 1_500_000, 6);

/** An address on the hosts' own link, or a link-local one, that nobody has. */
function nobody(random: () => number, begin = [0xfd, 0]): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => begin[i] ?? (i < 8 ? 0 : random()));
}

const linkLocal = (random: () => number) => nobody(random, [0xfe, 0x80]);
const neighbours = (s: UnderFire) => s.server.host.interfaces[0].neighbours(16);
const drops = (s: UnderFire) => s.server.drops();

/** The beginning of a segment that the server has sent to the client. */
function quote(s: UnderFire, seq: number): Uint8Array {
  const quoted = new Uint8Array(IPV6_HEADER + 20);
  emitIpv6(quoted, 0, 1400, PROTOCOL_TCP, 64, server, client);
  writeU16(quoted, IPV6_HEADER, port);
  writeU16(quoted, IPV6_HEADER + 2, s.served?.connection.path.remotePort ?? 0);
  writeU32(quoted, IPV6_HEADER + 4, seq);
  return quoted;
}

/** A message of ICMPv6 with a word of its own, and something behind. */
function message(type: number, code: number, second: number, ...behind: Uint8Array[]): Uint8Array {
  const bytes = Uint8Array.of(type, code, 0, 0, 0, 0, 0, 0, ...behind.flatMap((part) => [...part]));
  writeU32(bytes, 4, second);
  return bytes;
}

/** A fragment's header with what is behind it. */
function fragment(protocol: number, at: number, more: boolean, id: number, data: Uint8Array): Uint8Array {
  const payload = new Uint8Array(IPV6_FRAGMENT_HEADER + data.length);
  emitIpv6Fragment(payload, 0, protocol, at, more, id);
  payload.set(data, IPV6_FRAGMENT_HEADER);
  return payload;
}

test('forged "packet too big": what quotes nothing on its way, or tells less than 1280, is not believed', () => {
  const s = scene();
  const random = seededRandom(1);
  const before = s.served?.connection.segment;
  const count = s.fire(100, (index) => {
    const mtu = index % 2 === 0 ? 1280 : 100;
    return forgeIcmp6(s.forged6(client), message(2, 0, mtu, quote(s, random() | 0)));
  });
  expect((drops(s)['server.tcp stray-error'] ?? 0) + (drops(s)['server.icmp bad-error'] ?? 0)).toBe(count);
  expect(s.served?.connection.segment).toBe(before);
  expect(s.finish()).toEqual([]);
});

test('redirects: routes are what they were set to', () => {
  const s = scene();
  const before = s.server.host.generation;
  const count = s.fire(100, () =>
    forgeIcmp6(
      s.forged6(linkLocal(() => 7)),
      message(
        NDP_REDIRECT,
        0,
        0,
        linkLocal(() => 8),
        client,
      ),
      255,
    ),
  );
  expect(drops(s)['server.ndp redirect']).toBe(count);
  expect(s.server.host.generation).toBe(before);
  expect(s.finish()).toEqual([]);
});

test('overlapping, tiny and endless fragments, some in the name of the client: none gets through', () => {
  const s = scene();
  const random = seededRandom(2);
  s.fire(50, (index) => {
    const id = index >> 2;
    const step = index & 3;
    const tiny = (id & 1) === 0;
    const size = tiny && step === 0 ? 8 : 64;
    const at = Math.max(0, step * 64 - (tiny ? 0 : 24)) & ~7;
    const data = Uint8Array.from({ length: size }, () => random());
    const from = id % 8 < 2 ? client : nobody(random);
    return forgeIp6(s.forged6(from), PROTOCOL_IPV6_FRAGMENT, fragment(PROTOCOL_TCP, at, true, id >> 3, data));
  });
  expect(drops(s)['server.ip-fragments overlap']).toBeGreaterThan(100);
  expect(drops(s)['server.ip-fragments tiny']).toBeGreaterThan(100);
  expect(s.finish()).toEqual([]);
});

test('atomic fragments are packets, and disturb no others with their number (RFC 6946)', () => {
  const s = scene();
  const before = s.server.engine.held();
  const count = s.fire(
    100,
    () =>
      forgeIp6(
        s.forged6(client),
        PROTOCOL_IPV6_FRAGMENT,
        fragment(PROTOCOL_UDP, 0, false, 7, new Uint8Array(8)),
      ),
    3000,
  );
  expect(s.server.engine.registry.find('server.ip-fragments').block).toMatchObject({ completed: count });
  expect(s.server.engine.held()).toBe(before);
  expect(s.finish()).toEqual([]);
});

test('first fragments of datagrams that never come whole: few are kept', () => {
  const s = scene();
  const random = seededRandom(3);
  let most = 0;
  s.fire(50, (id) => {
    most = Math.max(most, s.server.engine.held());
    const from = random() % 2 === 0 ? nobody(random) : nobody(() => 9);
    const payload = fragment(PROTOCOL_UDP, 0, true, id, new Uint8Array(64));
    return forgeIp6(s.forged6(from), PROTOCOL_IPV6_FRAGMENT, payload);
  });
  expect(most).toBeGreaterThan(16);
  expect(most).toBeLessThanOrEqual(MOST_DATAGRAMS + 1);
  expect(s.finish()).toEqual([]);
});

test('neighbour discovery in the name of everybody: few are remembered, and each costs a look or two', () => {
  const s = scene();
  const random = seededRandom(4);
  let most = 0;
  let forgotten = 0;
  const count = s.fire(
    20,
    () => {
      most = Math.max(most, neighbours(s).size);
      if (!s.isOver && neighbours(s).find(client) === undefined) forgotten++;
      const bytes = new Uint8Array(32);
      emitNdpNeighbour(bytes, 0, NDP_SOLICITATION, 0, server, foeMac);
      return forgeIcmp6(s.forged6(nobody(random)), bytes, 255);
    },
    6000,
  );
  expect(most).toBe(MOST_NEIGHBOURS);
  expect(neighbours(s).looked).toBeLessThan(2 * count);
  expect(forgotten).toBe(0);
  expect(s.finish()).toEqual([]);
});

test('packets in the name of hosts that are not there: neither table nor pool is used up, no look at all of it for each (RFC 6583)', () => {
  const s = scene();
  const random = seededRandom(5);
  let most = 0;
  let least = s.server.engine.pool.size;
  const count = s.fire(
    50,
    () => {
      most = Math.max(most, neighbours(s).size);
      least = Math.min(least, s.server.engine.pool.free);
      return forgeEcho6(s.forged6(nobody(random)));
    },
    6000,
  );
  expect(most).toBeGreaterThan(MOST_NEIGHBOURS / 2);
  expect(most).toBeLessThanOrEqual(MOST_NEIGHBOURS);
  expect(neighbours(s).looked).toBeLessThan(2 * count);
  expect(least).toBeGreaterThan(s.server.engine.pool.size / 4);
  expect(s.finish()).toEqual([]);
});

test('router advertisements of a thousand routers and prefixes: few addresses, routes and routers are taken', () => {
  const s = scene();
  const random = seededRandom(6);
  const { host } = s.server;
  const [at] = host.interfaces;
  const bounds = { addresses: 0, routes: 0, routers: 0 };
  s.fire(
    100,
    () => {
      bounds.addresses = Math.max(bounds.addresses, at.addresses.length);
      bounds.routes = Math.max(bounds.routes, host.routes6.routes.length);
      bounds.routers = Math.max(bounds.routers, at.routers.routers.length);
      const prefix = formatIpv6(
        nobody(random, [0x20, 1, random(), random(), random(), random(), 0, 0]).fill(0, 8),
      );
      const said = routerAdvertisementMessage({ lifetime: 60 }, prefixOptionBytes(prefix, 64, 60, 30));
      return forgeIcmp6({ ...s.forged6(linkLocal(random), ALL_NODES) }, said, 255);
    },
    3000,
  );
  // Two by hand, and the link-local one; RouterList and autoconfigure keep 16 prefixes and addresses, 8 routers.
  expect(bounds).toEqual({ addresses: 3 + 16, routes: 1 + 16 + 8, routers: 8 });
  expect(s.finish()).toEqual([]);
});

test('advertisements that claim the server’s own addresses: those in use stay', () => {
  const s = scene();
  const [at] = s.server.host.interfaces;
  s.network.run(3_000_000); // its addresses are its own by now
  const before = at.addresses.map(({ state }) => state);
  const bytes = new Uint8Array(32);
  emitNdpNeighbour(bytes, 0, NDP_ADVERTISEMENT, NDP_OVERRIDE, server, foeMac);
  const count = s.fire(1000, () => forgeIcmp6(s.forged6(server, ALL_NODES), bytes, 255), 1000);
  expect(s.server.engine.registry.find('server.ndp').block).toMatchObject({ conflicts: count });
  expect(at.addresses.map(({ state }) => state)).toEqual(before);
  expect(s.finish()).toEqual([]);
});

test('chains of extension headers: long ones are dropped, short ones looked through; no echo comes of either', () => {
  const s = scene();
  const random = seededRandom(7);
  const { block } = s.server.engine.registry.find('server.icmp');
  s.fire(50, () => {
    const headers = Array.from({ length: 1 + (random() % 40) }, () => [60, 0, 1, 4, 0, 0, 0, 0]);
    headers[headers.length - 1][0] = PROTOCOL_ICMPV6;
    return forgeIcmp6(s.forged6(client), echo6(128, 8), 64, 60, headers.flat());
  });
  expect(block).toMatchObject({ echoes: 0 });
  expect(drops(s)['server.ip-deliver malformed']).toBeGreaterThan(100);
  expect(drops(s)['server.icmp extension-headers']).toBeGreaterThan(20);
  expect(s.finish()).toEqual([]);
});

test('land: from the server to itself is dropped where it comes in', () => {
  const s = scene();
  const count = s.fire(100, () => forgeIp6(s.forged6(server), PROTOCOL_TCP, new Uint8Array(20)));
  expect(drops(s)['server.ip-input bad-source']).toBe(count);
  expect(s.finish()).toEqual([]);
});

test('queries about groups without end, that want answers at once: ten a second', () => {
  const s = scene();
  const alert = [PROTOCOL_ICMPV6, 0, 5, 2, 0, 0, 1, 0];
  const query = message(130, 0, 1 << 16, new Uint8Array(20));
  const before = s.network.now;
  const { block } = s.server.engine.registry.find('server.groups');
  const reports = () => Number(Reflect.get(block, 'reports'));
  const told = reports();
  const count = s.fire(100, () =>
    forgeIcmp6(
      s.forged6(
        linkLocal(() => 5),
        ALL_NODES,
      ),
      query,
      1,
      0,
      alert,
    ),
  );
  expect(block).toMatchObject({ queries: count });
  const seconds = (s.network.now - before) / 1_000_000;
  expect(reports() - told).toBeGreaterThan(0);
  expect(reports() - told).toBeLessThanOrEqual(10 * seconds + 2);
  expect(s.finish()).toEqual([]);
});
