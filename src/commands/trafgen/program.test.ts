import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { example } from './example.js';
import { subcommands, trafgen } from './program.js';

const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
const program = await trafgen(['--help']);

test('every subcommand and every option is in the README', () => {
  expect(Object.keys(subcommands)).toEqual(program.commands.map((command) => command.name()));
  for (const command of program.commands) {
    expect(readme).toContain(`trafgen ${command.name()}`);
    expect(command.description()).not.toBe('');
  }
  const common = ['--version', '--socket'];
  const names = program.options.flatMap(({ long, short }) => [long, short ?? null]);
  const missing = names.filter(
    (name) => name !== null && name !== undefined && !common.includes(name) && !readme.includes(name),
  );
  expect(missing).toEqual([]);
});

test('only what is named is loaded', async () => {
  expect((await trafgen(['-o', 'eth0', '{1}'])).commands.map((command) => command.name())).toEqual([]);
  expect((await trafgen(['shell', '-c', 'list'])).commands.map((command) => command.name())).toEqual([
    'shell',
  ]);
});

test('it can be run by its name', () => {
  const main = readFileSync(new URL('./main.ts', import.meta.url), 'utf8');
  expect(main.split('\n')[0]).toBe('#!/usr/bin/env node');
});

test('the example is good packets', async () => {
  const { readTraffic } = await import('../../traffic/read-traffic.js');
  const { packets, warnings } = readTraffic(example, { random: () => 7 });
  expect(packets.map(({ bytes, changes }) => [bytes.length, changes])).toEqual([
    [60, true],
    [60, true],
  ]);
  expect(warnings).toEqual([]);
});
