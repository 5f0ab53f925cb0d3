import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { keysOf } from './keys.js';

test('letters, arrows, control keys', () => {
  expect(keysOf('q+')).toEqual(['q', '+']);
  expect(keysOf('\u001b[A\u001bOBs\t\u001b[Z\r')).toEqual(['up', 'down', 's', 'tab', 'back-tab', 'enter']);
  expect(keysOf('\u0003\u001a\u000c')).toEqual(['ctrl-c', 'ctrl-z', 'ctrl-l']);
});

test('what is in other sequences is no key: no mouse or paste can quit', () => {
  expect(keysOf('\u001b[15~\u001b[1;5q\u001b[200~\u001bq\u001b')).toEqual([]);
});

test('any input gives keys', () => {
  const keys = property(string({ unit: 'binary' }), (text) => {
    for (const input of [text, `\u001b${text}`, `\u001b[${text}`]) {
      if (keysOf(input).length > input.length) throw new Error('more keys than signs');
    }
  });
  assert(keys, { seed: 4, numRuns: 300 });
});
