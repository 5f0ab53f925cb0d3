import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { singleBlock } from '../../testing/one-block.js';
import {
  echoPacket,
  endsOf,
  errorPacket,
  ipPacket,
  onEthernet,
  tcpPacket,
  udpPacket,
} from '../../testing/packets.js';
import { translated } from '../../testing/translated.js';
import { TCP_SYN } from '../../wire/tcp.js';

const CLIENT = '198.51.100.7:4000';
const RULES = '192.0.2.1:80/tcp -> 10.0.0.2:8080, 192.0.2.1:53/udp -> 10.0.0.3';

const nat = (config: Record<string, unknown> = {}) =>
  singleBlock('destination-nat', { rules: RULES, ...config });

describe('rules', () => {
  test('TCP with another port, UDP with the same, in and out', () => {
    const bench = nat();
    expect(translated(bench, 1, tcpPacket(CLIENT, '192.0.2.1:80', TCP_SYN))).toBe(
      'tcp 198.51.100.7:4000 > 10.0.0.2:8080',
    );
    expect(translated(bench, 0, tcpPacket('10.0.0.2:8080', CLIENT, TCP_SYN))).toBe(
      'tcp 192.0.2.1:80 > 198.51.100.7:4000',
    );
    expect(translated(bench, 1, udpPacket(CLIENT, '192.0.2.1:53'))).toBe(
      'udp 198.51.100.7:4000 > 10.0.0.3:53',
    );
    expect(translated(bench, 0, udpPacket('10.0.0.3:53', CLIENT))).toBe(
      'udp 192.0.2.1:53 > 198.51.100.7:4000',
    );
    expect(bench.node.block('x')).toMatchObject({ inbound: 2, outbound: 2, passed: 0 });
  });

  test('what none concerns passes: other ports, protocols, ways, and fragments of others', () => {
    const bench = nat();
    const packets = [
      [1, tcpPacket(CLIENT, '192.0.2.1:53', TCP_SYN)],
      [1, udpPacket(CLIENT, '192.0.2.1:80')],
      [1, echoPacket('198.51.100.7:80', '192.0.2.1', 8)],
      [0, tcpPacket(CLIENT, '192.0.2.1:80', TCP_SYN)],
      [1, tcpPacket('10.0.0.2:8080', CLIENT, TCP_SYN)],
    ] as const;
    for (const [way, packet] of packets) expect(translated(bench, way, packet)).toBe(endsOf(packet));
    expect(bench.node.block('x')).toMatchObject({ inbound: 0, outbound: 0, passed: 5 });
    bench.node.inject('x', 1, onEthernet(udpPacket(CLIENT, '203.0.113.1:53', { fragment: 7 })));
    expect(bench.down.takeBytes().length).toBe(1);
  });

  test('told by addresses: what is for an address with a rule comes in by egress', () => {
    const { node, up, down } = nat({ outward: 'address' });
    node.inject('x', 0, onEthernet(tcpPacket(CLIENT, '192.0.2.1:80', TCP_SYN)));
    node.inject('x', 0, onEthernet(tcpPacket('10.0.0.2:8080', CLIENT, TCP_SYN)));
    expect([...down.seen, ...up.seen].map(({ direction }) => direction)).toEqual([1, 0]);
    expect(down.takeBytes().map((frame) => endsOf(frame.subarray(14)))).toEqual([
      'tcp 198.51.100.7:4000 > 10.0.0.2:8080',
    ]);
    expect(up.takeBytes().map((frame) => endsOf(frame.subarray(14)))).toEqual([
      'tcp 192.0.2.1:80 > 198.51.100.7:4000',
    ]);
  });

  test('ICMP errors, both ways, with what they quote', () => {
    const bench = nat();
    const answer = tcpPacket('192.0.2.1:80', CLIENT, TCP_SYN);
    expect(translated(bench, 1, errorPacket('203.0.113.5', '192.0.2.1', 11, answer))).toBe(
      'icmp 203.0.113.5 > 10.0.0.2 (tcp 10.0.0.2:8080 > 198.51.100.7:4000)',
    );
    const asked = udpPacket(CLIENT, '10.0.0.3:53');
    expect(translated(bench, 0, errorPacket('10.0.0.3', '198.51.100.7', 3, asked))).toBe(
      'icmp 192.0.2.1 > 198.51.100.7 (udp 198.51.100.7:4000 > 192.0.2.1:53)',
    );
  });

  test.each([
    ['fragment', udpPacket(CLIENT, '192.0.2.1:53', { fragment: 7 })],
    ['protocol', ipPacket('198.51.100.7', '192.0.2.1', 47, new Uint8Array(20))],
    ['malformed', ipPacket('198.51.100.7', '192.0.2.1', 17, new Uint8Array(7))],
    ['icmp-type', errorPacket('198.51.100.7', '192.0.2.1', 13, new Uint8Array(20))],
    ['not-ip', new Uint8Array(40)],
  ])('what might be meant by one and has no ports is dropped: %s', (reason, packet) => {
    const bench = nat();
    expect(translated(bench, 1, packet)).toBe('dropped');
    expect(bench.node.drops()).toEqual({ [`x ${reason}`]: 1 });
  });

  test('a rule for another address of many is found', () => {
    const rules = Array.from({ length: 4096 }, (_, i) => {
      return `192.0.${i >> 8}.${i & 255}:${1000 + i}/udp -> 10.1.${i >> 8}.${i & 255}:${2000 + i}`;
    });
    const bench = nat({ rules });
    expect(translated(bench, 1, udpPacket(CLIENT, '192.0.15.255:5095'))).toContain('> 10.1.15.255:6095');
    expect(translated(bench, 0, udpPacket('10.1.7.1:3793', CLIENT))).toContain('192.0.7.1:2793 >');
    for (let i = 0; i < 4096; i += 16) {
      const packet = udpPacket(CLIENT, `192.0.${i >> 8}.${i & 255}:${1000 + i}`);
      expect(translated(bench, 1, packet)).toContain(`> 10.1.${i >> 8}.${i & 255}:${2000 + i}`);
    }
    expect(() => nat({ rules: [...rules, '1.2.3.4:5/udp -> 1.2.3.5'] })).toThrow('there are 4097');
  });

  test('they can be changed', () => {
    const bench = nat();
    bench.node.act({ do: 'set', name: 'x', options: { rules: '192.0.2.1:80/tcp -> 10.0.0.9' } });
    expect(translated(bench, 1, tcpPacket(CLIENT, '192.0.2.1:80', TCP_SYN))).toContain('> 10.0.0.9:80');
  });

  test.each([
    ['', 'there are 0'],
    ['192.0.2.1:80 -> 10.0.0.2', 'is not like'],
    ['192.0.2.1:80/icmp -> 10.0.0.2', 'is not like'],
    ['192.0.2.1:65536/tcp -> 10.0.0.2', '65536 is no port number'],
    ['192.0.2.1:1/tcp -> 10.0.0.2:99999', '99999 is no port number'],
    ['192.0.2.256:80/tcp -> 10.0.0.2', '"192.0.2.256"'],
    [`${RULES}, 192.0.2.1:80/tcp -> 10.0.0.5`, 'another rule has the same'],
    [`${RULES}, 192.0.2.9:80/tcp -> 10.0.0.2:8080`, 'another rule has the same'],
  ])('%j is refused', (rules, part) => {
    expect(() => nat({ rules })).toThrow(part);
  });
});

