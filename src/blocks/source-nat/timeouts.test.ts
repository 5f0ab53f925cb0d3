import { describe, expect, test } from 'vitest';
import { type SingleBlock, singleBlock } from '../../testing/one-block.js';
import { echoPacket, onEthernet, tcpPacket, udpPacket } from '../../testing/packets.js';
import { translated } from '../../testing/translated.js';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../wire/tcp.js';

const OUTSIDE = '192.0.2.1';
const SERVER = '198.51.100.7:53';
const CLIENT = '10.0.0.1:5000';

function nat(config: Record<string, unknown> = {}): SingleBlock {
  return singleBlock('source-nat', { address: OUTSIDE, ...config });
}
const out = (bench: SingleBlock, packet: Uint8Array) => translated(bench, 0, packet);
const back = (bench: SingleBlock, packet: Uint8Array) => translated(bench, 1, packet);

describe('time', () => {
  const answered = (bench: SingleBlock) => back(bench, udpPacket(SERVER, `${OUTSIDE}:5000`)) !== 'dropped';

  test('a UDP mapping lives as long as something goes out', () => {
    const bench = nat({ udpTimeout: 10 });
    out(bench, udpPacket(CLIENT, SERVER));
    for (let i = 0; i < 3; i++) {
      bench.node.elapse(9_000_000);
      expect(answered(bench)).toBe(true);
      out(bench, udpPacket(CLIENT, SERVER));
    }
    bench.node.elapse(6_000_000);
    expect(answered(bench)).toBe(true);
    bench.node.elapse(6_000_000);
    expect(answered(bench)).toBe(false);
    expect(bench.node.block('x')).toMatchObject({ created: 1, expired: 1 });
    expect(bench.node.engine.dueAt()).toBe(Number.POSITIVE_INFINITY);
    out(bench, udpPacket(CLIENT, SERVER));
    expect(bench.node.block('x')).toMatchObject({ created: 2 });
  });

  test('an echo identifier has its own time', () => {
    const bench = nat({ icmpTimeout: 2 });
    out(bench, echoPacket('10.0.0.1:9', '198.51.100.7', 8));
    bench.node.elapse(4_000_000);
    expect(bench.node.block('x')).toMatchObject({ expired: 1 });
  });

  test('many at once go in portions', () => {
    const bench = nat({ icmpTimeout: 2 });
    for (let id = 1; id <= 2500; id++) {
      bench.node.inject('x', 0, onEthernet(echoPacket(`10.0.0.1:${id}`, '198.51.100.7', 8)));
    }
    bench.node.elapse(3_000_000);
    expect(bench.node.block('x')).toMatchObject({ created: 2500, expired: 2500 });
  });

  const WEB = '198.51.100.7:80';
  const states = (bench: SingleBlock) => {
    const { opening, established } = bench.node.block('x').details?.() ?? {};
    return [opening, established];
  };
  const open = (bench: SingleBlock) => {
    out(bench, tcpPacket(CLIENT, WEB, TCP_SYN));
    back(bench, tcpPacket(WEB, `${OUTSIDE}:5000`, TCP_SYN | TCP_ACK));
    expect(states(bench)).toEqual([1, 0]);
    out(bench, tcpPacket(CLIENT, WEB, TCP_ACK));
  };

  test('an established TCP connection lives long, one that nobody answers does not', () => {
    const bench = nat();
    open(bench);
    expect(states(bench)).toEqual([0, 1]);
    bench.node.elapse(7000_000_000);
    expect(states(bench)).toEqual([0, 1]);
    out(bench, tcpPacket('10.0.0.1:5001', WEB, TCP_SYN));
    bench.node.elapse(242_000_000);
    expect(states(bench)).toEqual([0, 1]);
    bench.node.elapse(300_000_000);
    expect(states(bench)).toEqual([0, 0]);
  });

  test.each([
    [
      'both have sent FIN',
      [
        [0, TCP_FIN],
        [1, TCP_FIN],
        [0, TCP_ACK],
      ],
    ],
    ['the inside resets it', [[0, TCP_RST]]],
    ['the outside resets it', [[1, TCP_RST]]],
  ])('%s: it has four minutes more', (_what, segments) => {
    const bench = nat();
    open(bench);
    for (const [direction, flags] of segments) {
      const packet =
        direction === 0
          ? tcpPacket(CLIENT, WEB, flags | TCP_ACK)
          : tcpPacket(WEB, `${OUTSIDE}:5000`, flags | TCP_ACK);
      expect(translated(bench, direction === 0 ? 0 : 1, packet)).not.toBe('dropped');
    }
    expect(states(bench)).toEqual([1, 0]);
    bench.node.elapse(239_000_000);
    expect(states(bench)).toEqual([1, 0]);
    bench.node.elapse(3_000_000);
    expect(states(bench)).toEqual([0, 0]);
  });

  test('one FIN does not end it, and a new SYN begins it anew', () => {
    const bench = nat();
    open(bench);
    out(bench, tcpPacket(CLIENT, WEB, TCP_FIN | TCP_ACK));
    expect(states(bench)).toEqual([0, 1]);
    back(bench, tcpPacket(WEB, `${OUTSIDE}:5000`, TCP_FIN | TCP_ACK));
    expect(states(bench)).toEqual([1, 0]);
    open(bench);
    expect(states(bench)).toEqual([0, 1]);
    out(bench, tcpPacket(CLIENT, WEB, TCP_SYN));
    expect(states(bench)).toEqual([1, 0]);
  });
});
