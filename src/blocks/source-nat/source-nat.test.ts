import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { hexOf } from '../../testing/frames.js';
import { type SingleBlock, singleBlock } from '../../testing/one-block.js';
import {
  checksumFaults,
  echoPacket,
  endsOf,
  errorPacket,
  ipPacket,
  onEthernet,
  tcpPacket,
  udpPacket,
} from '../../testing/packets.js';
import { translated } from '../../testing/translated.js';
import { writeU16 } from '../../wire/bytes.js';
import { TCP_ACK, TCP_SYN } from '../../wire/tcp.js';

const OUTSIDE = '192.0.2.1';
const SERVER = '198.51.100.7:53';
const CLIENT = '10.0.0.1:5000';
const [ECHO, REPLY] = [8, 0];

function nat(config: Record<string, unknown> = {}): SingleBlock {
  return singleBlock('source-nat', { address: OUTSIDE, ...config });
}

const out = (bench: SingleBlock, packet: Uint8Array) => translated(bench, 0, packet);
const back = (bench: SingleBlock, packet: Uint8Array) => translated(bench, 1, packet);

describe('out and back', () => {
  test('UDP', () => {
    const bench = nat();
    expect(out(bench, udpPacket(CLIENT, SERVER))).toBe('udp 192.0.2.1:5000 > 198.51.100.7:53');
    expect(back(bench, udpPacket(SERVER, `${OUTSIDE}:5000`))).toBe('udp 198.51.100.7:53 > 10.0.0.1:5000');
    expect(bench.node.block('x')).toMatchObject({ outbound: 1, inbound: 1, created: 1 });
  });

  test('UDP without a checksum stays without one; a checksum that is wrong stays wrong', () => {
    const bench = nat({ ports: '6000-6000' });
    const [none, wrong] = [udpPacket(CLIENT, SERVER), udpPacket(CLIENT, SERVER)];
    writeU16(none, 26, 0);
    wrong[30] ^= 1;
    for (const one of [none, wrong]) bench.node.inject('x', 0, onEthernet(one));
    const [first, second] = bench.up.takeBytes();
    expect([first[14 + 26], first[14 + 27]]).toEqual([0, 0]);
    expect(checksumFaults(first.subarray(14))).toEqual([]);
    expect(checksumFaults(second.subarray(14))).toEqual(['transport']);
  });

  test('a UDP checksum never becomes 0, which would say that there is none', () => {
    const bench = nat({ ports: '6000-6000' });
    // With these two bytes the sum of 192.0.2.1:6000 > 198.51.100.7:53, length 10, is 0xffff.
    const data = Uint8Array.of(0xfb, 0xf8);
    bench.node.inject('x', 0, onEthernet(udpPacket(CLIENT, SERVER, { data })));
    const [frame] = bench.up.takeBytes();
    expect(hexOf(frame.subarray(14 + 26, 14 + 28))).toBe('ffff');
  });

  test('TCP, with IP options', () => {
    const bench = nat();
    const options = [7, 3, 4, 0];
    expect(out(bench, tcpPacket(CLIENT, '198.51.100.7:80', TCP_SYN, { options }))).toBe(
      'tcp 192.0.2.1:5000 > 198.51.100.7:80',
    );
    expect(back(bench, tcpPacket('198.51.100.7:80', `${OUTSIDE}:5000`, TCP_SYN | TCP_ACK))).toBe(
      'tcp 198.51.100.7:80 > 10.0.0.1:5000',
    );
  });

  test('echo requests, and no others', () => {
    const bench = nat();
    expect(out(bench, echoPacket('10.0.0.1:2000', '198.51.100.7', ECHO))).toBe(
      'icmp 192.0.2.1 > 198.51.100.7 id 2000',
    );
    expect(back(bench, echoPacket('198.51.100.7:2000', OUTSIDE, REPLY))).toBe(
      'icmp 198.51.100.7 > 10.0.0.1 id 2000',
    );
    expect(back(bench, echoPacket('198.51.100.7:2000', OUTSIDE, ECHO))).toBe('dropped');
    expect(out(bench, echoPacket('10.0.0.1:2000', '198.51.100.7', REPLY))).toBe('dropped');
    expect(bench.node.drops()).toEqual({ 'x icmp-type': 2 });
  });

  test('down and up, when frames go out downwards', () => {
    const bench = nat({ outward: 'egress' });
    expect(translated(bench, 1, udpPacket(CLIENT, SERVER))).toContain('192.0.2.1:5000 >');
    expect(translated(bench, 0, udpPacket(SERVER, `${OUTSIDE}:5000`))).toContain('> 10.0.0.1:5000');
  });

  test('told by addresses: answers leave by egress, whichever way they came', () => {
    const { node, up, down } = nat({ outward: 'address' });
    node.inject('x', 0, onEthernet(udpPacket(CLIENT, SERVER)));
    node.inject('x', 0, onEthernet(udpPacket(SERVER, `${OUTSIDE}:5000`)));
    expect([...up.seen, ...down.seen].map(({ direction }) => direction)).toEqual([0, 1]);
    expect(up.takeBytes().map((frame) => endsOf(frame.subarray(14)))).toEqual([
      'udp 192.0.2.1:5000 > 198.51.100.7:53',
    ]);
    expect(down.takeBytes().map((frame) => endsOf(frame.subarray(14)))).toEqual([
      'udp 198.51.100.7:53 > 10.0.0.1:5000',
    ]);
  });
});

