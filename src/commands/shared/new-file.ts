import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { QuipuError } from '../../contract/error.js';
import { fileFault } from './input.js';

/** A file that is being written. */
export interface NewFile {
  /** Throws QuipuError when the file cannot take more. */
  write(bytes: Uint8Array): Promise<void>;
  close(): void;
}

/**
 * Makes a file anew. When the disk is full, what did not fit whole is taken back, so that the file ends where a `write` did.
 * Throws QuipuError.
 */
export function newFile(path: string): NewFile {
  let fd: number;
  try {
    fd = openSync(path, 'w');
  } catch (error) {
    throw new QuipuError('bad-request', `cannot write ${path}: ${fileFault(error)}`);
  }
  let length = 0;
  return {
    async write(bytes) {
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
        length += bytes.length;
      } catch (error) {
        cutBack(fd, length);
        throw new QuipuError('limit', `cannot write ${path}: ${fileFault(error)}`);
      }
    },
    close: () => closeSync(fd),
  };
}

function cutBack(fd: number, length: number): void {
  try {
    ftruncateSync(fd, length);
  } catch {
    // a pipe or a device: what is written is written
  }
}
