import { expect, test } from 'vitest';
import { QuipuError } from '../contract/error.js';
import { splitCommands } from './words.js';

const texts = (text: string) => splitCommands(text, 'f').map((words) => words.map((word) => word.text));

test('lines are commands, blanks part words', () => {
  expect(texts('a b\n\n\t c  d \r\ne')).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect(texts('')).toEqual([]);
  expect(texts(' \n\t')).toEqual([]);
});

test('quotes keep blanks, line ends and comment signs', () => {
  expect(texts(`set f 'a "b" \\n #c'`)).toEqual([['set', 'f', 'a "b" \\n #c']]);
  expect(texts(`f="{ 6, 0,\n 0, 1 }" x`)).toEqual([['f={ 6, 0,\n 0, 1 }', 'x']]);
  expect(texts(`"a\\"b\\\\c\\d" ''`)).toEqual([['a"b\\c\\d', '']]);
});

test('a backslash takes the next sign as it is and joins lines', () => {
  expect(texts('a\\ b c\\\nd')).toEqual([['a b', 'cd']]);
  expect(texts('a \\\n b')).toEqual([['a', 'b']]);
});

test('# starts a comment only where a word would begin', () => {
  expect(texts('a#b # c\n#d\ne')).toEqual([['a#b'], ['e']]);
});

test('words know their line and column, also behind a quote over several lines', () => {
  const [first, second] = splitCommands("a 'x\ny' b\n  c", 'file');
  expect(first.map((word) => word.at)).toEqual(['file:1:1: ', 'file:1:3: ', 'file:2:4: ']);
  expect(second[0].at).toBe('file:3:3: ');
});

test.each([
  ['a\n b "c', 'f:2:4: the quote " has no end'],
  ["'", "f:1:1: the quote ' has no end"],
  ['ab\\', 'f:1:3: a backslash ends the text'],
])('%j is refused with its place', (text, message) => {
  expect(() => splitCommands(text, 'f')).toThrow(QuipuError);
  expect(() => splitCommands(text, 'f')).toThrow(message);
});
