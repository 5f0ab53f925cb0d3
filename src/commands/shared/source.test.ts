import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linesOfMarkers } from './preprocess.js';
import { faultIn, faultsIn, readSource, textSource } from './source.js';

describe('a fault', () => {
  const shown = (text: string, line: number, column: number, length?: number) =>
    faultIn(textSource('a.bpf', text), {
      message: 'wrong',
      line,
      column,
      ...(length === undefined ? {} : { length }),
    }).message;

  test('is shown with its line and a mark below it', () => {
    expect(shown('ldh [12]\nfoo #1, bar\nret a\n', 2, 5, 2)).toBe('a.bpf:2:5: wrong\nfoo #1, bar\n    ^~');
    expect(shown('ldh [12]', 1, 1)).toBe('a.bpf:1:1: wrong\nldh [12]\n^');
  });

  test('is a usage error', () => {
    expect(faultIn(textSource('a', ''), { message: 'm', line: 1, column: 1 }).code).toBe('bad-request');
  });

  test('stands right behind tabs and characters of two units', () => {
    expect(shown('\tld\t#x', 1, 5, 2)).toBe('a.bpf:1:5: wrong\n\tld\t#x\n\t  \t^~');
    expect(shown('😀 x', 1, 4)).toBe('a.bpf:1:4: wrong\n😀 x\n  ^');
  });

  test('at the end of the text, or reaching beyond its line, stays in its line', () => {
    expect(shown('ret', 1, 4)).toBe('a.bpf:1:4: wrong\nret\n   ^');
    expect(shown('ret a\r\nld', 1, 5, 99)).toBe('a.bpf:1:5: wrong\nret a\n    ^');
    expect(shown('ret\n', 2, 1)).toBe('a.bpf:2:1: wrong\n\n^');
    expect(shown('ret\n', 7, 3)).toBe('a.bpf:7:3: wrong\n\n^');
  });

  test('in a long line is shown with what is around it', () => {
    const text = `${'a'.repeat(500)}!${'b'.repeat(500)}`;
    expect(shown(text, 1, 501)).toBe(
      `a.bpf:1:501: wrong\n…${'a'.repeat(60)}!${'b'.repeat(59)}…\n${' '.repeat(61)}^`,
    );
    expect(shown(text, 1, 2, 900)).toBe(`a.bpf:1:2: wrong\n${'a'.repeat(120)}…\n ^${'~'.repeat(118)}`);
  });

  test('shows no control characters to the terminal', () => {
    expect(shown('\u001b[31m\u0000x', 1, 7)).toBe('a.bpf:1:7: wrong\n\uFFFD[31m\uFFFDx\n      ^');
  });

  test('anywhere gives three lines, the mark not far out', () => {
    const places = fc.record({
      text: fc.string({
        unit: fc.oneof(fc.nat(127), fc.nat(0xffff)).map((code) => String.fromCharCode(code)),
      }),
      line: fc.integer({ min: 1, max: 5 }),
      column: fc.integer({ min: 1, max: 300 }),
      length: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(places, ({ text, line, column, length }) => {
        const lines = shown(text, line, column, length).split('\n');
        expect(lines).toHaveLength(3);
        expect(lines[2]).toMatch(/^[ \t]*\^~*$/);
        expect(lines[2].length).toBeLessThanOrEqual(Math.max(1, lines[1].length + 1));
      }),
      { seed: 20261120 },
    );
  });

  test('does not come alone', () => {
    const faults = [
      { message: 'one', line: 1, column: 1 },
      { message: 'two', line: 2, column: 2 },
    ];
    expect(faultsIn(textSource('x', 'ab\ncd'), faults).message).toBe('x:1:1: one\nab\n^\nx:2:2: two\ncd\n ^');
  });
});

test('the markers of cpp tell where lines come from, and are cleared', () => {
  const output =
    '# 0 "<built-in>"\n# 1 "<stdin>"\n\n# 7 "a \\"b\\\\\\303\\244.h" 1 3\nx\ny\n# 3 "<stdin>" 2\nz\n#1 no\n';
  const { text, places } = linesOfMarkers(output, 'stdin');
  expect(text).toBe('\n\n\n\nx\ny\n\nz\n#1 no\n');
  const file = 'a "b\\ä.h';
  expect(places.slice(4, 6)).toEqual([
    { file, line: 7 },
    { file, line: 8 },
  ]);
  expect(places.slice(7)).toEqual([3, 4, 5].map((line) => ({ file: 'stdin', line })));
});

describe('reading', () => {
  let directory: string;
  const put = (name: string, text: string) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const plain = { preprocess: false, defines: [] };

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'quipu-source-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test('a file as it is, without its byte order mark', async () => {
    const path = put('a.bpf', '\uFEFFld #1\n');
    const source = await readSource(path, plain);
    expect([source.name, source.text, source.placeOf(2)]).toEqual([path, 'ld #1\n', { file: path, line: 2 }]);
  });

  test('what cannot be read', async () => {
    await expect(readSource(join(directory, 'none'), plain)).rejects.toThrow(
      /cannot read .*none: there is no such file/,
    );
    await expect(readSource(directory, plain)).rejects.toThrow('it is a folder');
    await expect(readSource('/dev/zero', plain)).rejects.toThrow('/dev/zero is longer than 16 MiB');
  });
});
