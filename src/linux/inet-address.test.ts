import { expect, test } from 'vitest';
import { parseInetAddress } from './inet-address.js';

const hex = (text: string) => Buffer.from(parseInetAddress(text)?.bytes ?? []).toString('hex');

test('encodes both families', () => {
  expect(hex('192.0.2.1:7000')).toBe('02001b58c00002010000000000000000');
  expect(hex('[::1]:80')).toBe(`0a00005000000000${'0'.repeat(31)}100000000`);
  expect(hex('[2001:db8::a:1.2.3.4]:80')).toBe('0a0000500000000020010db8000000000000000a0102030400000000');
  expect(hex('[1:2:3:4:5:6:7:8]:1')).toBe('0a0000010000000000010002000300040005000600070008' + '00000000');
  expect(hex('[fe80::1%7]:1')).toBe(`0a00000100000000fe80${'0'.repeat(27)}107000000`);
});

test('refuses what is no address', () => {
  for (const text of [
    '',
    '1.2.3.4',
    '1.2.3:80',
    '::1:80',
    '[::1]',
    '[::g]:1',
    '1.2.3.4:65536',
    'host:1',
    '[1.2.3.4]:1',
    '[fe80::1%nosuchdev0]:1',
  ]) {
    expect([text, parseInetAddress(text)]).toEqual([text, null]);
  }
});
