import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import { ChecksumState, type Frame, PacketType } from '../../contract/frame.js';
import { echo6, icmpv6Packet, ipv6Packet } from '../../testing/ipv6-packets.js';
import { Network } from '../../testing/network/network.js';
import type { Station } from '../../testing/network/station.js';
import { seededRandom } from '../../testing/random.js';
import { Ecn, ecnOf, setEcn } from '../../wire/ecn.js';
import { encapsulationLimit, insideFlow, tunnelDepth } from '../../wire/ipip.js';
import { completeIpv4, emitIpv4, formatIpv4, parseIpv4 } from '../../wire/ipv4.js';
import { emitIpv6, formatIpv6, IPV6_HEADER, ipv6FlowLabel, parseIpv6 } from '../../wire/ipv6.js';
import { type TunnelOptions, tunnelSteps } from '../graph.js';
import { defaultTcpSettings } from '../tcp/settings.js';

const inside4 = ['10.9.0.1', '10.9.0.2'];
const inside6 = ['fd09::1', 'fd09::2'];
const outside = { 4: ['10.0.1.2', '10.0.2.2'], 6: ['fd01::2', 'fd02::2'] } as const;

function bytesOf(text: string): Uint8Array {
  const bytes = parseIpv4(text) ?? parseIpv6(text);
  if (bytes === null) throw new Error(`${text} is no address`);
  return bytes;
}

const textOf = (bytes: Uint8Array) => (bytes.length === 4 ? formatIpv4(bytes) : formatIpv6(bytes));

/** Gives a station a tunnel, the last of its interfaces; answers its name. */
function addTunnel(
  at: Station,
  name: string,
  before: string | null,
  options: TunnelOptions,
  ...own: string[]
) {
  at.act(tunnelSteps(at.name, at.host.interfaces.length + 1, name, before, options));
  const made = at.host.interfaces[at.host.interfaces.length - 1];
  for (const text of own) at.host.addAddress(made, bytesOf(text), text.includes(':') ? 64 : 30);
  return name;
}

/** Two hosts, a router between them whose second wire is narrow, and a tunnel from one to the other. */
function scene(family: 4 | 6, narrow = 1500) {
  const network = new Network(4);
  const router = network.station('router', { forwarding: true });
  const ends = ['a', 'b'].map((name) => network.station(name));
  network.join(ends[0], router, { delay: 1000 });
  network.join(router, ends[1], { delay: 1000, interfaceMtu: narrow });
  // Its end does not know how narrow the way to it is.
  Object.assign(ends[1].host.interfaces[0], { mtu: 1500, mtu6: 1500 });
  for (const [i, { host }] of ends.entries()) {
    for (const [at, last] of [
      [router.host, 1],
      [host, 2],
    ] as const) {
      const face = at.interfaces[at === host ? 0 : i];
      at.addAddress(face, bytesOf(`10.0.${i + 1}.${last}`), 24);
      at.addAddress(face, bytesOf(`fd0${i + 1}::${last}`), 64);
    }
    for (const gateway of [`10.0.${i + 1}.1`, `fd0${i + 1}::1`].map(bytesOf)) {
      host.addRoute({ prefix: new Uint8Array(gateway.length), bits: 0, gateway, interface: 1, metric: 0 });
    }
  }
  const [one, other] = outside[family];
  addTunnel(ends[0], 'tun', null, { local: one, remote: other }, inside4[0], inside6[0]);
  addTunnel(ends[1], 'tun', null, { local: other, remote: one }, inside4[1], inside6[1]);
  return { network, router, a: ends[0], b: ends[1] };
}

function pattern(length: number): Uint8Array {
  const random = seededRandom(length);
  return Uint8Array.from({ length }, () => random());
}

/** Sends bytes from one to the other through the tunnel; answers whether they arrived. */
function transfers(s: ReturnType<typeof scene>, to: string, bytes: Uint8Array, port: number): boolean {
  const served = s.b.listen(port);
  const user = s.a.connect(bytesOf(to), port, (one) => {
    one.write(bytes);
    one.end();
  });
  s.network.until(() => user.over && served[0]?.over === true, 100_000_000);
  return user.failure === null && served[0]?.content.equals(bytes) === true;
}

