import { expect, test } from 'vitest';
import { spelled } from './words.js';

test('the thesis: ifpps -dev eth0 -promisc', () => {
  expect(spelled(['-dev', 'eth0', '-promisc'])).toEqual(['--dev', 'eth0', '--promisc']);
});

test('netsniff-ng: -v; the rest stays', () => {
  expect(spelled(['-v', '-lpcd', 'wlan0', '-W'])).toEqual(['--version', '-lpcd', 'wlan0', '-W']);
});
