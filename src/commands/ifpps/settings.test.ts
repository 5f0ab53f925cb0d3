import { expect, test } from 'vitest';
import { type Options, settingsOf } from './settings.js';

const options: Options = { interval: 1000, warn: true };
const settings = (change: Partial<Options>, operands: readonly string[] = [], canDraw = true) =>
  settingsOf({ ...options, ...change }, operands, canDraw);

test('a screen where there is a terminal, else blocks of text, for ever', () => {
  expect(settings({})).toMatchObject({ form: 'screen', named: [], samples: Number.POSITIVE_INFINITY });
  expect(settings({}, [], false).form).toBe('blocks');
  expect(settings({ batch: true }).form).toBe('blocks');
  expect(settings({ json: true, batch: true }).form).toBe('json');
});

test('names are those of --dev and the operands, each once', () => {
  expect(settings({ dev: 'eth0' }, ['eth1', 'eth0']).named).toEqual(['eth0', 'eth1']);
});

test('columns once, unless they are to be repeated or counted', () => {
  expect(settings({ csv: true }, ['eth0'])).toMatchObject({ form: 'csv', samples: 1 });
  expect(settings({ csv: true, loop: true }, ['eth0']).samples).toBe(Number.POSITIVE_INFINITY);
  expect(settings({ csv: true, samples: 5 }, ['eth0']).samples).toBe(5);
});

test.each<[string, Partial<Options>, string[]]>([
  ['-l goes with -c', { loop: true }, []],
  ['-o goes with -c', { omitHeader: true }, []],
  ['-c or --json, not both', { csv: true, json: true }, ['eth0']],
  ['name one', { csv: true }, []],
  ['name one', { csv: true }, ['eth0', 'eth1']],
  ['-p needs the interface', { promisc: true }, []],
  ['-p is for interfaces of the kernel', { promisc: true, quipu: true }, ['eth0']],
  ['--socket goes with --quipu', { socket: '/x' }, []],
  ['--samples goes with', { samples: 3 }, []],
])('refuses: %s', (message, change, operands) => {
  expect(() => settings(change, operands)).toThrow(message);
});
