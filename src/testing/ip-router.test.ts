import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../blocks/catalogue.js';
import { kindsOf } from '../control/graph-check.js';
import { parseGraphFile } from '../control/graph-file.js';
import { emitEthernet, parseMac } from '../wire/ethernet.js';
import { completeIpv4 } from '../wire/ipv4.js';
import { accountFaults } from './account.js';
import { arpFrame, describeArp } from './arp-frames.js';
import { makeEngine, type TestEngine } from './engine.js';
import { hexOf } from './frames.js';
import { echoRequest, type IpPacketOptions, ipv4Packet, readIcmp } from './ip-packets.js';
import { graphActions, ipRouterGraph } from './ip-router.js';
import { seededRandom } from './random.js';

const R = ['02:00:00:00:01:00', '02:00:00:00:01:01', '02:00:00:00:01:02'];
const hostMac = (net: number, host: number) =>
  `02:00:00:00:${net.toString(16).padStart(2, '0')}:${host.toString(16).padStart(2, '0')}`;

/** A router with three interfaces: 10.0.i.1/24 on link `eth<i>`, the last with an MTU of 600. */
class Router {
  readonly node: TestEngine;

  constructor(warmFrames?: number) {
    this.node = makeEngine({
      pool: { size: 64, slotSize: 2048, headroom: 128 },
      ...(warmFrames === undefined ? {} : { fusion: { warmFrames } }),
    });
    const interfaces = R.map((mac, i) => ({
      name: `eth${i}`,
      link: { kind: 'memory', name: `eth${i}`, address: parseMac(mac) },
      address: `10.0.${i}.1/24`,
      mac,
      mtu: i === 2 ? 600 : 1500,
    }));
    const routes = ['10.9.0.0/16 via 10.0.1.9 port 1', '10.8.0.0/16 via 10.0.0.9 port 0'];
    // Without a default route of its own, the graph's leads to net-unreachable.
    this.node.act(...graphActions(ipRouterGraph({ interfaces, routes })));
  }

  /** Lets a packet arrive from a host of network `net`; answers what was sent, as `link: frame`. */
  arrive(net: number, packet: Uint8Array, { host = 2, to = R[net], padding = 0 } = {}): Sent[] {
    const frame = new Uint8Array(14 + packet.length + padding).fill(0xee);
    emitEthernet(frame, 0, parseMac(to)!, parseMac(hostMac(net, host))!, 0x0800);
    frame.set(packet, 14);
    return this.frame(net, frame);
  }

  frame(net: number, frame: Uint8Array): Sent[] {
    this.node.arrive(`eth${net}`, frame);
    return this.sent();
  }

  sent(): Sent[] {
    expect(accountFaults(this.node.engine)).toEqual([]);
    return R.flatMap((_, net) =>
      this.node.links
        .end(`eth${net}`)
        .take()
        .map((bytes) => ({ net, bytes, packet: bytes.slice(14) })),
    );
  }

  /** A host answers the router's ARP request. */
  answer(net: number, host: number): Sent[] {
    const reply = arpFrame({
      operation: 2,
      senderMac: hostMac(net, host),
      senderIp: `10.0.${net}.${host}`,
      targetMac: R[net],
      targetIp: `10.0.${net}.1`,
      to: R[net],
    });
    return this.frame(net, reply);
  }

  /** Makes the router know hosts: each is sent something and answers. */
  know(...hosts: readonly [net: number, host: number][]): this {
    for (const [net, host] of hosts) {
      this.arrive(
        net === 0 ? 1 : 0,
        ipv4Packet({ source: `10.0.${net === 0 ? 1 : 0}.77`, destination: `10.0.${net}.${host}` }),
      );
      this.answer(net, host);
    }
    return this;
  }
}
interface Sent {
  readonly net: number;
  readonly bytes: Uint8Array;
  readonly packet: Uint8Array;
}

/** The packet one hop on. */
function forwarded(packet: Uint8Array): string {
  const after = packet.slice();
  after[8]--;
  completeIpv4(after, 0);
  return hexOf(after);
}

