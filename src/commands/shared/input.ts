import { readFileSync } from 'node:fs';
import { QuipuError } from '../../contract/error.js';

/** The text of a file, or of stdin when it is named `-`. Throws QuipuError. */
export function readInput(name: string): string {
  try {
    return name === '-' ? readFileSync(0, 'utf8') : readFileSync(name, 'utf8');
  } catch (error) {
    throw new QuipuError('bad-request', `cannot read ${inputName(name)}: ${fileFault(error)}`);
  }
}

/** What to call it in messages. */
export function inputName(name: string): string {
  return name === '-' ? 'stdin' : name;
}

const faults: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOSPC: 'no space is left on the disk',
  EROFS: 'the file system is read-only',
};

/** Why a file could not be used, as half a sentence. */
export function fileFault(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return faults[code] ?? message;
}

/** Option values `@FILE` and `-` stand for the text of a file and of stdin. */
export function fillValues(
  values: Record<string, unknown>,
  read: (name: string) => string,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      if (value === '-') return [key, read('-')];
      if (typeof value === 'string' && value.startsWith('@')) return [key, read(value.slice(1))];
      return [key, value];
    }),
  );
}
