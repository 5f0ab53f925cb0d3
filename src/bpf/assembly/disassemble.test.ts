import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bpfSource } from '../../testing/bpf-source.js';
import { brokenProgram, tape, validProgram } from '../../testing/random-program.js';
import type { Program } from '../opcodes.js';
import { formatTuples, parseTuples } from '../tuples.js';
import { validate } from '../validate.js';
import { assemble } from './assemble.js';
import { disassemble, instructionText, listing } from './disassemble.js';

/** Throws with the first fault. */
function assembled(text: string): Program {
  const result = assemble(text);
  if ('faults' in result) throw new Error(JSON.stringify(result.faults[0]));
  return result.program;
}

describe('the disassembler', () => {
  test('writes labels where jumps lead', () => {
    const text = disassemble(assembled('ldh [12]\njeq #0x806, yes, no\nyes: ret #-1\nno: ret #0'));
    expect(text).toBe(
      '        ldh [12]\n        jeq #0x806, L2, L3\nL2:     ret #0xffffffff\nL3:     ret #0x0\n',
    );
  });

  test('writes as a tuple what the language cannot say', () => {
    const program = parseTuples('{ 0x7, 0, 0, 5 } { 0x15, 9, 0, 1 } { 0xf0, 1, 2, 3 } { 0x5, 0, 0, 1 }');
    expect(disassemble(program)).toBe(
      [
        '        { 0x7, 0, 0, 0x00000005 }, ; tax, with a jump out of the program or fields that have no meaning',
        '        { 0x15, 9, 0, 0x00000001 }, ; jeq, with a jump out of the program or fields that have no meaning',
        '        { 0xf0, 1, 2, 0x00000003 }, ; no instruction of classic BPF',
        '        { 0x5, 0, 0, 0x00000001 }, ; ja, with a jump out of the program or fields that have no meaning\n',
      ].join('\n'),
    );
  });

  test('has words for every instruction', () => {
    for (const text of ['neg', 'tax', 'ldx #len', 'ld rand', 'ldxb 4*([14]&0xf)', 'add #-1', 'and #0xf']) {
      expect(instructionText(assembled(text)[0], 0)).toBe(text);
    }
  });

  test('lists as netsniff-ng does, and shows a code that is none as a tuple', () => {
    expect(listing(parseTuples('{ 0x84, 0, 0, 0 } { 5, 0, 0, 1 } { 0xf0, 0, 0, 0 } { 0x16, 0, 0, 0 }'))).toBe(
      ' L0: neg \n L1: ja 3\n L2: { 0xf0, 0, 0, 0x00000000 }\n L3: ret a\n',
    );
  });
});

const tapes = fc.array(fc.nat(0xffffffff), { minLength: 20, maxLength: 300, size: 'max' });
const shape = { length: 60, reach: 80, ancillary: [0xfffff000, 0xfffff038], returns: 1 };

describe('for random programs', () => {
  test('what is disassembled assembles to the same', () => {
    const same = (program: Program) => expect(assembled(disassemble(program))).toEqual(program);
    fc.assert(
      fc.property(tapes, (numbers) => {
        const next = tape(numbers);
        const program = validProgram(next, shape);
        same(program);
        same(brokenProgram(next, program));
      }),
      { seed: 20261120, numRuns: 300 },
    );
  });

  test('tuples are the language too', () => {
    fc.assert(
      fc.property(tapes, (numbers) => {
        const program = validProgram(tape(numbers), shape);
        expect(assembled(formatTuples(program))).toEqual(program);
      }),
      { seed: 20261120, numRuns: 50 },
    );
  });

  test('a source in any manner of writing is a valid program, the same when it is disassembled', () => {
    fc.assert(
      fc.property(tapes, (numbers) => {
        const { text } = bpfSource(tape(numbers), { length: 30, without: new Set(['ret x']) });
        const program = assembled(text);
        expect(validate(program)).toBeNull();
        expect(assembled(disassemble(program))).toEqual(program);
      }),
      { seed: 20261120, numRuns: 100 },
    );
  });
});
