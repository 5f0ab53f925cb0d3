import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/testing/random.js';
import { trafficFrames } from '../../src/testing/traffic-frames.js';
import { FUNCTIONS } from '../../src/traffic/functions.js';
import { type HeaderField, maskOf } from '../../src/traffic/header-shape.js';
import { HEADER_SHAPES } from '../../src/traffic/headers.js';
import { readTraffic } from '../../src/traffic/read-traffic.js';
import { DIFFERENCES } from '../net/trafgen-differences.js';
import { root } from './source-files.js';

const text = readFileSync(join(root, 'docs/trafgen-language.md'), 'utf8');
const sections = new Map(
  text.split(/^##+ /m).map((part) => [part.slice(0, part.indexOf('\n')), part] as const),
);

/** The rows of the tables of a section, without their heads; cells without their blanks, `\\|` as a bar. */
function rows(title: string): string[][] {
  const lines = (sections.get(title) ?? '').split('\n');
  return lines
    .filter((line, i) => line.startsWith('| ') && !lines[i + 1]?.startsWith('|---'))
    .map((line) => line.slice(1, line.lastIndexOf('|')).split(/(?<!\\)\|/))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll('\\|', '|')));
}

const code = (cell: string) => [...cell.matchAll(/`([^`]*)`/g)].map(([, inner]) => inner);

test('its examples are traffic, without warnings', () => {
  const examples = [...text.matchAll(/^```trafgen\n([\s\S]*?)^```$/gm)].map(([, example]) => example);
  expect(examples.length).toBe(3);
  for (const example of examples) {
    const { packets, warnings } = readTraffic(example, { random: seededRandom(1) });
    expect(packets.length).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
  }
});

test.each(['Bytes', 'Functions'])('%s: what is written gives the bytes beside it', (title) => {
  const pairs = rows(title).filter((cells) => /^`[0-9a-f]{2}( [0-9a-f]{2})*`$/.test(cells[1]));
  expect(pairs.length).toBe(title === 'Bytes' ? 6 : 4);
  for (const [written, bytes] of pairs) {
    const [frame] = trafficFrames(`{ ${code(written).join(', ')} }`, 1);
    expect(`${written} ${frame}`).toBe(`${written} ${code(bytes)[0].replaceAll(' ', '')}`);
  }
});

test('every function is in the table, and no other', () => {
  const named = rows('Functions')
    .filter(([, bytes]) => !bytes.startsWith('`'))
    .flatMap(([functions]) => code(functions))
    .map((call) => call.replace(/\(.*/, ''));
  expect([...new Set(named)].sort()).toEqual([...FUNCTIONS.keys()].sort());
});

function bitsOf(field: HeaderField): number {
  if (field.width > 4) return 8 * field.width;
  return [...(maskOf(field) >>> 0).toString(2)].filter((digit) => digit === '1').length;
}

describe('every field of every header is in its table, with its size', () => {
  test.each(HEADER_SHAPES.map((shape) => [shape.names.join(', '), shape] as const))('%s', (title, shape) => {
    const table = rows(title);
    const unit = /\| field \| (bytes|bits) \|/.exec(sections.get(title) ?? '')?.[1];
    const expected = shape.fields
      .filter(({ hidden, names }) => !hidden && !/[1-7]\)/.test(names[0]))
      .map((field) => {
        const names = field.names.map((name) => name.replace('(0)', '(n)'));
        return [names.join(' '), String(unit === 'bits' ? bitsOf(field) : bitsOf(field) / 8)];
      });
    const shown = table
      .filter(([, size]) => /^\d+$/.test(size))
      .map(([names, size]) => [code(names).join(' '), size]);
    expect(shown).toEqual(expected);
    const words = table.filter(([, size]) => size === '').flatMap(([names]) => code(names));
    expect(words.sort()).toEqual(Object.keys(shape.words ?? {}).sort());
  });
});

test('the differences are those that are tested', () => {
  const titles = ['It is wrong', 'It stops with an assertion, and hangs', 'It refuses, here it works'];
  const [wrong, hangs, refuses] = titles.map((title) => rows(title).map(([why]) => why));
  const tested = (peer: 'refuses' | 'crashes' | undefined) => {
    return [...new Set(DIFFERENCES.filter((one) => one.peer === peer).map(({ why }) => why))];
  };
  expect(wrong.sort()).toEqual(tested(undefined).sort());
  expect(hangs.sort()).toEqual(tested('crashes').sort());
  expect(refuses.sort()).toEqual(tested('refuses').sort());
});