describe('mappings', () => {
  test('one for each inside end, whatever it talks to; anybody may answer (RFC 4787)', () => {
    const bench = nat();
    expect(out(bench, udpPacket(CLIENT, SERVER))).toContain('192.0.2.1:5000');
    expect(out(bench, udpPacket(CLIENT, '203.0.113.9:9'))).toContain('192.0.2.1:5000');
    expect(back(bench, udpPacket('203.0.113.77:7', `${OUTSIDE}:5000`))).toContain('> 10.0.0.1:5000');
    expect(bench.node.block('x')).toMatchObject({ created: 1 });
  });

  test('two insides with one port number get two; protocols are apart', () => {
    const bench = nat();
    expect(out(bench, udpPacket('10.0.0.1:5000', SERVER))).toContain('192.0.2.1:5000');
    const other = out(bench, udpPacket('10.0.0.2:5000', SERVER));
    const [, number] = /192\.0\.2\.1:(\d+) /.exec(other) ?? [];
    expect(Number(number)).not.toBe(5000);
    expect(back(bench, udpPacket(SERVER, `${OUTSIDE}:${number}`))).toContain('> 10.0.0.2:5000');
    expect(out(bench, tcpPacket('10.0.0.3:5000', SERVER, TCP_SYN))).toContain('192.0.2.1:5000');
  });

  test('port numbers outside the range are not kept, and the range can be used up', () => {
    const bench = nat({ ports: '7000-7001' });
    const found = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((one) =>
      out(bench, udpPacket(`${one}:80`, SERVER)),
    );
    expect(
      found
        .slice(0, 2)
        .sort()
        .map((text) => text.split(' ')[1]),
    ).toEqual(['192.0.2.1:7000', '192.0.2.1:7001']);
    expect(found[2]).toBe('dropped');
    expect(bench.node.drops()).toEqual({ 'x no-port': 1 });
  });

  test('several outside addresses: each inside keeps to one of them', () => {
    const bench = nat({ address: '192.0.2.1-192.0.2.4' });
    const addresses = new Set<string>();
    for (let host = 1; host <= 20; host++) {
      const [first, second] = [1, 2].map(
        (port) => out(bench, udpPacket(`10.0.0.${host}:${4000 + port}`, SERVER)).split(/[ :]/)[1],
      );
      expect(first).toBe(second);
      addresses.add(first);
    }
    expect([...addresses].sort()).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']);
  });

  test('a full table refuses new ones and keeps the old', () => {
    const bench = nat({ mappings: 2 });
    const ports = [1, 2, 3].map((port) => out(bench, udpPacket(`10.0.0.1:${4000 + port}`, SERVER)));
    expect(ports.map((text) => text === 'dropped')).toEqual([false, false, true]);
    expect(bench.node.drops()).toEqual({ 'x table-full': 1 });
    expect(out(bench, udpPacket('10.0.0.1:4001', SERVER))).toContain('192.0.2.1:4001');
    bench.node.elapse(302_000_000);
    expect(out(bench, udpPacket('10.0.0.1:4003', SERVER))).toContain('192.0.2.1:4003');
    expect(bench.node.block('x').details?.()).toEqual({
      mappings: 1,
      udp: 1,
      opening: 0,
      established: 0,
      icmp: 0,
      limit: 2,
      some: ['udp 10.0.0.1:4003 > 192.0.2.1:4003'],
    });
  });
});

