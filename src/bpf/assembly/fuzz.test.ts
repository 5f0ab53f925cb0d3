import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALL_FORMS, bpfSource } from '../../testing/bpf-source.js';
import { tape } from '../../testing/random-program.js';
import { assemble } from './assemble.js';
import type { AssemblyFault } from './scanner.js';

const tapes = fc.array(fc.nat(0xffffffff), { minLength: 20, maxLength: 150, size: 'max' });

describe('whatever the text, there is a program or there are faults inside it', () => {
  const check = (text: string) => {
    const result = assemble(text);
    if (!('faults' in result)) {
      expect(result.program.length).toBeGreaterThan(0);
      expect(result.places).toHaveLength(result.program.length);
      return;
    }
    expect(result.faults.length).toBeGreaterThan(0);
    expect(result.faults.length).toBeLessThanOrEqual(20);
    const lines = text.split('\n');
    const isInside = ({ line, column, length, message }: AssemblyFault) =>
      message !== '' &&
      line >= 1 &&
      line <= lines.length &&
      column >= 1 &&
      column <= lines[line - 1].length + 1 &&
      length >= 1;
    expect(result.faults.filter((fault) => !isInside(fault))).toEqual([]);
  };

  test('random text', () => {
    const unit = fc.oneof(fc.nat(127), fc.nat(0xffff)).map((code) => String.fromCharCode(code));
    fc.assert(fc.property(fc.string({ unit, maxLength: 200 }), check), { seed: 20261120, numRuns: 500 });
  });

  test('words of the language in any order', () => {
    const words = [...new Set(ALL_FORMS.flatMap((form) => form.split(/([ ,#[\]&()*+%])/)))];
    const signs = [
      '\n',
      '\n',
      ':',
      '{',
      '}',
      ';',
      '//',
      '/*',
      '*/',
      '#',
      '-',
      '0x',
      '0b1',
      '9',
      'L',
      'é',
      '"',
    ];
    const word = fc.constantFrom(...words, ...signs);
    fc.assert(
      fc.property(fc.array(word, { maxLength: 80 }), (list) => check(list.join(' '))),
      { seed: 20261120, numRuns: 1000 },
    );
  });

  test('programs with some characters changed', () => {
    const edits = fc.array(fc.tuple(fc.nat(2000), fc.nat(8), fc.string({ maxLength: 3 })), { maxLength: 4 });
    fc.assert(
      fc.property(tapes, edits, (numbers, changes) => {
        let { text } = bpfSource(tape(numbers), { length: 15, without: new Set() });
        for (const [at, length, insert] of changes) {
          const place = at % text.length;
          text = text.slice(0, place) + insert + text.slice(place + length);
        }
        check(text);
      }),
      { seed: 20261120, numRuns: 300 },
    );
  });

  test('long texts, in time that grows with their length', () => {
    for (const piece of ['L: ', '/*', '# ', '9', 'a', '{', '\n#', '(', '; ', 'ja b\n', '\t'])
      check(piece.repeat(30_000));
  });
});