test('asks for the next hop, then forwards what waited: addresses, TTL and checksum rewritten', () => {
  const router = new Router();
  const packets = [1, 2, 3].map((id) => ipv4Packet({ id }));
  const asked = packets.flatMap((packet) => router.arrive(0, packet));
  expect(asked.map(({ net, bytes }) => [net, describeArp(bytes)])).toEqual([
    [1, `${R[1]} > ff:ff:ff:ff:ff:ff: 10.0.1.1 at ${R[1]} asks for 10.0.1.2 at 00:00:00:00:00:00`],
  ]);
  const sent = [...router.answer(1, 2), ...router.arrive(0, packets[0])];
  expect(sent.map(({ packet }) => hexOf(packet))).toEqual([...packets, packets[0]].map(forwarded));
  for (const { net, bytes } of sent) {
    expect(net).toBe(1);
    expect(hexOf(bytes.subarray(0, 14))).toBe(`${hostMac(1, 2)}${R[1]}0800`.replaceAll(':', ''));
  }
  expect(router.node.drops()).toEqual({});
});

test('answers ARP requests for its own addresses only', () => {
  const router = new Router();
  expect(router.frame(0, arpFrame()).map(({ net, bytes }) => [net, describeArp(bytes)])).toEqual([
    [0, `${R[0]} > 02:00:00:00:00:0b: 10.0.0.1 at ${R[0]} tells 10.0.0.2 at 02:00:00:00:00:0b`],
  ]);
  expect(router.frame(0, arpFrame({ targetIp: '10.0.1.1' }))).toEqual([]);
  expect(router.node.drops()).toEqual({ 'eth0.me not-ours': 1 });
});

test('sends through gateways', () => {
  const router = new Router().know([1, 9]);
  const packet = ipv4Packet({ destination: '10.9.5.5' });
  const [sent] = router.arrive(0, packet);
  expect([sent.net, hexOf(sent.bytes.subarray(0, 6)), hexOf(sent.packet)]).toEqual([
    1,
    hostMac(1, 9).replaceAll(':', ''),
    forwarded(packet),
  ]);
});

test('cuts the link’s padding off; short packets leave short', () => {
  const router = new Router().know([1, 2]);
  const packet = ipv4Packet({ payload: Uint8Array.of(1, 2) });
  expect(router.arrive(0, packet, { padding: 24 }).map((sent) => hexOf(sent.packet))).toEqual([
    forwarded(packet),
  ]);
});

test('records its address on the way out', () => {
  const router = new Router().know([1, 2]);
  const [sent] = router.arrive(0, ipv4Packet({ options: [7, 7, 4, 0, 0, 0, 0, 0] }));
  expect([...sent.packet.subarray(20, 28)]).toEqual([7, 7, 8, 10, 0, 1, 1, 0]);
});

test('what is for the router itself, and broadcasts, end at it', () => {
  const router = new Router();
  for (const destination of [
    '10.0.0.1',
    '10.0.1.1',
    '10.0.2.255',
    '10.0.0.0',
    '255.255.255.255',
    '224.0.0.5',
  ])
    expect(router.arrive(0, ipv4Packet({ destination }))).toEqual([]);
  expect(router.node.block('local')).toMatchObject({ packets: 6 });
  expect(router.node.drops()).toEqual({});
});

test('does not forward what came as a broadcast of the link, nor say anything about it', () => {
  const router = new Router().know([1, 2], [0, 2]);
  for (const to of ['ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01']) {
    expect(router.arrive(0, ipv4Packet(), { to })).toEqual([]);
    expect(router.arrive(0, ipv4Packet({ destination: '203.0.113.1' }), { to })).toEqual([]);
  }
  expect(router.node.drops()).toEqual({ 'eth1.unicast link-broadcast': 2, 'nowhere to-group': 2 });
});

test('other protocols are left alone, bad headers dropped', () => {
  const router = new Router();
  const frame = new Uint8Array(60);
  emitEthernet(frame, 0, parseMac(R[0])!, parseMac(hostMac(0, 2))!, 0x86dd);
  expect(router.frame(0, frame)).toEqual([]);
  router.arrive(0, ipv4Packet().fill(1, 4, 5));
  router.arrive(0, ipv4Packet({ source: '10.0.1.255' }));
  expect(router.node.block('other')).toMatchObject({ packets: 1 });
  expect(router.node.drops()).toEqual({ 'check bad-checksum': 1, 'check bad-source': 1 });
});

