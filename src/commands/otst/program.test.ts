import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { otst } from './program.js';

const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');

function helpOf(command: Command): string {
  const parts: string[] = [];
  command.configureOutput({ writeOut: (part) => void parts.push(part) });
  command.outputHelp();
  return parts.join('');
}

test.each(
  otst().commands.map((command) => [command.name(), command] as const),
)('%s is in the README, with an example in its help', (word, command) => {
  expect(readme).toMatch(new RegExp(`\\botst ${word}\\b`));
  expect(helpOf(command)).toMatch(/\nExamples?:\n {2}otst /);
  expect(command.description()).not.toBe('');
});

test('every option of its commands is in the README', () => {
  const options = otst().commands.flatMap((command) => command.options.map(({ long }) => long ?? ''));
  for (const option of new Set(options)) expect(readme).toContain(`\`${option}`);
});

describe('usage that is wrong', () => {
  const parse = (...words: string[]) => {
    const program = otst();
    for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} });
    return program.parseAsync(words, { from: 'user' });
  };
  test.each([
    [[], "missing required argument 'names'"],
    [['--way', 'magic', 'x'], 'Allowed choices are kprobe, ftrace, tracepoint'],
    [['-n', '0', 'x'], 'Use a whole number, at least 1.'],
    [['-n', '1001', 'x'], 'Use a whole number from 1 to 1000.'],
    [['--timeout', 'soon', 'x'], 'Use seconds'],
    [['--kernel', '--block', 'x'], "'--kernel' cannot be used with option '--block'"],
    [['--kernel', '--filter', 'x', 'y'], "'--kernel' cannot be used with option '--filter"],
    [['--block', '--arm', 'x'], "'--block' cannot be used with option '--arm'"],
    [['--kernel', '--arm', '--timeout', '3', 'x'], 'leave --timeout and --number away'],
    [['rm'], 'name the symbols to disarm, or give --all: one of the two'],
    [['rm', '--all', 'x'], 'name the symbols to disarm, or give --all: one of the two'],
    [['list', '--tracefs', '/proc'], '/proc is no tracefs'],
    [['--kernel', '--tracefs', '/proc', 'netif_rx'], '/proc is no tracefs'],
  ])('%j', async (words, message) => {
    await expect(parse(...words)).rejects.toThrow(message);
  });
});

test('otst can be run by its name', () => {
  const main = readFileSync(new URL('./main.ts', import.meta.url), 'utf8');
  expect(main.split('\n')[0]).toBe('#!/usr/bin/env node');
});
