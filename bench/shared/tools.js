// Programs beside which Quipu is measured: built or found, or not there.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @type {string | undefined} */
let folder;

/**
 * Builds bench/fixtures/NAME.c; undefined where there is no C compiler.
 * @param {string} name
 * @param {readonly string[]} [libraries] such as `-lpcap`
 */
export function built(name, libraries = []) {
  if (spawnSync('cc', ['--version']).error) return undefined;
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'quipu-bench-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  const file = join(folder, name);
  const source = join(import.meta.dirname, `../fixtures/${name}.c`);
  execFileSync('cc', ['-O2', '-Wall', '-o', file, source, ...libraries]);
  return file;
}

/** Version line of an installed program, undefined when it is not there. @param {string} name */
export function versionOf(name) {
  const path = `${process.env.PATH}:/usr/sbin:/sbin`;
  const asked = spawnSync(name, ['--version'], { encoding: 'utf8', env: { ...process.env, PATH: path } });
  return asked.error ? undefined : asked.stdout.split('\n')[0];
}