describe('ICMP', () => {
  /** The one message that a packet from 10.0.0.2 causes, which is sent back to it. */
  function complaint(packet: Uint8Array, router = new Router().know([0, 2])) {
    const answers = router.arrive(0, packet).filter(({ net }) => net === 0);
    expect(answers.length).toBe(1);
    expect(hexOf(answers[0].bytes.subarray(0, 14))).toBe(`${hostMac(0, 2)}${R[0]}0800`.replaceAll(':', ''));
    const message = readIcmp(answers[0].packet);
    expect(message).toMatchObject({ source: '10.0.0.1', destination: '10.0.0.2' });
    return message;
  }
  const udp = (options: IpPacketOptions = {}) => ipv4Packet({ source: '10.0.0.2', ...options });

  test.each([0, 1])('time exceeded at a TTL of %i', (ttl) => {
    const packet = udp({ ttl });
    expect(complaint(packet)).toMatchObject({ type: 11, code: 0, quoted: packet });
  });

  test('no route: net unreachable', () => {
    const packet = udp({ destination: '203.0.113.1' });
    expect(complaint(packet)).toMatchObject({ type: 3, code: 0, quoted: packet });
  });

  test('no answer to ARP: host unreachable, after three seconds', () => {
    const router = new Router().know([0, 2]);
    const packet = udp({ destination: '10.0.1.50' });
    router.arrive(0, packet);
    router.node.elapse(4_000_000);
    const [message] = router.sent().filter(({ net }) => net === 0);
    expect(readIcmp(message.packet)).toMatchObject({ type: 3, code: 1, destination: '10.0.0.2' });
    expect(hexOf(readIcmp(message.packet).quoted)).toBe(forwarded(packet));
  });

  test('too long and not to be cut: must fragment, with the MTU ahead', () => {
    const packet = udp({ destination: '10.0.2.2', fragment: 0x4000, payload: new Uint8Array(700) });
    expect(complaint(packet, new Router().know([0, 2], [2, 2]))).toMatchObject({
      type: 3,
      code: 4,
      second: 600,
    });
  });

  test('back by the way it came: redirect to the better gateway, and forwarded all the same', () => {
    const router = new Router().know([0, 2], [0, 9]);
    const sent = router.arrive(0, udp({ destination: '10.8.1.1' }));
    expect(sent.map(({ net }) => net)).toEqual([0, 0]);
    const [there, back] = sent[0].packet[9] === 1 ? [sent[1], sent[0]] : sent;
    expect(hexOf(there.packet)).toBe(forwarded(udp({ destination: '10.8.1.1' })));
    expect(hexOf(there.bytes.subarray(0, 6))).toBe(hostMac(0, 9).replaceAll(':', ''));
    expect(readIcmp(back.packet)).toMatchObject({
      type: 5,
      code: 1,
      second: 0x0a000009,
      destination: '10.0.0.2',
    });
  });

  test('comes from the interface by which the packet came', () => {
    const router = new Router().know([1, 2]);
    const [sent] = router.arrive(1, ipv4Packet({ source: '10.0.1.2', destination: '10.0.0.2', ttl: 1 }));
    expect([sent.net, readIcmp(sent.packet).source]).toEqual([1, '10.0.1.1']);
  });

  test('never about an ICMP error; but about an echo request', () => {
    const router = new Router().know([0, 2]);
    const icmp = (type: number) => udp({ ttl: 1, protocol: 1, payload: echoRequest(24, type) });
    expect(router.arrive(0, icmp(11))).toEqual([]);
    expect(router.node.drops()).toEqual({ 'late icmp-error': 1 });
    expect(complaint(icmp(8), router)).toMatchObject({ type: 11 });
  });

  test('a reply whose target does not answer does not start a chain of messages', () => {
    const router = new Router();
    router.arrive(0, udp({ ttl: 1 })); // its message waits for 10.0.0.2, who is silent
    router.node.elapse(10_000_000);
    expect(router.sent().filter(({ bytes }) => bytes[13] !== 6)).toEqual([]);
    expect(router.node.drops()).toEqual({ 'nobody icmp-error': 1 });
  });
});

test('cuts what is too long for the link ahead', () => {
  const router = new Router().know([2, 2]);
  const payload = Uint8Array.from({ length: 1300 }, (_, i) => i * 7);
  const sent = router.arrive(0, ipv4Packet({ destination: '10.0.2.2', payload }));
  expect(sent.map(({ net, packet }) => [net, packet.length <= 600])).toEqual([
    [2, true],
    [2, true],
    [2, true],
  ]);
  const whole = new Uint8Array(1300);
  for (const { packet } of sent) whole.set(packet.subarray(20), (((packet[6] & 0x1f) << 8) | packet[7]) * 8);
  expect(hexOf(whole)).toBe(hexOf(payload));
});

