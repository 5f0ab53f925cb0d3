import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './source-files.js';

const mainCommand = 'npm ci && npm start';
const testCommand = 'npm ci && npm test';

/** The lines inside the fenced code blocks of a Markdown text, without a shell's prompt. */
function codeLines(markdown: string): string[] {
  return [...markdown.matchAll(/^```[^\n]*\n(.*?)^```/gms)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) =>
      line
        .replace(/^\$ /, '')
        .replace(/\s+#.*$/, '')
        .trim(),
    );
}

test('README.md shows the main command and the test command as code', () => {
  const lines = codeLines(readFileSync(join(root, 'README.md'), 'utf8'));
  expect(lines).toContain(mainCommand);
  expect(lines).toContain(testCommand);
});

test('.ci/run installs the tools, then ends with exactly the test command of README.md', () => {
  const lines = readFileSync(join(root, '.ci/run'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines.slice(-2)).toEqual(['scripts/install-test-tools', testCommand]);
});

test.each(['.ci/run', 'scripts/install-test-tools'])('%s can be executed', (path) => {
  expect(() => accessSync(join(root, path), constants.X_OK)).not.toThrow();
});

test('only code blocks count', () => {
  expect(codeLines('npm ci\n```sh\n$ npm a  # why\n```\nnpm b\n```\nnpm c\n```\n')).toEqual([
    'npm a',
    '',
    'npm c',
    '',
  ]);
});
