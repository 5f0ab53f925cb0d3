import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { QuipuError } from '../../../contract/error.js';
import { fileFault } from '../../shared/input.js';
import { type NewFile, newFile } from '../../shared/new-file.js';

/** A file that appears under its name once it is whole. */
export interface WholeFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Gives it its name. Throws QuipuError. */
  finish(): void;
  /** Takes away what there is, unless it is finished. */
  giveUp(): void;
}

/** Begins a file. What is no ordinary file (/dev/null, a pipe) is written as it is. Throws QuipuError. */
export function wholeFile(path: string): WholeFile {
  if (isSpecial(path)) {
    const file = newFile(path);
    return { write: (bytes) => file.write(bytes), finish: () => file.close(), giveUp() {} };
  }
  const part = join(dirname(path), `.${basename(path).slice(0, 60)}.${randomBytes(6).toString('hex')}.part`);
  const file: NewFile = begin(part, path);
  let isDone = false;
  return {
    write: (bytes) => file.write(bytes),
    finish() {
      file.close();
      isDone = true;
      try {
        renameSync(part, path);
      } catch (error) {
        rmSync(part, { force: true });
        throw new QuipuError('bad-request', `cannot write ${path}: ${fileFault(error)}`);
      }
    },
    giveUp() {
      if (isDone) return;
      file.close();
      rmSync(part, { force: true });
    },
  };
}

function begin(part: string, path: string): NewFile {
  try {
    return newFile(part);
  } catch (error) {
    if (!(error instanceof QuipuError)) throw error;
    throw new QuipuError(error.code, error.message.replace(part, path));
  }
}

function isSpecial(path: string): boolean {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts?.isDirectory()) throw new QuipuError('bad-request', `cannot write ${path}: it is a folder`);
  return facts !== undefined && !facts.isFile();
}