test('the fused engine sends the same frames', () => {
  const run = (warmFrames: number) => {
    const router = new Router(warmFrames).know([0, 2], [1, 2], [2, 2]);
    const all: string[] = [];
    for (let i = 0; i < 60; i++) {
      const packet = ipv4Packet({
        id: i,
        ttl: i % 7 === 0 ? 1 : 64,
        destination: ['10.0.1.2', '10.0.2.2', '203.0.113.1', '10.0.0.2'][i % 4],
        fragment: i % 5 === 0 ? 0x4000 : 0,
        payload: new Uint8Array(i % 3 === 0 ? 900 : 26),
        options: i % 11 === 0 ? [7, 7, 4, 0, 0, 0, 0, 0] : [],
      });
      all.push(
        ...router.arrive(0, packet, { padding: i % 2 }).map(({ net, bytes }) => `${net} ${hexOf(bytes)}`),
      );
    }
    return { all, status: router.node.ask<{ totals: object; drops: object }>({ op: 'status' }) };
  };
  const [dispatched, fused] = [run(1_000_000), run(1)];
  expect(fused.all).toEqual(dispatched.all);
  expect(fused.status.totals).toEqual(dispatched.status.totals);
  expect(fused.all.length).toBeGreaterThan(60);
});

test('damaged and hostile packets: nothing fails, nothing circles, nothing is lost from the account', () => {
  const router = new Router(50).know([0, 2], [1, 2], [2, 2], [0, 9]);
  const random = seededRandom(9);
  const pick = <T>(list: readonly T[]): T => list[random() % list.length];
  for (let i = 0; i < 1500; i++) {
    const packet = ipv4Packet({
      source: pick(['10.0.0.2', '10.0.0.1', '10.0.1.2', '127.0.0.1', '203.0.113.9']),
      destination: pick([
        '10.0.1.2',
        '10.0.2.2',
        '10.0.0.9',
        '10.8.1.1',
        '203.0.113.1',
        '10.0.0.1',
        '10.0.1.90',
      ]),
      ttl: pick([0, 1, 2, 64]),
      protocol: pick([1, 17]),
      fragment: pick([0, 0x4000, 0x2000, 5]),
      payload: pick([new Uint8Array(0), echoRequest(), new Uint8Array(1000)]),
      options: pick([[], [], [7, 7, 4, 0, 0, 0, 0, 0], [7, 9, 9, 9]]),
    });
    if (random() % 3 === 0) packet[random() % Math.min(packet.length, 40)] = random();
    if (random() % 8 === 0) completeIpv4(packet, 0);
    const before = router.node.engine.accounts.invocations;
    router.arrive(random() % 3, packet.subarray(0, random() % 20 === 0 ? random() % 60 : packet.length));
    expect(router.node.engine.accounts.invocations - before).toBeLessThan(200);
    if (i % 100 === 0) router.node.elapse(500_000);
  }
  const reasons = Object.keys(router.node.drops()).map((key) => key.split(' ')[1]);
  expect(reasons).not.toContain('block-error');
  expect(reasons).not.toContain('hop-limit');
  expect(reasons).not.toContain('unbound-port');
  router.node.engine.close();
  expect(accountFaults(router.node.engine)).toEqual([]);
  expect(router.node.engine.pool.free).toBe(router.node.engine.pool.size);
});

test.each(['ip-router.yaml', 'ip-router.chain'])('examples/%s is this graph for eth0 and eth1', (name) => {
  const file = new URL(`../../examples/${name}`, import.meta.url);
  const example = parseGraphFile(readFileSync(file, 'utf8'), name, kindsOf(catalogue));
  const interfaces = [0, 1].map((i) => ({
    name: `eth${i}`,
    link: `eth${i}`,
    ethernet: { exclusive: true },
    address: `10.0.${i}.1/24`,
    mac: R[i],
  }));
  const graph = ipRouterGraph({ interfaces });
  expect(example.blocks).toEqual(graph.blocks);
  expect(example.bindings.sort()).toEqual(graph.bindings.sort());
});
