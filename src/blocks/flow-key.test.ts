import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Frame } from '../contract/frame.js';
import { ICMP, ICMPV6, ipv4Frame, ipv6Frame, TCP, UDP } from '../testing/ip-frames.js';
import { makePool } from '../testing/pool.js';
import {
  copyFlow,
  FLOW_WORDS,
  flowEquals,
  formatFlow,
  hashFlow,
  hashFlowBothWays,
  ipOffset,
  readFlow,
  reverseFlow,
} from './flow-key.js';

const frame = makePool({ size: 1 }).allocate() as Frame & { fill(bytes: Uint8Array): boolean };

function load(bytes: Uint8Array): Frame {
  frame.fill(bytes);
  return frame;
}

/** Where the ports are, and the key as text. */
function flow(bytes: Uint8Array): [number, string] {
  const key = new Int32Array(FLOW_WORDS).fill(-1);
  const at = readFlow(load(bytes), ipOffset(frame), key);
  return [at, at < 0 ? [...new Set(key)].join() : formatFlow(key)];
}

describe('IPv4', () => {
  test.each([
    [TCP, 'TCP'],
    [UDP, 'UDP'],
    [33, 'DCCP'],
    [132, 'SCTP'],
    [136, 'UDP-Lite'],
  ])('port numbers of protocol %i', (protocol, name) => {
    const bytes = ipv4Frame({ protocol, words: [80, 65535], source: '192.168.255.1' });
    expect(flow(bytes)).toEqual([34, `${name} 192.168.255.1:80 > 10.0.0.2:65535`]);
  });

  test('options in the header are passed over', () => {
    const bytes = ipv4Frame({ words: [1, 2, 7, 8] });
    bytes[14] = 0x46;
    expect(flow(bytes)).toEqual([38, 'UDP 10.0.0.1:7 > 10.0.0.2:8']);
  });

  test('of ICMP the identifier of what is asked and answered', () => {
    const icmp = (type: number) => flow(ipv4Frame({ protocol: ICMP, words: [type << 8, 0, 77, 1] }));
    for (const type of [0, 8, 13, 14]) expect(icmp(type)).toEqual([34, 'ICMP 10.0.0.1:77 > 10.0.0.2:77']);
    for (const type of [3, 5, 11]) expect(icmp(type)).toEqual([0, 'ICMP 10.0.0.1 > 10.0.0.2']);
    expect(flow(ipv4Frame({ protocol: ICMP, words: [0x800, 0, 77], length: 7 }))[0]).toBe(0);
  });

  test('fragments have no port numbers, the first one neither; don’t-fragment is none', () => {
    for (const fragment of [0x2000, 0x2001, 0x0001, 0x1fff]) {
      expect(flow(ipv4Frame({ fragment }))).toEqual([0, 'UDP 10.0.0.1 > 10.0.0.2']);
    }
    expect(flow(ipv4Frame({ fragment: 0x4000 }))[0]).toBe(34);
  });

  test('other protocols, and headers that are not whole, have no port numbers', () => {
    expect(flow(ipv4Frame({ protocol: 47 }))).toEqual([0, 'protocol 47 10.0.0.1 > 10.0.0.2']);
    expect(flow(ipv4Frame({ length: 3 }))[0]).toBe(0);
    expect(flow(ipv4Frame().subarray(0, 37))[0]).toBe(0); // the link cut it
    const padded = ipv4Frame();
    padded[17] = 23; // total length: what follows is padding
    expect(flow(padded)[0]).toBe(0);
  });

  test('a damaged header is no packet and leaves the key alone', () => {
    const broken = (at: number, value: number) => {
      const bytes = ipv4Frame();
      bytes[at] = value;
      return flow(bytes);
    };
    expect(broken(14, 0x44)).toEqual([-1, '-1']);
    expect(broken(14, 0x55)).toEqual([-1, '-1']);
    expect(broken(17, 19)).toEqual([-1, '-1']);
    expect(flow(ipv4Frame().subarray(0, 33))).toEqual([-1, '-1']);
  });
});

describe('IPv6', () => {
  test('port numbers and identifiers', () => {
    expect(flow(ipv6Frame())).toEqual([54, 'UDP [fd00::1]:1000 > [fd00::2]:2000']);
    const echo = ipv6Frame({ protocol: ICMPV6, words: [128 << 8, 0, 9] });
    expect(flow(echo)).toEqual([54, 'ICMPv6 [fd00::1]:9 > [fd00::2]:9']);
    const unreachable = ipv6Frame({ protocol: ICMPV6, words: [1 << 8, 0, 9] });
    expect(flow(unreachable)).toEqual([0, 'ICMPv6 fd00::1 > fd00::2']);
  });

  test('extension headers are passed over', () => {
    const hopByHop = [60, 0, 0, 0, 0, 0, 0, 0];
    const options = [TCP, 1, ...new Array<number>(14).fill(0)];
    const bytes = ipv6Frame({ protocol: 0 }, [...hopByHop, ...options]);
    expect(flow(bytes)).toEqual([78, 'TCP [fd00::1]:1000 > [fd00::2]:2000']);
  });

  test('fragments have no port numbers; an atomic one has (RFC 6946)', () => {
    const piece = (word: number) =>
      flow(ipv6Frame({ protocol: 44 }, [UDP, 0, word >> 8, word & 0xff, 0, 0, 0, 1]));
    for (const word of [1, 8, 0xfff8, 9]) expect(piece(word)).toEqual([0, 'UDP fd00::1 > fd00::2']);
    for (const word of [0, 6]) expect(piece(word)[0]).toBe(62);
  });

  test('extension headers that do not end, or too many, have no port numbers', () => {
    expect(flow(ipv6Frame({ protocol: 0, length: 0 }, [UDP, 0]))[0]).toBe(0);
    expect(flow(ipv6Frame({ protocol: 0 }, [UDP, 255, 0, 0, 0, 0, 0, 0]))[0]).toBe(0);
    const chain = Array.from({ length: 9 }, () => [60, 0, 0, 0, 0, 0, 0, 0]).flat();
    expect(flow(ipv6Frame({ protocol: 60 }, chain))).toEqual([0, 'protocol 60 fd00::1 > fd00::2']);
  });

  test('a header that is not whole is no packet', () => {
    expect(flow(ipv6Frame().subarray(0, 53))).toEqual([-1, '-1']);
  });
});

