import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './source-files.js';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
type Lock = Readonly<Record<string, Manifest & { readonly version?: string }>>;

/**
 * Optional dependencies without an entry of their own. npm writes such a lock file without a word when the
 * registry lacks one of a package's per-platform packages, and `npm ci` then fails on a clean machine.
 */
function missingEntries(lock: Lock): string[] {
  return Object.entries(lock).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !placesFor(path, name).some((place) => place in lock))
      .map((name) => `${path || 'package.json'}: no entry for ${name}`),
  );
}

/** Where a package at `path` finds `name`: in its own node_modules, then outwards to the root's. */
function placesFor(path: string, name: string): string[] {
  const own = path === '' ? '' : `${path}/`;
  const outwards = [...own.matchAll(/node_modules\//g)].map((match) => own.slice(0, match.index));
  return [own, ...outwards].map((prefix) => `${prefix}node_modules/${name}`);
}

/** Dependencies that are not one exact version. */
function loose({ dependencies, devDependencies, optionalDependencies }: Manifest): string[] {
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version))
    .map(([name, version]) => `${name}@${version}`);
}

const manifest: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const lock: Lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;

test('every optional dependency in the lock file has an entry of its own', () => {
  const declared = Object.values(lock).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  expect(declared).toContain('@biomejs/cli-linux-x64');
  expect(missingEntries(lock)).toEqual([]);
});

test('every dependency is pinned exactly, and the lock file has that version', () => {
  expect(loose(manifest)).toEqual([]);
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    expect(lock[`node_modules/${name}`]?.version, name).toBe(version);
  }
});

test('a missing entry and a loose version are found', () => {
  const whole: Lock = {
    'node_modules/a': { optionalDependencies: { b: '1.0.0', '@s/c': '1.0.0' } },
    'node_modules/b': {},
    'node_modules/a/node_modules/@s/c': {},
  };
  expect(missingEntries(whole)).toEqual([]);
  const { 'node_modules/b': _, ...incomplete } = whole;
  expect(missingEntries(incomplete)).toEqual(['node_modules/a: no entry for b']);
  const elsewhere: Lock = { ...incomplete, 'node_modules/x/node_modules/b': {} };
  expect(missingEntries(elsewhere)).toEqual(['node_modules/a: no entry for b']);
  expect(loose({ dependencies: { a: '^1.0.0', b: '1.0.0', c: '1.x', d: '2.0.0-rc.1', e: '*' } })).toEqual([
    'a@^1.0.0',
    'c@1.x',
    'e@*',
  ]);
});
