import fc from 'fast-check';
import { expect, test } from 'vitest';
import { completions } from './complete.js';

const known = { packet: ['p1', 'syn'], generator: ['g1', 'g2'], device: ['eth0', 'lo'] };

test.each<[string, string[]]>([
  ['sh', ['show']],
  ['st', ['start', 'stop', 'statistics']],
  ['show ', ['packets', 'generators', 'devices', 'users', 'configuration']],
  ['sh p', ['packets']],
  ['show packets ', ['p1', 'syn']],
  ['no ', ['packet', 'generator']],
  ['no gen g', ['g1', 'g2']],
  ['start ', ['g1', 'g2', 'all']],
  ['start g1 ', ['g2']],
  ['statistics g1 ', ['g2', 'every']],
  ['statistics every ', []],
  ['device ', ['eth0', 'lo']],
  ['device eth0 ', ['every']],
  ['packet ', ['p1', 'syn']],
  ['packet new ', ['{', 'replace', 'file']],
  [
    'generator new ',
    ['replace', 'packet', 'device', 'rate', 'gap', 'count', 'cpu', 'seed', 'way', 'order', 'qdisc'],
  ],
  ['generator new packet s', ['syn']],
  ['generator new replace packet s', ['syn']],
  ['generator new packet syn de', ['device']],
  ['generator new packet syn device e', ['eth0']],
  ['generator new packet syn pa', []],
  ['generator new way ', ['auto', 'xdp', 'packet']],
  ['generator new qdisc ', ['off', 'on']],
  ['help sh', ['show']],
  ['help show u', ['users']],
  ['x ', []],
  ['st x', []],
])('%j', (line, expected) => {
  const [found, begun] = completions(line, known);
  expect(found).toEqual(expected.map((word) => `${word} `));
  expect(line.endsWith(begun)).toBe(true);
});

test('any line can be completed, by words that begin as it ends', () => {
  const word = fc.oneof(
    fc.constantFrom('show', 'generator', 'start', 'g1', 'packet', 'help', 'way', ''),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      const [found, begun] = completions(words.join(' '), known);
      for (const one of found) expect(one.startsWith(begun)).toBe(true);
    }),
    { seed: 6, numRuns: 1000 },
  );
});
