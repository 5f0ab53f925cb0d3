import { expect, test } from 'vitest';
import { covers, prefixList, prefixNumbers, stationAddress, words } from './ipv4-prefix.js';

test('words of a list or a text', () => {
  expect(words(' a,b  c\n')).toEqual(['a', 'b', 'c']);
  expect(words(['a b', 'c'])).toEqual(['a', 'b', 'c']);
  expect(words('')).toEqual([]);
});

test('prefixes cover what begins with them', () => {
  const { networks, masks } = prefixList(['10.0.0.0/8', '192.168.1.1', '224.0.0.0/4'], 'list');
  const hit = (a: number) => covers(networks, masks, a | 0);
  expect([0x0a000000, 0x0affffff, 0xc0a80101, 0xe0000000, 0xefffffff].map(hit)).not.toContain(false);
  expect([0x09ffffff, 0x0b000000, 0xc0a80100, 0xc0a80102, 0xf0000000].map(hit)).not.toContain(true);
  expect(prefixNumbers('0.0.0.0/0', 'x')).toEqual({ network: 0, mask: 0 });
});

test.each([
  '10.0.0.0/33',
  '10.0.0/8',
  '10.0.0.0/08',
  '10.0.0.0/',
  'x',
  '10.0.0.256',
  '010.0.0.1',
])('%s is no prefix', (text) => {
  expect(() => prefixNumbers(text, 'list')).toThrow(/^list: ".*" is not an IPv4/);
});

test('bits behind a prefix and group addresses are refused', () => {
  expect(() => prefixNumbers('10.0.0.1/8', 'list')).toThrow(
    'list: "10.0.0.1/8" has bits set behind its first 8',
  );
  expect(() => stationAddress('01:00:5e:00:00:01', 'mac')).toThrow(
    'mac: 01:00:5e:00:00:01 is a group address',
  );
});
