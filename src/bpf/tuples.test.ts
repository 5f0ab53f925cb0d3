import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BpfError, formatTuples, parseTuples } from './tuples.js';

const ARP = [
  { code: 0x28, jt: 0, jf: 0, k: 12 },
  { code: 0x15, jt: 0, jf: 1, k: 0x806 },
  { code: 0x06, jt: 0, jf: 0, k: 0xfffff },
  { code: 0x06, jt: 0, jf: 0, k: 0 },
];

test.each([
  // Seed 004, D.3: what bpfc prints.
  '{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x00000806 },\n{ 0x6, 0, 0, 0x000fffff },\n{ 0x6, 0, 0, 0x00000000 },\n',
  '{40,0,0,12}{21,0,1,2054},{6,0,0,1048575}\t{6,0,0,0}',
  '\r\n{ 050, 00, 0, 014 }, { 0X15, 0, 01, 0X806 } , { 06, 0, 0, 03777777 },{ 0x06, 0, 0, 0 }',
  '; arp\n{ 0x28, 0, 0, 12 }, // ldh [12]\n{ 0x15, /* jt */ 0, 1, /* {\n */ 0x806 }, { 6, 0, 0, 0xFFFFF }, {6,0,0,0} ; end',
])('reads %j', (text) => {
  expect(parseTuples(text)).toEqual(ARP);
});

test('prints as bpfc does', () => {
  expect(formatTuples(ARP)).toBe(
    '{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x00000806 },\n{ 0x6, 0, 0, 0x000fffff },\n{ 0x6, 0, 0, 0x00000000 },\n',
  );
});

test.each([
  ['', 1, 1, /no instruction found/],
  ['  ; nothing', 1, 12, /no instruction found/],
  ['6, 0, 0, 0', 1, 1, /expected '\{' where instruction 0 should begin, found "6"/],
  [
    '{ 0x6, 0, 0, 0 },\n  { 0x6, 300, 0, 0 }',
    2,
    10,
    /jt of instruction 1 is 300, which is too large; use 0 to 255/,
  ],
  ['{ 6, 0, 256, 0 }', 1, 9, /jf of instruction 0 is 256/],
  ['{ 65536, 0, 0, 0 }', 1, 3, /code of instruction 0 is 65536.*use 0 to 65535/],
  ['{ 6, 0, 0, 4294967296 }', 1, 12, /k of instruction 0 is 4294967296/],
  ['{ 6, 0, 0, 0x100000000 }', 1, 12, /k of instruction 0/],
  ['{ 6, 0, 0, -1 }', 1, 12, /expected a number for k of instruction 0, found "-"/],
  ['{ 6, 0, 0, 09 }', 1, 12, /is 09, which is no number/],
  ['{ 6, 0, 0, 0x }', 1, 12, /is 0x, which is no number/],
  ['{ 6, 0, 0, 1e3 }', 1, 12, /is 1e3, which is no number/],
  [`{ 6, 0, 0, ${'9'.repeat(100_000)} }`, 1, 12, /is 9{40}…, which is no number/],
  ['{ 6, 0, 0 }', 1, 11, /expected ',' in instruction 0 before k, found "}"/],
  ['{ 6, 0, 0, 0, 0 }', 1, 13, /expected '}' in instruction 0 behind k, found ","/],
  ['{ 6, 0, 0, 0', 1, 13, /found the end of the text/],
  ['{ 6, 0, 0, 0 },, { 6, 0, 0, 0 }', 1, 16, /expected '\{' where instruction 1/],
  ['{ 6, 0,\n\n /* 0, 0 }', 3, 2, /comment '\/\*' has no end/],
  ['{ 6, 0, /*/ 0, 0 }', 1, 9, /comment '\/\*' has no end/],
  ['{ 6, 0, 0, 0 } 🧶', 1, 16, /found "🧶"/],
  ['{ 6, 0, 0, 0 },\n'.repeat(4097), 4097, 1, /more than 4096 instructions/],
])('refuses %j', (text, line, column, message) => {
  const error = failure(text);
  expect(error).toBeInstanceOf(BpfError);
  expect(error).toMatchObject({ name: 'BpfError', line, column });
  expect(error?.message).toMatch(message);
  expect(error?.message).toContain(`line ${line}, column ${column}: `);
});

test('reads 4096 instructions', () => {
  expect(parseTuples('{ 6, 0, 0, 0 },\n'.repeat(4096))).toHaveLength(4096);
});

test('takes long texts in linear time and without a deep stack', () => {
  const blank = ' \n'.repeat(1_000_000);
  const comments = '/**/;\n//\n'.repeat(200_000);
  expect(parseTuples(`${blank}{ 6, 0, 0, 0 }${comments}`)).toHaveLength(1);
});

test('printing and reading give the program back', () => {
  const instruction = fc.record({
    code: fc.nat(0xffff),
    jt: fc.nat(0xff),
    jf: fc.nat(0xff),
    k: fc.nat(0xffffffff),
  });
  fc.assert(
    fc.property(fc.array(instruction, { minLength: 1, maxLength: 50 }), (program) => {
      expect(parseTuples(formatTuples(program))).toEqual(program);
    }),
    { seed: 20261120 },
  );
});

test('any text gives a program or a BpfError', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    ',',
    ' ',
    '\n',
    '0x',
    '6',
    '0',
    '08',
    'ff',
    ';',
    '//',
    '/*',
    '*/',
    '-',
    'é',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map((list) => list.join('')),
  );
  fc.assert(
    fc.property(text, (garbage) => {
      const error = failure(garbage);
      if (error === null) return;
      expect(error).toBeInstanceOf(BpfError);
      expect(error).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
    }),
    { seed: 20261120, numRuns: 3000 },
  );
});

function failure(text: string): Error | null {
  try {
    parseTuples(text);
    return null;
  } catch (error) {
    return error as Error;
  }
}
