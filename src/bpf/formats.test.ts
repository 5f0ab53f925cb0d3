import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tape, validProgram } from '../testing/random-program.js';
import { readProgram } from './any-form.js';
import { disassemble } from './assembly/disassemble.js';
import { compileExpression } from './expression.js';
import { FORMATS, formatProgram, parseProgram } from './formats.js';
import { BpfError, parseTuples } from './tuples.js';

const ARP = parseTuples('{ 0x28, 0, 0, 12 }, { 0x15, 0, 1, 0x806 }, { 6, 0, 0, 0xffffffff }, { 6, 0, 0, 0 }');
const tuples =
  '{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x00000806 },\n{ 0x6, 0, 0, 0xffffffff },\n{ 0x6, 0, 0, 0x00000000 },\n';

test.each([
  ['netsniff-ng', tuples],
  ['C', tuples],
  ['xt_bpf', '4,40 0 0 12,21 0 1 2054,6 0 0 4294967295,6 0 0 0,'],
  ['tcpdump', '40 0 0 12\n21 0 1 2054\n6 0 0 4294967295\n6 0 0 0\n'],
  [
    'json',
    '[{"code":40,"jt":0,"jf":0,"k":12},{"code":21,"jt":0,"jf":1,"k":2054},{"code":6,"jt":0,"jf":0,"k":4294967295},{"code":6,"jt":0,"jf":0,"k":0}]\n',
  ],
] as const)('%s', (format, text) => {
  expect(formatProgram(ARP, format)).toBe(text);
  expect(parseProgram(text)).toEqual(ARP);
});

test.each([
  '4\n40 0 0 12\n21 0 1 2054\n6 0 0 4294967295\n6 0 0 0\n',
  '40 0 0 12,21 0 1 2054,6 0 0 4294967295,6 0 0 0',
  ' 4 ,\n40\t0  0 12 ,\r\n21 0 1 2054\r\n\n6 0 0 4294967295,,6 0 0 0 \r\n',
  '[\n{"k":12,"jf":0,"jt":0,"code":40,"text":"ldh [12]"},{"code":21,"jt":0,"jf":1,"k":2054},{"code":6,"jt":0,"jf":0,"k":4294967295},{"code":6,"jt":0,"jf":0,"k":0}]',
])('reads %j too', (text) => {
  expect(parseProgram(text)).toEqual(ARP);
});

test.each([
  ['3,6 0 0 0', 1, 1, '3 instructions are announced, 1 follow'],
  ['1\n6 0 0 0\n6 0 0', 3, 1, 'instruction 1 has 3 numbers; it has four: code jt jf k'],
  ['6 0 0 0, 6 256 0 0', 1, 10, "jt of instruction 1 is '256'; use a decimal number from 0 to 255"],
  ['6 0 0 4294967296', 1, 1, "k of instruction 0 is '4294967296'; use a decimal number from 0 to 4294967295"],
  ['6 0 0 0,0x6 0 0 0', 1, 9, "code of instruction 1 is '0x6'; use a decimal number from 0 to 65535"],
  ['9999,6 0 0 0', 1, 1, "the number of instructions is '9999'; use a decimal number from 0 to 4096"],
  ['[', 1, 1, 'it is no JSON: '],
  ['[]', 1, 1, 'a program in JSON is an array of instructions, each with code, jt, jf and k'],
  ['{"code": 6}', 1, 1, 'a program in JSON is an array'],
  ['[{"code": 6, "jt": 0, "jf": 0}]', 1, 1, 'k of instruction 0 is missing; use 0 to 4294967295'],
  ['[{"code": 6, "jt": -1, "jf": 0, "k": 0}]', 1, 1, 'jt of instruction 0 is -1; use 0 to 255'],
  ['[7]', 1, 1, 'code of instruction 0 is missing'],
  ['{ 6, 0, 0 }', 1, 11, "expected ','"],
])('%j: line %i, column %i, %s', (text, line, column, message) => {
  expect(() => parseProgram(text)).toThrow(`line ${line}, column ${column}: ${message}`);
});

test('more instructions than the kernel takes are told', () => {
  expect(() => parseProgram('6 0 0 0\n'.repeat(4097))).toThrow('more than 4096 instructions');
  expect(() => parseProgram(JSON.stringify(Array(4097).fill(ARP[0])))).toThrow('more than 4096 instructions');
});

describe('a program in whatever form', () => {
  const texts: [string, string][] = FORMATS.map((format) => [format, formatProgram(ARP, format)]);
  texts.push(
    ['language', disassemble(ARP)],
    ['comment', `; arp\n${tuples}`],
    ['C comment', `/* */ ${tuples}`],
  );
  texts.push(['labels', `a: b:\n${disassemble(ARP)}`], ['comments', `# a\n// b\n${disassemble(ARP)}`]);

  test.each(texts)('%s', (_, text) => {
    expect(readProgram(text)).toEqual(ARP);
  });

  test.each([
    'arp',
    '5 = 5',
    'or',
    'fe80::1',
    'len > 3',
    '(arp)',
    '! arp',
    'host 1.2.3.4',
  ])('%s is an expression', (text) => {
    const outcome = (read: () => unknown) => {
      try {
        return read();
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(outcome(() => readProgram(text))).toEqual(outcome(() => compileExpression(text)));
  });

  test.each([
    ['ret #1\nld M', 'line 2, column 5: expected '],
    ['drop: ret ?', 'line 1, column 11: expected '],
    ['', 'line 1, column 1: no instruction found'],
    ['; only', 'line 1, column 7: no instruction found'],
    ['/* x', "line 1, column 1: the comment '/*' has no end"],
  ])('%j is refused with its place', (text, message) => {
    expect(() => readProgram(text)).toThrow(message);
  });

  test('is read again from every format', () => {
    const tapes = fc.array(fc.nat(0xffffffff), { minLength: 20, maxLength: 200, size: 'max' });
    const shape = { length: 60, reach: 80, ancillary: [], returns: 1 };
    fc.assert(
      fc.property(tapes, fc.constantFrom(...FORMATS), (numbers, format) => {
        const program = validProgram(tape(numbers), shape);
        expect(readProgram(formatProgram(program, format))).toEqual(program);
      }),
      { seed: 20261120, numRuns: 100 },
    );
  });

  test('is nothing but a program or a located fault', () => {
    const word = fc.constantFrom(
      '4',
      ',',
      '\n',
      ' ',
      '{',
      '[',
      '{"code":',
      '"jt"',
      ']',
      '}',
      'ld',
      ':',
      '6 0 0 0',
      '#',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join('')),
        ),
        (text) => {
          try {
            expect(readProgram(text).length).toBeGreaterThan(0);
          } catch (error) {
            if (!(error instanceof BpfError)) throw error;
          }
        },
      ),
      { seed: 20261120, numRuns: 500 },
    );
  });
});
