import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { refusalText, traceDirectory } from './directory.js';
import { chosenWord, openTracefs } from './tracefs.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quipu-tracefs-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('writing adds a line, and never truncates or makes a file', () => {
  const directory = traceDirectory(root);
  writeFileSync(join(root, 'kprobe_events'), 'p:others/event other\n');
  directory.write('kprobe_events', 'p:quipu_otst/x y');
  expect(readFileSync(join(root, 'kprobe_events'), 'utf8')).toBe('p:others/event other\np:quipu_otst/x y\n');
  expect(() => directory.write('missing', 'x')).toThrow('ENOENT');
  expect(directory.exists('missing')).toBe(false);
});

test('a pipe hands over what has come since', () => {
  writeFileSync(join(root, 'trace_pipe'), 'one\n');
  const pipe = traceDirectory(root).openPipe('trace_pipe');
  expect(pipe.read()).toBe('one\n');
  expect(pipe.read()).toBe('');
  writeFileSync(join(root, 'trace_pipe'), 'two\n', { flag: 'a' });
  expect(pipe.read()).toBe('two\n');
  pipe.close();
});

test('a refusal is told in words, a mistake of ours is not one', () => {
  expect(refusalText(Object.assign(new Error(), { errno: -16 }))).toBe('EBUSY: in use by another');
  const mistake = new TypeError('x is not a function');
  expect(() => refusalText(mistake)).toThrow(mistake);
});

test('a folder that is no tracefs is refused by name', () => {
  expect(() => openTracefs(root)).toThrow(`${root} is no tracefs: it has no folder "instances"`);
});

test('the lockdown mode is the word in brackets', () => {
  expect(chosenWord('none [integrity] confidentiality\n')).toBe('integrity');
  expect(chosenWord('')).toBe('');
});
