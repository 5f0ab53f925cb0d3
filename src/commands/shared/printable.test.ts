import { expect, test } from 'vitest';
import { printable } from './printable.js';

test.each([
  ['a\u001b[31mb\u0007\r', 'a\uFFFD[31mb\uFFFD\uFFFD'],
  ['\u009b31m\u007f\u0000', '\uFFFD31m\uFFFD\uFFFD'],
  ['a\u202Eb\u2066c', 'a\uFFFDb\uFFFDc'],
  ['\ta\nä漢😀', '\ta\nä漢😀'],
])('%j is shown as %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});
