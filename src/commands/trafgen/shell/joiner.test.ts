import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineJoiner } from './joiner.js';

/** The commands that come of some lines, and what is still waited for. */
function join(...lines: string[]): { commands: string[]; wanted: string } {
  const joiner = new LineJoiner();
  const commands = lines.flatMap((line) => joiner.add(line) ?? []);
  return { commands, wanted: joiner.wanted };
}

test('a line is a command, unless it leaves a brace open', () => {
  expect(join('show packets', 'packet p { 1 }', 'start g')).toEqual({
    commands: ['show packets', 'packet p { 1 }', 'start g'],
    wanted: '',
  });
  expect(join('packet p {', '  1,', '}', 'start g').commands).toEqual(['packet p {\n  1,\n}', 'start g']);
  expect(join('packet p { 1 } {', '2 }').commands).toEqual(['packet p { 1 } {\n2 }']);
  expect(join('packet p {').wanted).toBe('a closing }');
  expect(join('start {').commands).toEqual(['start {']);
});

test('braces in quotes and comments do not count', () => {
  for (const line of ["'{'", '"{ \\" {"', '# {', '// {', '/* { */', "/* don't { */", '/* a /* { */']) {
    expect(join(`packet p { 1, ${line}`, '}').commands).toEqual([`packet p { 1, ${line}\n}`]);
  }
  expect(join('packet p { /* {', '{ } */ }').commands).toHaveLength(1);
  expect(join('packet p cpu(1):', '{ 1 }').commands).toHaveLength(1);
});

test('<<END goes on to a line END, whatever stands between', () => {
  expect(join('packet p <<END', '{ 1 }', '', '{', ' END ', 'exit').commands).toEqual([
    'packet p <<END\n{ 1 }\n\n{\n END ',
    'exit',
  ]);
  expect(join('packet p <<END', 'start g').wanted).toBe('a line END');
});

test('carriage returns go; what has begun can be forgotten', () => {
  expect(join('packet p {\r', '}\r').commands).toEqual(['packet p {\n}']);
  const joiner = new LineJoiner();
  joiner.add('packet p {');
  joiner.reset();
  expect(joiner.isWaiting).toBe(false);
  expect(joiner.add('exit')).toBe('exit');
});

test('no line is lost', () => {
  const line = fc.oneof(
    fc.constantFrom('packet p {', '}', 'packet q <<E', 'E', 'start g', '{ 1 }', "'", '/*', '*/'),
    fc.string({ maxLength: 8 }).map((text) => text.replace(/[\r\n]/g, '')),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const joiner = new LineJoiner();
      const commands = lines.flatMap((one) => joiner.add(one) ?? []);
      const taken = commands
        .join('\n')
        .split('\n')
        .slice(0, commands.length === 0 ? 0 : undefined);
      expect(taken).toEqual(lines.slice(0, taken.length));
      expect(joiner.isWaiting).toBe(taken.length < lines.length);
    }),
    { seed: 5, numRuns: 1000 },
  );
});