test('behind one or two VLAN tags, not behind three; what is not IP has no offset', () => {
  const tag = [0x8100, 5] as const;
  const tags = [[0x88a8, 7], tag] as const;
  expect(ipOffset(load(ipv4Frame({ tags: [tag] })))).toBe(18);
  expect(flow(ipv6Frame({ tags }))).toEqual([62, 'UDP [fd00::1]:1000 > [fd00::2]:2000']);
  expect(flow(ipv4Frame({ tags: [tag, ...tags] }))[0]).toBe(-1);
  const arp = ipv4Frame();
  arp.set([8, 6], 12);
  expect(flow(arp)[0]).toBe(-1);
  expect(flow(new Uint8Array(0))[0]).toBe(-1);
});

test('no bytes make it fail, and what it answers lies in the frame', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    fc
      .tuple(fc.boolean(), fc.array(fc.tuple(fc.nat(70), fc.nat(255)), { maxLength: 6 }), fc.nat(100))
      .map(([six, changes, length]) => {
        const whole = six ? ipv6Frame({ protocol: 0 }, [44, 0, 0, 0, 0, 0, 0, 0]) : ipv4Frame();
        for (const [at, value] of changes) whole[at] = value;
        return whole.subarray(0, length);
      }),
  );
  fc.assert(
    fc.property(bytes, fc.integer({ min: -1, max: 130 }), (given, offset) => {
      const key = new Int32Array(FLOW_WORDS);
      const at = readFlow(load(given), offset, key);
      expect(at === -1 || at === 0 || (at > offset && at + 4 <= given.length)).toBe(true);
      if (at === 0) expect(key[8]).toBe(0);
    }),
    { seed: 1, numRuns: 500 },
  );
});

const anyKey = fc.oneof(
  fc
    .tuple(fc.integer(), fc.integer(), fc.integer(), fc.nat(255))
    .map(([a, b, ports, protocol]) => Int32Array.of(a, 0, 0, 0, b, 0, 0, 0, ports, (4 << 8) | protocol)),
  fc
    .tuple(fc.int32Array({ minLength: 9, maxLength: 9 }), fc.nat(255))
    .map(([words, protocol]) => Int32Array.of(...words, (6 << 8) | protocol)),
);

test('the way back of the way back is the way; both have one hash for both ways', () => {
  const [back, again] = [new Int32Array(FLOW_WORDS), new Int32Array(FLOW_WORDS)];
  fc.assert(
    fc.property(anyKey, fc.integer(), (key, seed) => {
      reverseFlow(key, back);
      reverseFlow(back, again);
      expect(again).toEqual(key);
      expect(hashFlowBothWays(back, seed)).toBe(hashFlowBothWays(key, seed));
      expect(hashFlow(key, seed) | 0).toBe(hashFlow(key, seed));
      if (!flowEquals(key, 0, back, 0)) expect(hashFlow(back, seed)).not.toBe(hashFlow(key, seed));
    }),
    { seed: 2, numRuns: 300 },
  );
});

test('keys are equal when every word is, and every word changes the hash', () => {
  const table = new Int32Array(3 * FLOW_WORDS);
  fc.assert(
    fc.property(anyKey, fc.nat(9), fc.integer({ min: 0, max: 31 }), (key, word, bit) => {
      copyFlow(key, 0, table, FLOW_WORDS);
      expect(flowEquals(key, 0, table, FLOW_WORDS)).toBe(true);
      const used = key[9] >= 6 << 8 || word % 4 === 0 || word > 8;
      if (!used || word === 9) return;
      table[FLOW_WORDS + word] ^= 1 << bit;
      expect(flowEquals(key, 0, table, FLOW_WORDS)).toBe(false);
      const other = table.slice(FLOW_WORDS, 2 * FLOW_WORDS);
      expect(hashFlow(other, 5)).not.toBe(hashFlow(key, 5));
      expect(hashFlowBothWays(other, 5)).not.toBe(hashFlowBothWays(key, 5));
    }),
    { seed: 3, numRuns: 300 },
  );
});

test('flows that lie side by side spread evenly, by either hash', () => {
  for (const hash of [hashFlow, hashFlowBothWays]) {
    const counts = new Int32Array(16);
    const key = Int32Array.of(0x0a000001, 0, 0, 0, 0x0a000002, 0, 0, 0, 0, (4 << 8) | UDP);
    for (let n = 0; n < 16_000; n++) {
      key[8] = ((n >> 7) << 16) | (n & 127);
      counts[hash(key, 7) & 15]++;
    }
    // 1000 expected, standard deviation 31: five of them
    expect([...counts].filter((count) => count < 845 || count > 1155)).toEqual([]);
  }
});
