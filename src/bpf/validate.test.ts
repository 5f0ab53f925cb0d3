import { expect, test } from 'vitest';
import { Ancillary, type Instruction, type Program, statement } from './opcodes.js';
import { parseTuples } from './tuples.js';
import { assertValid, type ValidityRule, validate } from './validate.js';

const RET = '{ 0x6, 0, 0, 0 }';

// The verdicts are the Linux kernel's: test/net/bpf-kernel.test.ts asks it the same and more.
const REFUSED: ReadonlyArray<readonly [rule: ValidityRule, text: string, index: number, message: RegExp]> = [
  ['code', `{ 0x0e, 0, 0, 0 }, ${RET}`, 0, /code 0xe is no instruction/],
  ['code', `{ 0x106, 0, 0, 0 }, ${RET}`, 0, /code 0x106 is no/],
  ['code', `{ 0xa1, 0, 0, 0 }, ${RET}`, 0, /code 0xa1 is no/],
  ['code', `{ 0x8c, 0, 0, 0 }, ${RET}`, 0, /code 0x8c is no/],
  ['code', `{ 0x0d, 0, 0, 0 }, ${RET}`, 0, /code 0xd is no/],
  ['last-ret', '{ 0x00, 0, 0, 0 }', 0, /no ret/],
  ['jump-range', `${RET}, { 0x05, 0, 0, 0 }`, 1, /jumps over 0 instructions, but only 0 follow/],
  ['jump-range', `{ 0x05, 0, 0, 1 }, ${RET}`, 0, /jumps over 1 instructions, but only 1/],
  ['jump-range', `{ 0x05, 0, 0, 0xffffffff }, ${RET}`, 0, /jumps over 4294967295/],
  ['jump-range', `{ 0x15, 1, 0, 0 }, ${RET}`, 0, /jt 1 or jf 0/],
  ['jump-range', `{ 0x4d, 0, 1, 0 }, ${RET}`, 0, /jt 0 or jf 1/],
  ['division-by-0', `{ 0x34, 0, 0, 0 }, ${RET}`, 0, /divides/],
  ['division-by-0', `{ 0x94, 0, 0, 0 }, ${RET}`, 0, /divides/],
  ['shift-width', `{ 0x64, 0, 0, 32 }, ${RET}`, 0, /shifts by 32/],
  ['shift-width', `{ 0x74, 0, 0, 99 }, ${RET}`, 0, /shifts by 99/],
  ['memory-slot', `{ 0x02, 0, 0, 16 }, ${RET}`, 0, /slot 16/],
  ['memory-slot', `{ 0x03, 0, 0, 16 }, ${RET}`, 0, /slot 16/],
  ['unwritten-slot', `{ 0x60, 0, 0, 3 }, ${RET}`, 0, /loads memory slot 3/],
  ['unwritten-slot', `{ 0x02, 0, 0, 4 }, { 0x61, 0, 0, 3 }, ${RET}`, 1, /loads memory slot 3/],
  [
    'unwritten-slot',
    `{ 0x15, 0, 1, 0 }, { 0x02, 0, 0, 3 }, { 0x60, 0, 0, 3 }, ${RET}`,
    2,
    /loads memory slot 3/,
  ],
  ['ancillary-offset', `{ 0x20, 0, 0, 0xfffff040 }, ${RET}`, 0, /0xfffff040 is no known ancillary/],
  ['ancillary-offset', `{ 0x28, 0, 0, 0xfffff001 }, ${RET}`, 0, /0xfffff001 is no known/],
  ['ancillary-offset', `{ 0x30, 0, 0, 0xffffffff }, ${RET}`, 0, /0xffffffff is no known/],
  // Slot 0 is stored on the only path to the load, but the kernel lets the state before `ret` flow into it.
  [
    'unwritten-slot',
    `{ 0x15, 0, 2, 0 }, { 0x02, 0, 0, 0 }, { 0x05, 0, 0, 1 }, ${RET}, { 0x60, 0, 0, 0 }, ${RET}`,
    4,
    /slot 0/,
  ],
];

test.each(REFUSED)('%s: refuses %s', (rule, text, index, message) => {
  expect(validate(parseTuples(text))).toEqual({ index, rule, message: expect.stringMatching(message) });
});

test.each([
  RET,
  '{ 0x16, 0, 0, 0 }',
  `{ 0x15, 1, 0, 0 }, ${RET}, ${RET}`,
  `{ 0x34, 0, 0, 1 }, { 0x3c, 0, 0, 0 }, { 0x64, 0, 0, 31 }, { 0x6c, 0, 0, 40 }, ${RET}`,
  `{ 0x02, 0, 0, 15 }, { 0x61, 0, 0, 15 }, ${RET}`,
  `{ 0x15, 0, 2, 0 }, { 0x02, 0, 0, 3 }, { 0x05, 0, 0, 1 }, { 0x03, 0, 0, 3 }, { 0x60, 0, 0, 3 }, ${RET}`,
  // No check of indirect and msh offsets, and none below the ancillary range.
  `{ 0x40, 0, 0, 0xfffff001 }, { 0xb1, 0, 0, 0xfffff001 }, { 0x20, 0, 0, 0xffffefff }, ${RET}`,
  // What no path reaches may load anything.
  `{ 0x05, 0, 0, 1 }, { 0x60, 0, 0, 3 }, ${RET}`,
])('accepts %s', (text) => {
  expect(validate(parseTuples(text))).toBeNull();
});

test('accepts every ancillary offset in every size', () => {
  for (const k of Object.values(Ancillary)) {
    for (const code of [0x20, 0x28, 0x30]) {
      expect(validate([statement(code, k), statement(0x16)])).toBeNull();
    }
  }
});

test('bounds the length', () => {
  const ofLength = (n: number): Program => new Array<Instruction>(n).fill(statement(0x06));
  expect(validate([])).toEqual({ index: 0, rule: 'length', message: expect.stringMatching(/empty/) });
  expect(validate(ofLength(4096))).toBeNull();
  expect(validate(ofLength(4097))).toEqual({
    index: 4096,
    rule: 'length',
    message: expect.stringMatching(/4097/),
  });
  expect(() => assertValid(ofLength(4097))).toThrow(RangeError);
});

test.each([
  { code: 0x10006, jt: 0, jf: 0, k: 0 },
  { code: 6, jt: 256, jf: 0, k: 0 },
  { code: 6, jt: 0, jf: -1, k: 0 },
  { code: 6, jt: 0, jf: 0, k: 2 ** 32 },
  { code: 6, jt: 0, jf: 0, k: 0.5 },
  { code: Number.NaN, jt: 0, jf: 0, k: 0 },
])('refuses numbers that no instruction can hold: %o', (instruction) => {
  expect(validate([instruction])).toEqual({
    ...{ index: 0, rule: 'number-range' },
    message: expect.stringMatching(/does not fit/),
  });
});
