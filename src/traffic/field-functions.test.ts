import { expect, test } from 'vitest';
import { trafficFrames } from '../testing/traffic-frames.js';

/** A field of a few sendings: `from` and `to` count hex digits. */
function values(text: string, count: number, from: number, to: number): string[] {
  return trafficFrames(`{ ${text} }`, count).map((hex) => hex.slice(from, to));
}

/** The destination port of a UDP packet. */
const ports = (value: string, count: number) => {
  return values(`udp(${value})`, count, 72, 76).map((hex) => Number.parseInt(hex, 16));
};

test.each([
  ['dp=dinc()', [0, 1, 2]],
  ['dp=5, dp=dinc()', [5, 6, 7]],
  ['dp=dinc(7)', [0, 7, 14]],
  ['dp=5, dp=dinc(7)', [5, 12, 19]],
  ['dp=dinc(1,3)', [1, 2, 3, 1]],
  ['dp=dinc(1,10,4)', [1, 5, 9, 2, 6, 10, 3]],
  ['dp=dinc(5,6,4)', [5, 5, 5]],
  ['dp=dinc(0,3)', [0, 1, 2, 3, 0]],
  ['dp=dinc(0,0)', [0, 1, 2]],
  ['dp=dinc(65535,65537)', [65535, 0, 1, 65535]],
  ['dp=dinc(), dp=dinc(4)', [0, 4, 8]],
  ['dp=0x12ff, dp[1]=dinc()', [0x12ff, 0x1200, 0x1201]],
  ['dp=0x1234, dp[0]=dinc(), dp[1]=dinc(2)', [0x1234, 0x1336, 0x1438]],
  ['dp=0x1234, dp[0]=9', [0x0934]],
  ['dp=0x1234, dp[0:2]=9', [9]],
])('udp(%s)', (text, expected) => {
  expect(ports(text, expected.length)).toEqual(expected);
});

test('counters of fields that are bits leave the others alone', () => {
  expect(values('ipv4(ecn=1, dscp=dinc(62,63))', 4, 30, 32)).toEqual(['f9', 'fd', 'f9', 'fd']);
  expect(values('mpls(label=dinc(16), ttl=9, tc=5)', 3, 28, 36)).toEqual([
    '00000b09',
    '00010b09',
    '00020b09',
  ]);
  expect(values('ipv6(ver=6, fl=dinc(0xfffff,0x100001), tc=1)', 3, 28, 36)).toEqual([
    '601fffff',
    '60100000',
    '60100001',
  ]);
});

test('of long fields the last four bytes count', () => {
  expect(values('eth(da=1:2:ff:ff:ff:fd, da=dinc())', 4, 0, 12)).toEqual([
    '0102fffffffd',
    '0102fffffffe',
    '010200000000',
    '010200000001',
  ]);
  expect(values('ipv6(da=1::fffe, da=dinc())', 3, 76, 108).map((hex) => hex.slice(-6))).toEqual([
    '00fffe',
    '00ffff',
    '010000',
  ]);
  expect(values('tcp(seq=0xffffffff, seq=dinc())', 3, 76, 84)).toEqual(['ffffffff', '00000000', '00000001']);
  expect(values('tcp(seq=0xfffffffe, seq=dinc())', 3, 76, 84)).toEqual(['fffffffe', '00000000', '00000001']);
});

test('drnd draws from all values, or from those between its bounds', () => {
  const drawn = new Set(ports('dp=drnd(80,83)', 200));
  expect([...drawn].sort()).toEqual([80, 81, 82, 83]);
  expect(new Set(ports('dp=drnd()', 300)).size).toBeGreaterThan(280);
  expect(new Set(ports('dp=drnd(0,1)', 50))).toEqual(new Set([0, 1]));
  expect(new Set(ports('dp=0x1234, dp[1]=drnd(1,2)', 50))).toEqual(new Set([0x1201, 0x1202]));
  const dscps = values('ipv4(ecn=2, dscp=drnd())', 400, 30, 32).map((hex) => Number.parseInt(hex, 16));
  expect(new Set(dscps).size).toBe(64);
  expect(dscps.every((byte) => (byte & 3) === 2)).toBe(true);
});

test('drnd in an address draws every byte', () => {
  const macs = values('eth(sa=drnd())', 400, 12, 24).map((hex) => Buffer.from(hex, 'hex'));
  for (let i = 0; i < 6; i++) expect(new Set(macs.map((mac) => mac[i])).size).toBeGreaterThan(150);
  const low = values('ipv6(sa=drnd(1,3))', 50, 44, 76).map((hex) => Buffer.from(hex, 'hex'));
  expect(new Set(low.flatMap((address) => [...address]))).toEqual(new Set([1, 2, 3]));
});

test('a checksum that is a function is not computed', () => {
  expect(values('udp(csum=dinc(5,7)), "abc"', 3, 80, 84)).toEqual(['0005', '0006', '0007']);
  expect(values('ipv4(csum=dinc())', 2, 48, 52)).toEqual(['0000', '0001']);
});