describe('what is not translated', () => {
  test.each([
    ['fragment', udpPacket(CLIENT, SERVER, { fragment: 0x2000 })],
    ['fragment', udpPacket(CLIENT, SERVER, { fragment: 5 })],
    ['protocol', ipPacket('10.0.0.1', '198.51.100.7', 47, new Uint8Array(8))],
    ['malformed', ipPacket('10.0.0.1', '198.51.100.7', 6, new Uint8Array(19))],
    ['malformed', ipPacket('10.0.0.1', '198.51.100.7', 17, new Uint8Array(7))],
    ['icmp-type', errorPacket('10.0.0.1', '198.51.100.7', 5, new Uint8Array(40))],
    ['not-ip', new Uint8Array(60)],
    ['hairpin', udpPacket(CLIENT, '192.0.2.1:5000')],
  ])('%s', (reason, packet) => {
    const bench = nat();
    expect(out(bench, packet)).toBe('dropped');
    expect(bench.node.drops()).toEqual({ [`x ${reason}`]: 1 });
  });

  test('frames that say to be something else than IPv4', () => {
    const { node } = nat();
    const arp = onEthernet(udpPacket(CLIENT, SERVER));
    arp[13] = 6;
    node.inject('x', 0, arp);
    expect(node.drops()).toEqual({ 'x not-ip': 1 });
  });

  test('unmapped frames are dropped, or pass for another block', () => {
    const [closed, open] = [nat(), nat({ unmapped: 'pass' })];
    const packet = udpPacket(SERVER, '192.0.2.1:80');
    expect([back(closed, packet), closed.node.drops()]).toEqual(['dropped', { 'x no-mapping': 1 }]);
    expect(back(open, packet)).toBe('udp 198.51.100.7:53 > 192.0.2.1:80');
  });

  test('what comes in for others, and what goes out with an outside address, passes', () => {
    const bench = nat();
    expect(back(bench, udpPacket(SERVER, '10.9.9.9:80'))).toBe('udp 198.51.100.7:53 > 10.9.9.9:80');
    expect(out(bench, udpPacket('192.0.2.1:80', SERVER))).toBe('udp 192.0.2.1:80 > 198.51.100.7:53');
    expect(bench.node.block('x')).toMatchObject({ passed: 2, created: 0 });
  });
});

describe('changes', () => {
  const answers = (bench: SingleBlock, name: string) => {
    bench.node.inject(name, 1, onEthernet(udpPacket(SERVER, `${OUTSIDE}:5000`)));
    return bench.down.takeBytes().length;
  };

  test('options: mappings that suit them stay', () => {
    const bench = nat();
    for (const host of [1, 2]) out(bench, udpPacket(`10.0.0.${host}:500${host - 1}`, SERVER));
    bench.node.act({ do: 'set', name: 'x', options: { mappings: 20, ports: '5000-5000' } });
    expect(answers(bench, 'x')).toBe(1);
    expect(bench.node.block('x').details?.()).toMatchObject({ mappings: 1, limit: 20 });
    bench.node.act({ do: 'set', name: 'x', options: { address: '192.0.2.9' } });
    out(bench, udpPacket('10.0.0.3:5000', SERVER));
    expect(bench.node.block('x').details?.()).toMatchObject({ some: ['udp 10.0.0.3:5000 > 192.0.2.9:5000'] });
  });

  test('replace: the connections go on, and end in time', () => {
    const bench = nat();
    out(bench, udpPacket(CLIENT, SERVER));
    bench.node.act({ do: 'add', name: 'y', type: 'source-nat', config: { address: OUTSIDE, mappings: 5 } });
    bench.node.act({ do: 'replace', old: 'x', new: 'y' });
    expect(answers(bench, 'y')).toBe(1);
    expect(bench.node.block('y').details?.()).toMatchObject({ mappings: 1, limit: 5 });
    bench.node.elapse(302_000_000);
    expect(answers(bench, 'y')).toBe(0);
  });

  test.each([
    [{ address: '192.0.2' }, '"192.0.2"'],
    [{ address: '192.0.2.2-192.0.2.1' }, 'range'],
    [{ address: '192.0.2.1-192.0.3.1' }, 'at most 256'],
    [{ address: '192.0.2.1-192.0.2.2-192.0.2.3' }, 'range'],
    [{ ports: '0-5' }, '"0-5"'],
    [{ ports: '9-5' }, '"9-5"'],
    [{ ports: '1-65536' }, '"1-65536"'],
    [{ ports: 'all' }, '1024-65535'],
    [{ mappings: 2 ** 20 + 1 }, 'mappings'],
  ])('%j is refused', (config, part) => {
    expect(() => nat(config)).toThrow(part);
  });
});