describe.each([4, 6] as const)('around: IPv%i', (family) => {
  test('both families go inside, and nothing is left', () => {
    const s = scene(family);
    const bytes = pattern(100_000);
    expect(transfers(s, inside4[1], bytes, 80)).toBe(true);
    expect(transfers(s, inside6[1], bytes, 81)).toBe(true);
    expect(s.a.engine.registry.find('a.tun').block).toMatchObject({ errors: 0 });
    expect(s.b.drops()).toEqual({});
    s.network.run(130_000_000);
    expect(s.network.left()).toEqual([]);
  });

  test('the MTU inside is what the way leaves; it shrinks when a router says so, and all arrives', () => {
    const s = scene(family, 1400);
    const around = family === 4 ? 20 : 40;
    const { host } = s.a;
    expect([host.interfaces[1].mtu, host.interfaces[1].mtu6]).toEqual([1500 - around, 1500 - around]);
    expect(transfers(s, inside4[1], pattern(50_000), 80)).toBe(true);
    expect(transfers(s, inside6[1], pattern(50_000), 81)).toBe(true);
    expect([host.interfaces[1].mtu, host.interfaces[1].mtu6]).toEqual([1400 - around, 1400 - around]);
    expect(s.a.engine.registry.find('a.tun').block).toMatchObject({ errors: expect.toSatisfy((n) => n > 0) });
  });

  test('on a way too narrow for IPv6 inside, the packets around are cut', () => {
    const s = scene(family, 1290);
    expect(transfers(s, inside6[1], pattern(50_000), 80)).toBe(true);
    expect(s.a.host.interfaces[1].mtu6).toBe(1280);
    expect(s.b.engine.registry.find('b.ip-fragments').block).toMatchObject({
      completed: expect.toSatisfy((n) => n > 10),
    });
  });
});

test('a flow inside has one label around, others have others', () => {
  const s = scene(6);
  const labels: number[] = [];
  s.network.taps.push((_wire, forward, _at, bytes) => {
    if (forward && bytes[12] === 0x86 && bytes[20] === 4) labels.push(ipv6FlowLabel(bytes, 14));
  });
  for (const port of [80, 81, 82]) {
    expect(transfers(s, inside4[1], pattern(20_000), port)).toBe(true);
  }
  expect(labels.length).toBeGreaterThan(60);
  expect(new Set(labels).size).toBe(3);
  expect(labels).not.toContain(0);
});

test('a tunnel through a tunnel works; one through itself, or through too many, drops what it is given', () => {
  const s = scene(4);
  const ends = { a: inside4[0], b: inside4[1] };
  addTunnel(s.a, 'two', 'tun', { local: ends.a, remote: ends.b }, '10.9.1.1');
  addTunnel(s.b, 'two', 'tun', { local: ends.b, remote: ends.a }, '10.9.1.2');
  expect(transfers(s, '10.9.1.2', pattern(20_000), 80)).toBe(true);
  // The other end is behind the tunnel itself.
  addTunnel(s.a, 'self', 'two', { local: '10.0.1.2', remote: '10.9.2.2' }, '10.9.2.1');
  s.a.connect(bytesOf('10.9.2.2'), 80, () => {});
  s.network.run(1_000_000);
  expect(s.a.drops()['a.self loop']).toBeGreaterThan(0);
  // Each of two is the other's way: what goes in gets longer, for a while.
  addTunnel(s.a, 'this', 'self', { local: '10.0.1.2', remote: '10.9.4.2' }, '10.9.3.1');
  addTunnel(s.a, 'that', 'this', { local: '10.0.1.2', remote: '10.9.3.2' }, '10.9.4.1');
  s.a.connect(bytesOf('10.9.3.2'), 80, () => {});
  s.network.run(1_000_000);
  expect(Object.keys(s.a.drops()).filter((one) => one.endsWith('too-deep'))).toHaveLength(1);
});

test('only what comes from the other end is let out; others are told that there is no such protocol', () => {
  const s = scene(4);
  const forged = new Uint8Array(14 + 40);
  const send = (from: string, change: (bytes: Uint8Array) => void = () => {}) => {
    emitIpv4(forged, 34, 20, 1, 64, 17, bytesOf('10.9.0.2'), bytesOf('10.9.0.1'));
    emitIpv4(forged, 14, 40, 1, 64, 4, bytesOf(from), bytesOf('10.0.1.2'));
    const { mac } = s.a.host.interfaces[0];
    forged.set([...(mac ?? []), 2, 0xee, 0, 0, 0, 1, 8, 0]);
    change(forged);
    s.a.links[0].deliver(forged.slice());
    s.network.run(10_000);
  };
  const { packets } = s.a.engine.registry.find('a.tun').block as unknown as { packets: number };
  send('10.0.2.9');
  expect(s.a.engine.registry.find('a.no-protocol').block).toMatchObject({ told: 1 });
  send('10.0.2.2', (bytes) => {
    bytes[34] = 0x65;
  });
  send('10.0.2.2', (bytes) => {
    setEcn(bytes, 14, Ecn.experienced);
  });
  send('10.0.2.2', (bytes) => {
    bytes[44] ^= 1;
  });
  send('10.0.2.2');
  expect(s.a.engine.registry.find('a.tun').block).toMatchObject({ packets: packets + 2 });
  expect(s.a.drops()).toMatchObject({
    ...{ 'a.tun malformed': 1, 'a.tun ecn-loss': 1, 'a.ip-input bad-checksum': 1, 'a.udp malformed': 1 },
  });
});

