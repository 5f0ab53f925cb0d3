import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { QuipuError } from '../../contract/error.js';
import { count, optionsOf, seconds, withChangeOptions } from './options.js';
import { run, toolCommand } from './run.js';

let printed = '';

beforeEach(() => {
  printed = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
});

afterEach(() => {
  vi.restoreAllMocks();
  process.stdout.removeAllListeners('error');
  process.stderr.removeAllListeners('error');
  process.exitCode = undefined;
});

/** Runs a tool with one command; answers its exit code. */
async function runTool(words: readonly string[], action: (options: object) => void = () => {}) {
  const program = toolCommand('tool', 'a tool');
  const command = withChangeOptions(program.command('do <what>')).option('-n <n>', 'number', count);
  command.action(() => action(optionsOf(command)));
  await run(program, words);
  return process.exitCode ?? 0;
}

const fails = (error: Error) => () => {
  throw error;
};

test('a command that succeeds says nothing and ends with 0', async () => {
  expect(await runTool(['do', 'x'])).toBe(0);
  expect(await runTool(['--version'])).toBe(0);
  expect(await runTool(['do', '--help'])).toBe(0);
  expect(printed).toBe('');
});

test('options may stand in front of the command and behind it', async () => {
  const seen: object[] = [];
  await runTool(['--socket', '/s', '--json', 'do', 'x'], (options) => seen.push(options));
  await runTool(['do', 'x', '--confirm', '2.5', '--dry-run', '--socket=/s'], (options) => seen.push(options));
  expect(seen).toEqual([
    { socket: '/s', json: true },
    { socket: '/s', confirm: 2.5, dryRun: true },
  ]);
});

test('what fails ends with 1, on one line for each fault', async () => {
  expect(await runTool(['do', 'x'], fails(new QuipuError('in-use', 'a: is used\nb: too')))).toBe(1);
  expect(printed).toBe('tool: a: is used\ntool: b: too\n');
});

test('what would act on a terminal is taken out of messages', async () => {
  await runTool(['do', 'x'], fails(new QuipuError('no-device', 'no \u001b[2Jeth0')));
  expect(printed).toBe('tool: no \uFFFD[2Jeth0\n');
});

test('a fault of ours is told as such', async () => {
  expect(await runTool(['do', 'x'], fails(new TypeError('oops')))).toBe(1);
  expect(printed).toMatch(/^tool: internal error: TypeError: oops\n/);
});

test.each([
  [['do'], "missing required argument 'what'"],
  [['do', 'x', '--bad'], "unknown option '--bad'"],
  [['dp', 'x'], "unknown command 'dp' (Did you mean do?)"],
  [['do', 'x', '-n', '0'], "option '-n <n>' argument '0' is invalid. Use a whole number"],
  [['do', 'x', '--confirm', '0'], 'Use seconds'],
  [[], 'a command is missing'],
])('wrong usage ends with 2: %j', async (words, message) => {
  expect(await runTool(words)).toBe(2);
  expect(printed.split('\n').at(-2)).toMatch(/^tool: /);
  expect(printed).toContain(message);
});

test('a request that cannot be meant is wrong usage too', async () => {
  expect(await runTool(['do', 'x'], fails(new QuipuError('bad-request', 'no')))).toBe(2);
});

test('with --json errors are JSON, but not when it is an operand', async () => {
  const failing = fails(new QuipuError('in-use', 'a is used'));
  await runTool(['do', 'x', '--json'], failing);
  expect(JSON.parse(printed)).toEqual({ error: { code: 'in-use', message: 'a is used' } });
  printed = '';
  await runTool(['do', '--', '--json'], failing);
  expect(printed).toBe('tool: a is used\n');
});

describe('output that cannot be written ends it', () => {
  const broken = (code: string) => Object.assign(new Error(`${code}: …, write`), { code });
  let exits: unknown[];
  beforeEach(() => {
    exits = [];
    vi.spyOn(process, 'exit').mockImplementation((code) => {
      exits.push(code);
      throw new Error('ended');
    });
  });

  test('quietly when nobody reads it any more', async () => {
    await runTool(['do', 'x']);
    expect(() => process.stdout.emit('error', broken('EPIPE'))).toThrow('ended');
    expect([exits, printed]).toEqual([[0], '']);
  });

  test.each([
    [[], 'tool: cannot write the output: no space is left on the disk\n'],
    [
      ['--json'],
      '{"error":{"code":"internal","message":"cannot write the output: no space is left on the disk"}}\n',
    ],
  ])('with the reason where there is no room: %j', async (words, message) => {
    await runTool(['do', 'x', ...words]);
    expect(() => process.stdout.emit('error', broken('ENOSPC'))).toThrow('ended');
    expect([exits, printed]).toEqual([[1], message]);
  });

  test('but not when only its messages find no room', async () => {
    expect(await runTool(['do', 'x', '--bad'])).toBe(2);
    expect(process.stderr.emit('error', broken('ENOSPC'))).toBe(true);
    expect(exits).toEqual([]);
  });
});

test.each(['', ' ', 'x', '0', '-1', '1e9', 'Infinity'])('%j are no seconds', (text) => {
  expect(() => seconds(text)).toThrow('Use seconds');
});

test.each(['', '0', '-1', '1.5', '1e3', '9999999999'])('%j is no count', (text) => {
  expect(() => count(text)).toThrow('Use a whole number');
});
