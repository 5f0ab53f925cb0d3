// The tutorial of docs/a-block-of-your-own.md, followed to the letter in a copy of the source tree.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const example = join(root, 'examples/a-block/sampler');
const copy = mkdtempSync(join(tmpdir(), 'quipu-a-block-'));
const read = (path: string) => readFileSync(path, 'utf8');

beforeAll(() => {
  for (const name of ['src', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  cpSync(example, join(copy, 'src/blocks/sampler'), { recursive: true });
  const catalogue = join(copy, 'src/blocks/catalogue.ts');
  writeFileSync(
    catalogue,
    read(catalogue)
      .replace('import { Tee }', "import { Sampler } from './sampler/sampler.js';\nimport { Tee }")
      .replace('  Tee,\n', '  Sampler,\n  Tee,\n'),
  );
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

it('is under 60 lines, with its test and README', () => {
  const lines = readdirSync(example).flatMap((name) => read(join(example, name)).trimEnd().split('\n'));
  expect(lines.length).toBeLessThan(60);
});

it('stands in the tutorial as it is', () => {
  const page = read(join(root, 'docs/a-block-of-your-own.md'));
  for (const name of readdirSync(example)) expect(page).toContain(read(join(example, name)));
});

it('type-checks, passes its test and the tests that every block passes', () => {
  const run = (...words: string[]) =>
    execFileSync(process.execPath, words, { cwd: copy, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  run(join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const passed = (...what: string[]) => {
    const out = run(vitest, 'run', '--project=unit', '--reporter=json', ...what);
    const report = JSON.parse(out.slice(out.indexOf('{'))) as {
      numPassedTests: number;
      numFailedTests: number;
    };
    expect(report.numFailedTests).toBe(0);
    return report.numPassedTests;
  };
  expect(passed('src/blocks/sampler')).toBeGreaterThan(0);
  expect(
    passed('src/blocks/conformance.test.ts', 'src/blocks/readme.test.ts', '-t', 'sampler'),
  ).toBeGreaterThan(5);
}, 60_000);
