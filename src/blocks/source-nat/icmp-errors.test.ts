import { describe, expect, test } from 'vitest';
import { type SingleBlock, singleBlock } from '../../testing/one-block.js';
import {
  echoPacket,
  errorPacket,
  ipPacket,
  onEthernet,
  tcpPacket,
  udpPacket,
} from '../../testing/packets.js';
import { translated } from '../../testing/translated.js';
import { TCP_SYN } from '../../wire/tcp.js';

const OUTSIDE = '192.0.2.1';
const SERVER = '198.51.100.7:53';
const CLIENT = '10.0.0.1:5000';

function nat(config: Record<string, unknown> = {}): SingleBlock {
  return singleBlock('source-nat', { address: OUTSIDE, ...config });
}
const out = (bench: SingleBlock, packet: Uint8Array) => translated(bench, 0, packet);
const back = (bench: SingleBlock, packet: Uint8Array) => translated(bench, 1, packet);

describe('ICMP errors', () => {
  test('one that comes back, with the packet that it quotes', () => {
    const bench = nat({ ports: '6000-6000' });
    bench.node.inject('x', 0, onEthernet(udpPacket(CLIENT, SERVER)));
    const sent = bench.up.takeBytes()[0].subarray(14);
    expect(back(bench, errorPacket('203.0.113.5', OUTSIDE, 3, sent))).toBe(
      'icmp 203.0.113.5 > 10.0.0.1 (udp 10.0.0.1:5000 > 198.51.100.7:53)',
    );
    // Eight bytes behind the quoted header are enough, of TCP without its checksum.
    bench.node.inject('x', 0, onEthernet(tcpPacket(CLIENT, SERVER, TCP_SYN)));
    const short = bench.up.takeBytes()[0].subarray(14, 14 + 28);
    expect(back(bench, errorPacket('203.0.113.5', OUTSIDE, 11, short))).toBe(
      'icmp 203.0.113.5 > 10.0.0.1 (tcp 10.0.0.1:5000 > 198.51.100.7:53)',
    );
    expect(bench.node.block('x')).toMatchObject({ inbound: 2 });
  });

  test('nothing is written behind the end of what is quoted', () => {
    const bench = nat({ ports: '6000-6000' });
    bench.node.inject('x', 0, onEthernet(tcpPacket(CLIENT, SERVER, TCP_SYN)));
    const short = bench.up.takeBytes()[0].subarray(14, 14 + 28);
    const error = onEthernet(errorPacket('203.0.113.5', OUTSIDE, 11, short));
    const padding = new Uint8Array(20).fill(0x55);
    bench.node.inject('x', 1, Uint8Array.of(...error, ...padding));
    const [frame] = bench.down.takeBytes();
    expect([...frame.subarray(error.length)]).toEqual([...padding]);
  });

  test('about an echo', () => {
    const bench = nat({ ports: '6000-6000' });
    bench.node.inject('x', 0, onEthernet(echoPacket('10.0.0.1:7', '198.51.100.7', 8)));
    const sent = bench.up.takeBytes()[0].subarray(14);
    expect(back(bench, errorPacket('203.0.113.5', OUTSIDE, 11, sent))).toBe(
      'icmp 203.0.113.5 > 10.0.0.1 (icmp 10.0.0.1 > 198.51.100.7 id 7)',
    );
  });

  test('one that goes out has the outside address, even from a router inside', () => {
    const bench = nat({ ports: '6000-6000' });
    out(bench, udpPacket(CLIENT, SERVER));
    const came = udpPacket(SERVER, CLIENT);
    expect(out(bench, errorPacket('10.0.0.254', '198.51.100.7', 3, came))).toBe(
      'icmp 192.0.2.1 > 198.51.100.7 (udp 198.51.100.7:53 > 192.0.2.1:6000)',
    );
  });

  test.each([
    ['about no mapping', 'no-mapping', udpPacket('192.0.2.1:9', SERVER)],
    ['that quotes too little', 'malformed', udpPacket('192.0.2.1:9', SERVER).subarray(0, 27)],
    ['about a later fragment', 'fragment', udpPacket('192.0.2.1:9', SERVER, { fragment: 3 })],
    ['about another protocol', 'protocol', ipPacket(OUTSIDE, '198.51.100.7', 47, new Uint8Array(8))],
    ['about an error', 'icmp-type', errorPacket(OUTSIDE, '198.51.100.7', 3, new Uint8Array(8))],
  ])('one %s is dropped: %s', (_what, reason, quoted) => {
    const bench = nat();
    expect(back(bench, errorPacket('203.0.113.5', OUTSIDE, 3, quoted))).toBe('dropped');
    expect(bench.node.drops()).toEqual({ [`x ${reason}`]: 1 });
  });
});
