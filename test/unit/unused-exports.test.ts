import { describe, expect, test } from 'vitest';
import { readScripts, readSources } from './source-files.js';
import { unusedExports } from './unused-exports.js';

test('something uses every export under src/', () => {
  const scripts = readScripts('bench', 'examples', 'scripts', 'test');
  const sources = new Map([...readSources('src', 'test', 'examples'), ...scripts]);
  expect(sources.size).toBeGreaterThan(400);
  expect(unusedExports(sources)).toEqual([]);
});

/** What is unused in made-up files. */
function check(files: Record<string, string>): string[] {
  return unusedExports(new Map(Object.entries(files)));
}

describe('an export is used', () => {
  const a = 'export const x = 1;';
  test.each([
    ['src/b.ts', `import { x } from './a.js';`],
    ['src/b.ts', `import { x as y } from './a.js';`],
    ['src/b.ts', `import * as all from './a.js';`],
    ['src/b.ts', `export { x } from './a.js';`],
    ['src/b.ts', `export { x as y } from './a.js'; import './b.js';`],
    ['src/b.ts', `const { x } = await import('./a.js');`],
    ['src/index.ts', `export { x } from './a.js'; export const more = 1;`],
    ['test/net/b.test.ts', `import { x } from '../../src/a.js';`],
    ['bench/b.js', `import { x } from '../dist/a.js';`],
    ['bench/b.js', `/** @param {import('../dist/a.js').x} one */ export function f(one) {}`],
  ])('%s: %s', (path, text) => {
    expect(check({ 'src/a.ts': a, [path]: text })).toEqual([]);
  });

  test('by its own file', () => {
    expect(
      check({ 'src/a.ts': 'export interface X { y: number }\nexport const x: X = { y: 1 }; x;' }),
    ).toEqual([]);
  });
});

describe('an export is not used', () => {
  test.each([
    ['const', 'export const x = 1; const xy = 2;'],
    ['pattern', 'export const [x] = [1];'],
    ['pattern', 'export const { y: x } = { y: 1 };'],
    ['function', 'export function x() {}'],
    ['class', 'export class x {}'],
    ['type', 'export type x = number;'],
    ['interface', 'export interface x {}'],
  ])('%s', (_what, text) => {
    const others = `import { y } from './a.js'; import { x } from './c.js';`;
    expect(check({ 'src/a.ts': text, 'src/b.ts': others })).toEqual(['src/a.ts: nothing uses x']);
  });
});