/** Gives the tunnel of a station a frame. */
function give(s: ReturnType<typeof scene>, direction: 0 | 1, packet: Uint8Array, of: Partial<Frame>): void {
  const { engine } = s.a;
  const frame = engine.pool.allocate();
  if (frame === null) throw new Error('no frame');
  frame.fill(packet);
  Object.assign(frame, of);
  engine.inject(frame, engine.registry.find('a.tun').idp, direction);
  s.network.run(10_000);
}

test('what is left to a link to finish does not go inside, nor what says that it must not', () => {
  const s = scene(4);
  const packet = ipv6Packet('fd09::1', 'fd09::2', 59, new Uint8Array(8));
  give(s, EGRESS, packet, { checksum: ChecksumState.open });
  give(s, EGRESS, packet, { segmentSize: 1000 });
  for (const limit of [0, 1]) {
    const options = Uint8Array.of(59, 0, 4, 1, limit, 1, 1, 0);
    give(s, EGRESS, ipv6Packet('fd09::1', 'fd09::2', 60, options), {});
  }
  expect(s.a.drops()).toEqual({ 'a.tun unfinished': 2, 'a.tun too-deep': 1 });
  expect(s.a.engine.registry.find('a.tun').block).toMatchObject({ sent: 1 });
});

test('what the link said of the packet around is not said of the one inside', () => {
  const s = scene(4);
  const inside = (protocol: number, packet: Uint8Array) => {
    const bytes = new Uint8Array(20 + packet.length);
    emitIpv4(bytes, 0, bytes.length, 1, 64, protocol, bytesOf('10.0.2.2'), bytesOf('10.0.1.2'));
    bytes.set(packet, 20);
    return bytes;
  };
  const echo = icmpv6Packet('fd09::2', 'fd09::1', echo6(128, 8));
  give(s, INGRESS, inside(41, echo), { packetType: PacketType.broadcast });
  expect(s.a.engine.registry.find('a.icmp').block).toMatchObject({ echoes: 1 });
  const datagram = Uint8Array.of(0, 7, 0, 9, 0, 8, 0, 1);
  const udp = ipv6Packet('fd09::2', 'fd09::1', 17, datagram);
  give(s, INGRESS, inside(41, udp), { checksum: ChecksumState.verified });
  expect(s.a.drops()).toEqual({ 'a.udp bad-checksum': 1 });
});

test('forged errors: an MTU is believed only for a packet that was sent lately', () => {
  for (const family of [4, 6] as const) {
    const s = scene(family, 1400);
    const random = seededRandom(7);
    const seen: Uint8Array[] = [];
    s.network.taps.push((wire, forward, _at, bytes) => {
      const isIcmp = bytes[14 + (family === 4 ? 9 : 6)] === (family === 4 ? 1 : 58);
      const isTooBig = family === 4 ? bytes[34] === 3 : bytes[54] === 2;
      if (wire === 0 && !forward && isIcmp && isTooBig) seen.push(bytes);
    });
    expect(transfers(s, inside4[1], pattern(20_000), 80)).toBe(true);
    const [real] = seen;
    const quoted = 14 + (family === 4 ? 20 : 40) + 8;
    const before = s.a.drops()['a.tun stray-error'] ?? 0;
    // Another number, or another label.
    const forged = real.slice();
    if (family === 4) {
      forged[quoted + 4] ^= 0x80;
      completeIpv4(forged, quoted);
    } else forged[quoted + 2] ^= 1 + (random() & 0x7f);
    s.a.links[0].deliver(withChecksum(forged, family));
    s.network.run(10_000);
    expect(s.a.drops()['a.tun stray-error'] - before, `IPv${family}`).toBe(1);
  }
});