test('random packets either way: checksums stay right, answers find their way, the account is right', () => {
  const end = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 0xffff }));
  const packet = fc.tuple(
    fc.constantFrom('tcp', 'udp', 'icmp'),
    end,
    fc.uint8Array({ maxLength: 40 }),
    fc.nat(63),
  );
  const property = fc.property(fc.array(packet, { maxLength: 40 }), (list) => {
    const bench = nat({ mappings: 30, ports: '2000-2020', icmpTimeout: 5 });
    for (const [kind, [host, number], data, flags] of list) {
      const inside = `10.0.0.${host}:${number}`;
      const sent =
        kind === 'udp'
          ? udpPacket(inside, SERVER, { data })
          : kind === 'tcp'
            ? tcpPacket(inside, SERVER, flags, { data })
            : echoPacket(inside, '198.51.100.7', ECHO, { data });
      const outcome = out(bench, sent);
      bench.node.elapse(500_000);
      if (outcome === 'dropped') continue;
      const outside = kind === 'icmp' ? outcome.split(' ').at(-1) : outcome.split(/[ :]/)[2];
      const answer =
        kind === 'udp'
          ? udpPacket(SERVER, `${OUTSIDE}:${outside}`, { data })
          : kind === 'tcp'
            ? tcpPacket(SERVER, `${OUTSIDE}:${outside}`, flags, { data })
            : echoPacket(`198.51.100.7:${outside}`, OUTSIDE, REPLY, { data });
      const home = kind === 'icmp' ? `> 10.0.0.${host} id ${number}` : `> ${inside}`;
      expect(back(bench, answer).endsWith(home)).toBe(true);
      expect(accountFaults(bench.node.engine)).toEqual([]);
    }
    bench.node.elapse(8000_000_000);
    expect(bench.node.block('x').details?.()).toMatchObject({ mappings: 0 });
  });
  fc.assert(property, { seed: 4787, numRuns: 60 });
});

test('random bytes behind an Ethernet header harm nothing', () => {
  const damage = fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 });
  const quoted = udpPacket('192.0.2.1:5000', SERVER);
  const property = fc.property(
    damage,
    fc.constantFrom<0 | 1>(0, 1),
    fc.boolean(),
    (changes, way, isError) => {
      const bench = nat();
      bench.node.inject('x', 0, onEthernet(udpPacket(CLIENT, SERVER)));
      const base = isError ? errorPacket('203.0.113.5', OUTSIDE, 3, quoted) : udpPacket(CLIENT, SERVER);
      const frame = onEthernet(base);
      for (const [at, value] of changes) frame[at] = value;
      bench.node.inject('x', way, frame);
      for (const one of [...bench.up.takeBytes(), ...bench.down.takeBytes()])
        expect(one.length).toBeGreaterThan(33);
      expect(bench.node.drops()['x block-error']).toBeUndefined();
      expect(accountFaults(bench.node.engine)).toEqual([]);
    },
  );
  fc.assert(property, { seed: 1624, numRuns: 150 });
});
