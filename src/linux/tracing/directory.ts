import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { errnoText } from '../errno.js';

const { O_WRONLY, O_APPEND, O_RDONLY, O_NONBLOCK } = constants;
/** Enough for what the kernel answers at once: a page or two. */
const PIPE_BYTES = 65_536;

/**
 * The files of tracefs (Documentation/trace/ftrace.rst), by paths inside of it. What the kernel refuses is thrown as
 * Node's error, see `refusalText`.
 */
export interface TraceDirectory {
  exists(path: string): boolean;
  read(path: string): string;
  /** The names in a folder; none when there is no such folder. */
  names(path: string): string[];
  /**
   * Adds a line to a file. Never truncates: that would take away everybody's probes (`kprobe_events`) or filters.
   */
  write(path: string, line: string): void;
  /** Finds out whether a file may be read, without reading it. */
  tryOpen(path: string): void;
  /** Makes a ring buffer with settings of its own, at `instances/NAME`. */
  makeInstance(name: string): void;
  /** Takes it away, with all that is set in it. `EBUSY` while somebody reads its pipe. */
  removeInstance(name: string): void;
  openPipe(path: string): TracePipe;
}

/** Hands over what was traced, each line once. */
export interface TracePipe {
  /** What has come; empty when nothing has. Never waits. */
  read(): string;
  close(): void;
}

/** The tracefs that is mounted at `root`. */
export function traceDirectory(root: string): TraceDirectory {
  const at = (path: string) => join(root, path);
  return {
    exists: (path) => existsSync(at(path)),
    read: (path) => readFileSync(at(path), 'utf8'),
    names: (path) => (existsSync(at(path)) ? readdirSync(at(path)) : []),
    write: (path, line) => withFile(at(path), O_WRONLY | O_APPEND, (fd) => void writeSync(fd, `${line}\n`)),
    tryOpen: (path) => withFile(at(path), O_RDONLY, () => {}),
    makeInstance: (name) => mkdirSync(at(`instances/${name}`)),
    removeInstance: (name) => rmdirSync(at(`instances/${name}`)),
    openPipe: (path) => openPipe(at(path)),
  };
}

function withFile(path: string, flags: number, work: (fd: number) => void): void {
  const fd = openSync(path, flags);
  try {
    work(fd);
  } finally {
    closeSync(fd);
  }
}

function openPipe(path: string): TracePipe {
  const fd = openSync(path, O_RDONLY | O_NONBLOCK);
  const buffer = Buffer.alloc(PIPE_BYTES);
  return {
    read: () => {
      const parts: string[] = [];
      for (;;) {
        const part = readSome(fd, buffer);
        if (part === '') return parts.join('');
        parts.push(part);
      }
    },
    close: () => closeSync(fd),
  };
}

function readSome(fd: number, buffer: Buffer): string {
  try {
    return buffer.toString('utf8', 0, readSync(fd, buffer));
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return '';
    throw error;
  }
}

export function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException)?.code ?? '';
}

/** The kernel's answer for people: `EPERM: not permitted`. Throws again what is no refusal of the kernel's. */
export function refusalText(error: unknown): string {
  const { errno } = error as NodeJS.ErrnoException;
  if (typeof errno !== 'number') throw error;
  return errnoText(Math.abs(errno));
}
