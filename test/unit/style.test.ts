import { describe, expect, test } from 'vitest';
import { readSources } from './source-files.js';
import { checkLengths, checkStyle, lineLimit } from './style-rules.js';

test('no file under src/ is longer than the limit, but those on the list', () => {
  const sources = readSources('src');
  expect(sources.size).toBeGreaterThan(5);
  expect(checkLengths(sources)).toEqual([]);
});

test('no `any`, no switched-off check and no test that does not run', () => {
  expect(checkStyle(readSources('src', 'test', 'bench', 'examples', 'scripts'))).toEqual([]);
});

describe('checkLengths', () => {
  const atLimit = 'x\n'.repeat(lineLimit);
  const longer = `${atLimit}x`;

  test('counts lines, with and without a newline at the end', () => {
    expect(checkLengths(new Map([['src/a.ts', atLimit]]), {})).toEqual([]);
    expect(checkLengths(new Map([['src/a.ts', longer]]), {})).toEqual([expect.stringContaining('401 lines')]);
  });

  test('knows the list, and wants it short', () => {
    const allowed = { 'src/a.ts': 'one state machine' };
    expect(checkLengths(new Map([['src/a.ts', longer]]), allowed)).toEqual([]);
    expect(checkLengths(new Map([['src/a.ts', atLimit]]), allowed)).toHaveLength(1);
    expect(checkLengths(new Map(), allowed)).toHaveLength(1);
  });
});

describe('checkStyle', () => {
  const check = (text: string) => checkStyle(new Map([['src/a.ts', text]]));
  // Put together, so that this file does not offend.
  const comment = (text: string) => `/${'/'} ${text}`;

  test.each([
    'const x: any = 1;',
    'f(x as any);',
    'const x: Map<string, any[]> = y;',
    comment('@ts-ignore'),
    comment('@ts-expect-error: because'),
    comment('biome-ignore lint/x: because'),
    `/${'*'}* @ts-nocheck */`,
    "it.skip('a', f);",
    "describe.only('a', f);",
    "test.todo('a');",
    "test.concurrent.skip('a', f);",
    "describe.each([1]).only('a', f);",
    "it.skipIf(noRoot)('a', f);",
    "it['skip']('a', f);",
    "test('a', { skip: true }, f);",
    "test('a', (ctx) => ctx.skip());",
  ])('refuses %s', (text) => {
    expect(check(`\n${text}`)).toEqual([expect.stringMatching(/^src\/a\.ts:2: /)]);
  });

  test.each([
    'const any = 1; f(any);',
    'const company: string = "as any";',
    "iterator.skip(1); list.only('a');",
    "test('skips what it should', f);",
    comment('see @ts-ignore in the handbook').replace('see', 'see:'),
  ])('allows %s', (text) => {
    expect(check(text)).toEqual([]);
  });
});
