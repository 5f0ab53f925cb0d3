import { expect, test } from 'vitest';
import { plain, styleFor } from './style.js';
import { table } from './table.js';

test('columns are as wide as their widest text, and lean as told', () => {
  const rows = [
    ['a', '1', 'x'],
    ['long', '100', ''],
  ];
  expect(table(rows, ['left', 'right'])).toBe('a       1  x\nlong  100\n');
  expect(table(rows, [], '  ')).toBe('  a     1    x\n  long  100\n');
  expect(table([])).toBe('');
});

test('rows may be of different lengths; colour takes no room', () => {
  const style = styleFor({ isTTY: true }, {});
  expect(style.bad('x')).not.toBe('x');
  expect(table([['ab', 'c'], [style.bad('x'), 'd'], ['µ']])).toBe(`ab  c\n${style.bad('x')}   d\nµ\n`);
});

test('colour is for terminals, and for those who want it', () => {
  expect(styleFor({}, {})).toBe(plain);
  expect(styleFor({ isTTY: true }, { NO_COLOR: '1' })).toBe(plain);
  expect(plain.bold('x')).toBe('x');
});
