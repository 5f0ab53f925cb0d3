import { describe, expect, test } from 'vitest';
import { receiveFaults } from '../../testing/receive-source.js';
import { parseReceive } from './source.js';
import { subsetFaults } from './subset.js';

const faults = (body: string) =>
  receiveFaults(
    `class X {\n  receive(frame: Frame, engine: EnginePort): number {\n${body}\n  }\n}`,
    ['KNOWN', 'help'],
    'x.ts',
  );

describe('the check of receive', () => {
  test('takes what every engine can run', () => {
    expect(
      faults(`let n = KNOWN;
        for (let i = 0; i < KNOWN; i++) { if (frame.u8(i) === 3) break; n += help(i) | 0; }
        this.table[n & 7] = frame.length as number;
        frame.view.setUint16(frame.start, Math.imul(n, 3));
        if (!frame.pull(14)) return KNOWN;
        engine.copy(frame, 2);
        if (n > 4) { return this.link.transmit(frame); } else { return frame.direction; }`),
    ).toEqual([]);
  });

  test.each([
    [
      'return OTHER;',
      'x.ts:3: OTHER, which is neither a local nor in uses is not portable; write instead: list it in the class: static uses = { OTHER }',
    ],
    [
      '\n\nreturn this.sum(frame);',
      'x.ts:5: a call of this.sum() is not portable; write instead: a helper function that the class lists in `static uses`',
    ],
    ["throw new Error('x');", 'x.ts:3: throw is not portable; write instead: an answer made by drop(i)'],
    [
      'while (true) {} return 0;',
      'x.ts:3: while is not portable; write instead: for with a constant bound, and break',
    ],
    [
      'for (let i = 0; i < this.n; i++) {} return 0;',
      'x.ts:3: a for without a constant bound is not portable; write instead: a bound from uses, and break when it is enough',
    ],
    [
      'const a = [1]; return 0;',
      'x.ts:3: an array is not portable; write instead: a typed array that the constructor makes',
    ],
    [
      'return this.#hidden;',
      'x.ts:3: a #private field is not portable; write instead: a field without #: generated code cannot reach it',
    ],
    [
      'const KNOWN = 3; return KNOWN;',
      'x.ts:3: a second meaning of KNOWN is not portable; write instead: another name for the local',
    ],
    [
      'if (frame.length > 3) return 0;',
      'x.ts:2: an end without an answer is not portable; write instead: return on every path',
    ],
    ["return frame.u8('3');", 'x.ts:3: a text is not portable; write instead: a number'],
    [
      'return frame.fill(this.bytes) ? 0 : 1;',
      'x.ts:3: a call of .fill() is not portable; write instead: a helper function that the class lists in `static uses`',
    ],
    ['return this.a?.b ?? 0;', 'x.ts:3: ?. is not portable; write instead: a comparison'],
    ['return this.missing ?? 0;', 'x.ts:3: ?? is not portable; write instead: plain arithmetic'],
    ['return -(KNOWN ** 2);', 'x.ts:3: ** is not portable; write instead: plain arithmetic'],
    ['this.n ||= 3; return 0;', 'x.ts:3: ||= is not portable; write instead: plain arithmetic'],
    ['return;', 'x.ts:3: return without an answer is not portable; write instead: a port or an outcome'],
    ['var n = 1; return n;', 'x.ts:3: var is not portable; write instead: let or const'],
    ['KNOWN++; return 0;', 'x.ts:3: a change of KNOWN is not portable; write instead: a field of the block'],
    [
      'frame = engine.create(); return 0;',
      'x.ts:3: a change of frame is not portable; write instead: a local of its own',
    ],
    [
      'frame.hops = 0; return 0;',
      'x.ts:3: a change of hops is not portable; write instead: a field that is a block’s to write',
    ],
    [
      'return frame[KNOWN];',
      'x.ts:3: a computed field of the frame is not portable; write instead: the field by its name',
    ],
    [
      '{ const inner = 1; } return inner;',
      'x.ts:3: inner, which is neither a local nor in uses is not portable; write instead: list it in the class: static uses = { inner }',
    ],
    ['return super.n;', 'x.ts:3: Super is not portable; write instead: what the other blocks do'],
    [
      'const { length } = frame; return length;',
      'x.ts:3: a pattern is not portable; write instead: a local for each value',
    ],
  ])('%s', (body, fault) => {
    expect(faults(body)).toContain(fault);
  });

  test('works the same on the text of a class at run time', () => {
    const { body } = parseReceive('receive(frame, engine) { return [frame]; }');
    const params = [{ name: 'frame' }, { name: 'engine' }];
    expect(subsetFaults({ params, body }, []).map(({ what }) => what)).toEqual(['an array']);
  });
});

test('a source that is no method is refused', () => {
  expect(() => parseReceive('x = 3;')).toThrow(SyntaxError);
  expect(() => parseReceive('receive( {')).toThrow(SyntaxError);
  expect(() => parseReceive('')).toThrow(SyntaxError);
});
