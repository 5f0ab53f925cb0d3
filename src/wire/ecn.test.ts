import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ecn, ecnBehindTunnel, ecnOf, ecnOfFragments, setEcn } from './ecn.js';
import { emitIpv4, isIpv4ChecksumRight } from './ipv4.js';
import { emitIpv6, ipv6FlowLabel, ipv6TrafficClass } from './ipv6.js';

const { notCapable: no, capable1: one, capable0: zero, experienced: marked } = Ecn;

test('a codepoint is set and read; the rest of the header stays, and its checksum right', () => {
  fc.assert(
    fc.property(fc.nat(255), fc.nat(3), fc.nat(0xf_ffff), (service, codepoint, label) => {
      const four = new Uint8Array(24);
      emitIpv4(four, 4, 20, 7, 64, 6, Uint8Array.of(10, 0, 0, 1), Uint8Array.of(10, 0, 0, 2));
      for (const to of [service & 3, codepoint]) {
        setEcn(four, 4, to);
        expect([ecnOf(four, 4), isIpv4ChecksumRight(four, 4)]).toEqual([to, true]);
      }
      four[5] ^= 0x40;
      setEcn(four, 4, 0);
      expect(isIpv4ChecksumRight(four, 4)).toBe(false);
      const six = new Uint8Array(44);
      emitIpv6(six, 4, 0, 59, 64, new Uint8Array(16), new Uint8Array(16), label);
      six[4] |= service >>> 4;
      six[5] |= (service & 15) << 4;
      setEcn(six, 4, codepoint);
      expect(ipv6TrafficClass(six, 4)).toBe((service & 0xfc) | codepoint);
      expect(ecnOf(six, 4)).toBe(codepoint);
      expect(ipv6FlowLabel(six, 4)).toBe(label);
    }),
    { seed: 20261120, numRuns: 200 },
  );
});

test('RFC 6040 §4.2, figure 4: rows are what arrived inside, columns what arrived outside', () => {
  const columns = [no, zero, one, marked];
  const rows = new Map<number, number[]>([
    [no, [no, no, no, -1]],
    [zero, [zero, zero, one, marked]],
    [one, [one, one, one, marked]],
    [marked, [marked, marked, marked, marked]],
  ]);
  for (const [inner, expected] of rows) {
    expect(columns.map((outer) => ecnBehindTunnel(inner, outer))).toEqual(expected);
  }
});

test('RFC 3168 §5.3: a mark of one fragment is the packet’s; beside one that may not be marked it is a loss', () => {
  const seen = (...codepoints: number[]) => codepoints.reduce((bits, one) => bits | (1 << one), 0);
  expect(ecnOfFragments(seen(zero), zero)).toBe(zero);
  expect(ecnOfFragments(seen(zero, marked), zero)).toBe(marked);
  expect(ecnOfFragments(seen(zero, one), one)).toBe(one);
  expect(ecnOfFragments(seen(no, marked), no)).toBe(-1);
  expect(ecnOfFragments(seen(no, zero), no)).toBe(no);
});
