import { describe, expect, test } from 'vitest';
import type { FilterInput } from './input.js';
import { nestedNetlinkAttribute, netlinkAttribute } from './netlink-attribute.js';
import { payloadOffset } from './payload-offset.js';

// The same is compared with the kernel's answers in test/net/bpf-kernel-ancillary.test.ts.

function frame(bytes: readonly number[], protocol = 0, hardwareType = 0): FilterInput {
  return {
    ...{
      bytes: Uint8Array.from([9, 9, ...bytes, 9, 9]),
      start: 2,
      length: bytes.length,
      protocol,
      hardwareType,
    },
    ...{ packetType: 0, interfaceIndex: 0, mark: 0, queue: 0, hash: 0, cpu: 0 },
    ...{ vlanPresent: 0, vlanTag: 0, vlanProtocol: 0 },
  };
}

const zeros = (n: number): number[] => new Array<number>(n).fill(0);
const ipv4 = (protocol: number, flags = 0, fragment = 0, words = 5): number[] => [
  ...[0x40 | words, 0, 0, 0, 0, 0, flags, fragment, 0, protocol],
  ...zeros(words * 4 - 10),
];
const ipv6 = (next: number): number[] => [0x60, 0, 0, 0, 0, 0, next, ...zeros(33)];
const option = (next: number, words = 0): number[] => [next, words, ...zeros(6 + words * 8)];
const tcp = (words: number): number[] => [...zeros(12), words << 4, ...zeros(7)];

describe('payload offset', () => {
  test.each<[string, number, number[], number]>([
    ['TCP without options', 0x800, [...ipv4(6), ...tcp(5)], 40],
    ['TCP with options', 0x800, [...ipv4(6), ...tcp(8)], 52],
    ['TCP that claims a header too short', 0x800, [...ipv4(6), ...tcp(1)], 40],
    ['TCP cut short', 0x800, [...ipv4(6), ...zeros(12)], 20],
    ['UDP behind IPv4 options', 0x800, [...ipv4(17, 0, 0, 7), ...zeros(8)], 36],
    ['UDP cut short', 0x800, ipv4(17), 28],
    ['ICMP', 0x800, [...ipv4(1), ...zeros(8)], 28],
    ['SCTP', 0x800, [...ipv4(132), ...zeros(12)], 32],
    ['an unknown transport', 0x800, [...ipv4(89), ...zeros(12)], 20],
    ['a first fragment', 0x800, [...ipv4(17, 0x20), ...zeros(8)], 28],
    ['a later fragment', 0x800, [...ipv4(17, 0x20, 1), ...zeros(8)], 20],
    ['IPv4 with a header length below 20', 0x800, [...ipv4(17, 0, 0, 4), ...zeros(20)], 0],
    ['IPv4 cut short', 0x800, ipv4(17).slice(0, 19), 0],
    ['IPv6, ICMPv6', 0x86dd, [...ipv6(58), ...zeros(8)], 48],
    ['IPv6 with options', 0x86dd, [...ipv6(0), ...option(60, 1), ...option(17), ...zeros(8)], 72],
    ['an IPv6 first fragment', 0x86dd, [...ipv6(44), 17, 0, 0, 1, ...zeros(12)], 56],
    ['an IPv6 later fragment', 0x86dd, [...ipv6(44), 17, 0, 0, 8, ...zeros(12)], 48],
    ['IPv6 cut inside its options', 0x86dd, [...ipv6(0), 17], 0],
    ['IP in IP', 0x800, [...ipv4(4), ...ipv4(41), ...ipv6(17), ...zeros(8)], 88],
    ['a VLAN tag among the bytes', 0x8100, [0, 1, 8, 0, ...ipv4(17), ...zeros(8)], 32],
    ['ARP', 0x806, zeros(28), 0],
    ['an unknown EtherType', 0x1234, zeros(28), 0],
    ['nothing at all', 0x800, [], 0],
  ])('%s', (_name, protocol, bytes, expected) => {
    expect(payloadOffset(frame(bytes, protocol))).toBe(expected);
    const ethernet = frame([...zeros(14), ...bytes], protocol, 1);
    const readable = expected !== 0 || protocol === 0x806;
    expect(payloadOffset(ethernet)).toBe(readable ? expected + 14 : 0);
  });

  test('stops after 16 headers', () => {
    const stack = Array.from({ length: 30 }, () => ipv4(4)).flat();
    expect(payloadOffset(frame(stack, 0x800))).toBe(16 * 20);
    const options = Array.from({ length: 30 }, () => option(60)).flat();
    expect(payloadOffset(frame([...ipv6(60), ...options], 0x86dd))).toBe(40 + 16 * 8);
    const tags = Array.from({ length: 30 }, () => [0, 1, 0x81, 0]).flat();
    expect(payloadOffset(frame(tags, 0x8100))).toBe(16 * 4);
  });
});

describe('netlink attributes', () => {
  //            0           4           8 (flag nested)            12          16          20
  const bytes = [6, 0, 1, 0, 7, 7, 0, 0, 16, 0, 2, 0x80, 4, 0, 5, 0, 5, 0, 6, 0, 1, 0, 0, 0, 4, 0, 3, 0];

  test.each([
    [0, 2, 8],
    [0, 3, 24],
    [0, 1, 0],
    [0, 5, 0],
    [12, 6, 16],
    [24, 3, 24],
    [25, 3, 0],
    [0xffffffff, 3, 0],
    [0, 0x8002, 0],
    [0, -1, 0],
    [4, 0, 0],
  ])('from %i, type %i: %i', (from, type, expected) => {
    expect(netlinkAttribute(frame(bytes), from | 0, type)).toBe(expected);
  });

  test.each([
    [8, 5, 12],
    [8, 6, 16],
    [8, 3, 0],
    [4, 5, 0],
    [24, 3, 0],
    [26, 3, 0],
    [0xffffffff, 3, 0],
  ])('nested at %i, type %i: %i', (from, type, expected) => {
    expect(nestedNetlinkAttribute(frame(bytes), from | 0, type)).toBe(expected);
  });

  test('a length beyond the frame, or none, ends the search', () => {
    expect(nestedNetlinkAttribute(frame([4, 0, 9, 0, 10, 0, 1, 0, 4, 0, 5, 0]), 4, 5)).toBe(0);
    expect(netlinkAttribute(frame([12, 0, 1, 0, 4, 0, 2, 0]), 0, 2)).toBe(0);
    expect(netlinkAttribute(frame([0, 0, 1, 0, 4, 0, 2, 0]), 0, 2)).toBe(0);
    expect(netlinkAttribute(frame([1, 2, 3]), 0, 2)).toBe(0);
  });
});
