import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { existing, forNew, namesOf, stillInside } from './places.js';
import { Refusal, refusalOf } from './refusal.js';

const top = realpathSync(mkdtempSync(join(tmpdir(), 'quipu-places-')));
const root = join(top, 'root');
mkdirSync(join(root, 'a', 'b'), { recursive: true });
mkdirSync(join(top, 'root-beside'));
writeFileSync(join(top, 'secret'), 'secret');
writeFileSync(join(top, 'root-beside', 'secret'), 'secret');
writeFileSync(join(root, 'a', 'file'), 'file');
symlinkSync('../../secret', join(root, 'a', 'out'));
symlinkSync('../root-beside', join(root, 'beside'));
symlinkSync('..', join(root, 'up'));
symlinkSync('a/file', join(root, 'in'));
symlinkSync('loop', join(root, 'loop'));
afterAll(() => rmSync(top, { recursive: true }));

async function statusOf(work: () => Promise<unknown>): Promise<number> {
  return work().then(
    () => 200,
    (error: unknown) => refusalOf(error).status,
  );
}

test.each([
  ['/a/file', 200],
  ['//a/./file?x#y', 200],
  ['/%61/file', 200],
  ['http://host:1/a/file', 200],
  ['/', 200],
  ['/in', 200],
  ['/../secret', 403],
  ['/a/../../secret', 403],
  ['/%2e%2E/secret', 403],
  ['/a%2f..%2f..%2fsecret', 403],
  ['/a/file%00', 403],
  ['/%ff', 400],
  ['/%', 400],
  ['*', 400],
  ['/a/out', 404],
  ['/beside/secret', 404],
  ['/up/secret', 404],
  ['/up', 404],
  ['/loop', 404],
  ['/none', 404],
  ['/a/file/more', 404],
  [`/${'x'.repeat(300)}`, 414],
])('%s', async (target, status) => {
  expect(await statusOf(() => existing(root, target))).toBe(status);
});

test.each([
  ['/new', 200],
  ['/a/file', 200],
  ['/', 409],
  ['/a/', 409],
  ['/up/new', 404],
  ['/beside/new', 404],
  ['/none/new', 404],
  ['/../new', 403],
  ['/a%2F..%2F..%2Fnew', 403],
])('a new file at %s', async (target, status) => {
  expect(await statusOf(() => forNew(root, target))).toBe(status);
});

test('nothing that can be written leads out of the folder', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '',
      '/',
      '%2e',
      '%2E%2e',
      '%2f',
      '%5c',
      '\\',
      '%00',
      '%c0%af',
      '%252e',
      'a',
      'up',
    ),
    fc.constantFrom('beside', 'out', 'secret', 'b', '%', '?', '#', 'http://x'),
    fc.string({ maxLength: 3 }),
  );
  const target = fc
    .array(fc.oneof(piece, fc.constant('/')), { maxLength: 12 })
    .map((all) => `/${all.join('')}`);
  await fc.assert(
    fc.asyncProperty(target, async (text) => {
      const places = await Promise.all([
        existing(root, text).catch((error: unknown) => refusalOf(error)),
        forNew(root, text).then(
          ({ folder, name }) => (/[/\0]|^\.{0,2}$/.test(name) ? top : folder),
          (error: unknown) => refusalOf(error),
        ),
      ]);
      return places.every((place) =>
        place instanceof Refusal ? place.status < 500 : place === root || place.startsWith(`${root}/`),
      );
    }),
    { seed: 5, numRuns: 500 },
  );
});

test('a folder that was swapped for a link after it was looked at leads nowhere', async () => {
  const place = await existing(root, '/a/file');
  const beside = join(root, 'a-before');
  renameSync(join(root, 'a'), beside);
  writeFileSync(join(top, 'root-beside', 'file'), 'secret');
  symlinkSync('../root-beside', join(root, 'a'));
  const file = await open(place);
  await expect(stillInside(root, file)).rejects.toMatchObject({ status: 404 });
  await file.close();
  rmSync(join(root, 'a'));
  renameSync(beside, join(root, 'a'));
  const same = await open(place);
  expect(realpathSync(await stillInside(root, same))).toBe(place);
  await same.close();
});

test('names are decoded once', () => {
  expect(namesOf('/a%20b/%252e%252e/c?d')).toEqual(['a b', '%2e%2e', 'c']);
});
