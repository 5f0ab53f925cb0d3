import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { fbctl } from './fbctl/program.js';
import { quipu, subcommands } from './quipu/program.js';
import { vlink } from './vlink/program.js';

const readme = (tool: string) => readFileSync(new URL(`./${tool}/README.md`, import.meta.url), 'utf8');

/** What `--help` prints. */
function helpOf(command: Command): string {
  const parts: string[] = [];
  command.configureOutput({ writeOut: (part) => void parts.push(part) });
  command.outputHelp();
  return parts.join('');
}

const tools = [
  { name: 'fbctl', prefix: 'fbctl', commands: fbctl().commands },
  { name: 'vlink', prefix: 'vlink ethernet', commands: vlink().commands[0].commands },
  { name: 'quipu', prefix: 'quipu', commands: (await quipu([])).commands },
];

describe.each(tools)('$prefix', ({ name, prefix, commands }) => {
  test('has commands', () => {
    expect(commands.length).toBeGreaterThan(4);
  });

  test.each(
    commands.map((command) => [command.name(), command] as const),
  )('%s is in the README, with an example in its help', (word, command) => {
    expect(readme(name)).toMatch(new RegExp(`\\b${prefix} ${word}\\b`));
    const help = helpOf(command);
    // The demo is its own example, and talks to no daemon.
    if (word !== 'demo') {
      expect(help).toMatch(/\nExamples?:\n/);
      expect(help).toContain('--socket');
    }
    expect(help).toContain(`${prefix} ${word}`);
    expect(command.description()).not.toBe('');
  });
});

test('quipu loads the subcommand that is named, and all of them for its help', async () => {
  expect((await quipu(['--json', 'down'])).commands.map((command) => command.name())).toEqual(['down']);
  expect((await quipu(['--help'])).commands.map((command) => command.name())).toEqual(
    Object.keys(subcommands),
  );
});

test.each(['fbctl', 'vlink', 'quipu'])('%s can be run by its name', (tool) => {
  const main = readFileSync(new URL(`./${tool}/main.ts`, import.meta.url), 'utf8');
  expect(main.split('\n')[0]).toBe('#!/usr/bin/env node');
});
