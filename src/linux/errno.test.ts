import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { Errno, errnoText } from './errno.js';

test('every number agrees with the system and its text begins with its name', () => {
  const known: Record<string, number> = { ...constants.errno, EBADFD: 77 };
  for (const [name, number] of Object.entries(Errno)) {
    if (known[name] !== undefined) expect([name, known[name]]).toEqual([name, number]);
    expect(errnoText(number)).toMatch(new RegExp(`^${name}: [a-z]`));
  }
  expect(errnoText(19)).toBe('ENODEV: no such device');
  expect(errnoText(4711)).toBe('errno 4711');
});