test('an address shared with a source-nat: both kinds of connections work', () => {
  // Which way frames go is told by address at the outer block, and known by their direction at the inner one.
  const bench = nat();
  const { node } = bench;
  node.act({
    do: 'add',
    name: 's',
    type: 'source-nat',
    config: { address: '192.0.2.1', outward: 'address', unmapped: 'pass' },
  });
  node.act({ do: 'disconnect', from: 'x', port: 'ingress' });
  node.act({ do: 'connect', from: 'x', port: 'ingress', to: 's' });
  node.act({ do: 'connect', from: 's', port: 'ingress', to: 'ingress' });
  node.act({ do: 'connect', from: 's', port: 'egress', to: 'x' });
  const inside = (packet: Uint8Array) => {
    node.inject('x', 0, onEthernet(packet));
    return bench.up.takeBytes().map((frame) => endsOf(frame.subarray(14)));
  };
  const outside = (packet: Uint8Array) => {
    node.inject('s', 0, onEthernet(packet));
    return bench.down.takeBytes().map((frame) => endsOf(frame.subarray(14)));
  };
  expect(outside(tcpPacket(CLIENT, '192.0.2.1:80', TCP_SYN))).toEqual([
    'tcp 198.51.100.7:4000 > 10.0.0.2:8080',
  ]);
  expect(inside(tcpPacket('10.0.0.2:8080', CLIENT, TCP_SYN))).toEqual([
    'tcp 192.0.2.1:80 > 198.51.100.7:4000',
  ]);
  expect(inside(udpPacket('10.0.0.2:5000', CLIENT))).toEqual(['udp 192.0.2.1:5000 > 198.51.100.7:4000']);
  expect(outside(udpPacket(CLIENT, '192.0.2.1:5000'))).toEqual(['udp 198.51.100.7:4000 > 10.0.0.2:5000']);
});

test('random packets and damage: the account stays right', () => {
  const damage = fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 });
  const base = fc.constantFrom(
    tcpPacket(CLIENT, '192.0.2.1:80', TCP_SYN),
    errorPacket('203.0.113.5', '192.0.2.1', 11, tcpPacket('192.0.2.1:80', CLIENT, TCP_SYN)),
  );
  const property = fc.property(base, damage, fc.constantFrom<0 | 1>(0, 1), (packet, changes, way) => {
    const { node } = nat();
    const frame = onEthernet(packet);
    for (const [at, value] of changes) frame[at] = value;
    node.inject('x', way, frame);
    expect(node.drops()['x block-error']).toBeUndefined();
    expect(accountFaults(node.engine)).toEqual([]);
  });
  fc.assert(property, { seed: 3022, numRuns: 150 });
});
