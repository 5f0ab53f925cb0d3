import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { QuipuError } from '../../../contract/error.js';
import { fileFault } from '../../shared/input.js';
import { HEADER } from './configuration.js';

/**
 * Writes a configuration, whole or not at all, for its owner only. Only an older one is written over: a slip of the pen
 * costs no other file. Throws QuipuError.
 */
export function save(path: string, text: string): void {
  try {
    const old = statSync(path, { throwIfNoEntry: false });
    const target = old ? realpathSync(path) : path;
    if (old && !(old.isFile() && isConfiguration(target, old.size))) {
      throw new QuipuError(
        'name-taken',
        `${path} is no configuration of this shell, and left alone: choose another name`,
      );
    }
    replace(target, text);
  } catch (error) {
    if (error instanceof QuipuError) throw error;
    throw new QuipuError('bad-request', `cannot write ${path}: ${fileFault(error)}`);
  }
}

function replace(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.new`;
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function isConfiguration(path: string, size: number): boolean {
  return size === 0 || readFileSync(path, 'utf8').startsWith(`${HEADER}\n`);
}
