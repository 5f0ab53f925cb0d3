import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ifpps } from './program.js';

const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');

test('every option is in the README', () => {
  const flags = ifpps().options.flatMap(({ short, long }) =>
    [short, long].filter((flag) => flag !== undefined),
  );
  expect(flags.length).toBeGreaterThan(25);
  for (const flag of flags.filter((flag) => flag !== '--version')) expect(readme).toContain(`\`${flag}`);
});

test('the help has examples', () => {
  const parts: string[] = [];
  const program = ifpps().configureOutput({ writeOut: (part) => void parts.push(part) });
  program.outputHelp();
  const help = parts.join('');
  expect(help).toContain('\nExamples:\n  ifpps ');
  expect(help).toContain('ifpps -lpcd wlan0 > plot.dat');
  expect(help).not.toContain('help [command]');
});

test.each([['9'], ['1.5'], ['x'], ['1e3'], ['86400001']])('%s is no interval', (text) => {
  const program = ifpps().action(() => {});
  expect(() => program.parse(['-t', text], { from: 'user' })).toThrow('whole number from 10');
});

test('the peer’s short options, run together', () => {
  const program = ifpps().action(() => {});
  program.parse(['-lpcmWPd', 'wlan0', '-t', '500', '-n', '3'], { from: 'user' });
  expect(program.opts()).toMatchObject({
    loop: true,
    promisc: true,
    csv: true,
    median: true,
    warn: false,
    percentage: true,
    dev: 'wlan0',
    interval: 500,
    numCpus: 3,
  });
});