/** Makes the ICMP message of a frame right again. */
function withChecksum(frame: Uint8Array, family: 4 | 6): Uint8Array {
  const at = 14 + (family === 4 ? 20 : 40);
  frame[at + 2] = 0;
  frame[at + 3] = 0;
  const length = frame.length - at;
  let sum = family === 4 ? 0 : 58 + length;
  const word = (from: number) => (frame[from] << 8) | (frame[from + 1] ?? 0);
  if (family === 6) for (let i = 22; i < 54; i += 2) sum += word(i);
  for (let i = at; i < frame.length; i += 2) sum += word(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  frame[at + 2] = (~sum >>> 8) & 0xff;
  frame[at + 3] = ~sum & 0xff;
  return frame;
}

test('marks: the class of service goes outside, and a router’s mark comes inside again', () => {
  const s = scene(4);
  let marked = 0;
  s.network.taps.push((wire, forward, _at, bytes) => {
    if (wire !== 0 || !forward || bytes[23] !== 4) return;
    expect(ecnOf(bytes, 14)).toBe(ecnOf(bytes, 34));
    // A router is congested: what may be marked is.
    if (ecnOf(bytes, 34) !== Ecn.capable0) return;
    setEcn(bytes, 14, Ecn.experienced);
    marked++;
  });
  const ecn = { ...defaultTcpSettings, ecn: 'ask' as const };
  const served = s.b.listen(80, () => {}, { settings: ecn });
  const bytes = pattern(20_000);
  const user = s.a.connect(
    bytesOf(inside4[1]),
    80,
    (one) => {
      one.write(bytes);
      one.end();
    },
    ecn,
  );
  s.network.until(() => user.over && served[0]?.over === true);
  expect(served[0].content.equals(bytes)).toBe(true);
  expect(marked).toBeGreaterThan(5);
  expect(served[0].connection.ecnEcho || user.connection.ecnReduced).toBe(true);
});

test('readers of any bytes end, and count what is there', () => {
  const packet = new Uint8Array(100);
  emitIpv4(packet, 0, 100, 1, 64, 4, bytesOf('10.0.2.2'), bytesOf('10.0.1.2'));
  emitIpv4(packet, 20, 80, 1, 64, 41, bytesOf('10.0.2.2'), bytesOf('10.0.1.2'));
  emitIpv6(packet, 40, 20, 60, 64, bytesOf('fd00::1'), bytesOf('fd00::2'));
  packet.set([59, 0, 4, 1, 3, 1, 1, 0], 40 + IPV6_HEADER);
  expect([tunnelDepth(packet, 0, 100, 9), tunnelDepth(packet, 0, 100, 2)]).toEqual([3, 2]);
  expect([encapsulationLimit(packet, 40, 60), encapsulationLimit(packet, 0, 100)]).toEqual([3, -1]);
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 120 }),
      fc.array(fc.tuple(fc.nat(99), fc.nat(255))),
      (any, changes) => {
        const changed = packet.slice();
        for (const [at, value] of changes) changed[at] = value;
        for (const bytes of [any, changed]) {
          expect(tunnelDepth(bytes, 0, bytes.length, 5)).toBeLessThanOrEqual(5);
          expect(encapsulationLimit(bytes, 0, bytes.length)).toBeGreaterThanOrEqual(-1);
          expect(Number.isInteger(insideFlow(bytes, 0, bytes.length))).toBe(true);
        }
      },
    ),
    { seed: 20261120, numRuns: 500 },
  );
});

test('a tunnel whose block is removed is no interface any more', () => {
  const s = scene(4);
  s.a.act([{ do: 'rm', name: 'a.tun', mode: 'force' }]);
  expect(s.a.host.interfaces.map(({ name }) => name)).toEqual(['eth0']);
  expect(s.a.host.destination(bytesOf(inside4[1]), 0, 4)?.interface.name).toBe('eth0');
});

test('ends that are none are refused', () => {
  const s = scene(4);
  const bad = (options: TunnelOptions) => () => addTunnel(s.a, 'bad', 'tun', options);
  expect(bad({ local: '10.0.1.2', remote: 'fd02::2' })).toThrow('write two addresses of one family');
  expect(bad({ local: 'here', remote: 'there' })).toThrow('here and there are not the ends of a tunnel');
  expect(() => addTunnel(s.a, 'tun', 'tun', { local: '10.0.1.2', remote: '10.0.2.2' })).toThrow('already');
  expect(textOf(s.a.host.interfaces[1].addresses[0].address)).toBe(inside4[0]);
});
