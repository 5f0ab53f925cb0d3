import { spawn } from 'node:child_process';
import { QuipuError } from '../../contract/error.js';
import { inputName } from './input.js';

/** Where a line was written; `line` counts from 1. */
export interface Line {
  readonly file: string;
  readonly line: number;
}

/** Where netsniff-ng has the files that its users' programs include. */
const INCLUDES = '/etc/netsniff-ng';
/** An include of a device, or macros that double, would go on for ever: 1 GiB of memory and 20 s of CPU are enough. */
const LIMITED = 'ulimit -v 1048576 && ulimit -t 20 && exec cpp "$@"';
const NOT_FOUND = 127;
/** In bytes, of what cpp writes. */
const MAX_OUTPUT = 64 * 1024 * 1024;

interface Input {
  /** `-` is `text`; any other file cpp reads itself, so that what it includes is looked for beside it. */
  readonly path: string;
  readonly text: string;
  readonly defines: readonly string[];
  readonly warn?: ((text: string) => void) | undefined;
}

/** What the C preprocessor makes of a file, with its line markers. Makes no files. Throws QuipuError. */
export async function preprocessed({ path, text, defines, warn }: Input): Promise<string> {
  const name = inputName(path);
  // cpp would take a file whose name begins with a dash for an option.
  const file = path.startsWith('-') && path !== '-' ? `./${path}` : path;
  const words = [...defines.flatMap((define) => ['-D', define]), '-I', INCLUDES, file];
  const { status, stdout, stderr } = await runCpp(words, path === '-' ? text : '', name);
  if (status === NOT_FOUND) {
    throw new QuipuError(
      'bad-request',
      `cannot preprocess ${name}: cpp is not installed (Debian: apt install cpp); or leave -p and -D away`,
    );
  }
  if (status !== 0) {
    const said = stderr.trim() || 'it took too long';
    throw new QuipuError('bad-request', `cpp failed on ${name}, mend what it says:\n${said}`);
  }
  if (stderr !== '') warn?.(stderr);
  return stdout;
}

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runCpp(words: readonly string[], input: string, name: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const refuse = (message: string) => reject(new QuipuError('bad-request', message));
    const child = spawn('/bin/sh', ['-c', LIMITED, 'sh', ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    let size = 0;
    const take = (list: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_OUTPUT) list.push(chunk);
      else child.kill('SIGKILL');
    };
    child.stdout.on('data', take(out));
    child.stderr.on('data', take(errors));
    // It may end before it has read everything; what it says tells why.
    child.stdin.on('error', () => {});
    child.on('error', (error) => refuse(`cannot run cpp for ${name}: ${error.message}`));
    child.on('close', (status) => {
      if (size > MAX_OUTPUT) return refuse(`${name} grows beyond 64 MiB in cpp: look at what it includes`);
      const text = (list: Buffer[]) => Buffer.concat(list).toString('utf8');
      resolve({ status, stdout: text(out), stderr: text(errors) });
    });
    child.stdin.end(input);
  });
}

const MARKER = /^# (\d+) "((?:[^"\\]|\\.)*)"(?: \d)*\s*$/;

/**
 * The places of the lines of cpp's output. Its markers (`# 12 "file"`) say where the line that follows was written;
 * they are cleared in the text, whose lines keep their numbers. `name` is told instead of cpp's `<stdin>`.
 */
export function linesOfMarkers(output: string, name: string): { text: string; places: readonly Line[] } {
  const places: Line[] = [];
  let next: Line = { file: name, line: 1 };
  const lines = output.split('\n').map((line) => {
    places.push(next);
    const marker = MARKER.exec(line);
    if (marker === null) {
      next = { file: next.file, line: next.line + 1 };
      return line;
    }
    const file = unescaped(marker[2]);
    next = { file: file === '<stdin>' ? name : file, line: Number(marker[1]) };
    return '';
  });
  return { text: lines.join('\n'), places };
}

/** cpp writes quotes and backslashes behind a backslash, and other bytes as three octal digits. */
function unescaped(file: string): string {
  const bytes = file.replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : code,
  );
  // What is not octal is UTF-8 already; only names of single bytes need to be read again.
  return /[^\0-\xff]/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}
