import { QuipuError } from '../../../contract/error.js';
import { faultIn, readSource } from '../../shared/source.js';
import { execute } from './execute.js';
import { LineJoiner } from './joiner.js';
import { parseCommand } from './parse.js';
import type { Shell } from './shell.js';
import { LineFault } from './words.js';

/** Where a command was written; null when somebody types it. */
export interface Place {
  readonly file: string;
  /** Of the command's first line, from 1. */
  readonly line: number;
}

/** Files that load files may be nested so deep. */
const MAX_DEPTH = 8;

/** Runs one command; answers false when it was `exit`. Throws QuipuError, with the place in front. */
export async function runText(shell: Shell, text: string, place: Place | null, depth = 0): Promise<boolean> {
  try {
    const command = parseCommand(text);
    if (command === null) return true;
    if (command.do === 'exit') return false;
    if (command.do !== 'load') await execute(shell, command);
    else if (depth < MAX_DEPTH) await load(shell, command.path, depth + 1);
    else throw new QuipuError('limit', `${command.path}: files load each other more than ${MAX_DEPTH} deep`);
    return true;
  } catch (error) {
    throw located(error, text, place);
  }
}

async function load(shell: Shell, path: string, depth: number): Promise<void> {
  if (path === '-')
    throw new QuipuError('bad-request', 'load: commands come from stdin already; name a file');
  const { text } = await readSource(path, { preprocess: false, defines: [] });
  await runScript(shell, text.split('\n'), path, depth);
}

/**
 * Runs the commands of a text line by line as they come, up to `exit`. Throws the QuipuError of the first that fails, with
 * `file:line:` in front; none behind it is run.
 */
export async function runScript(
  shell: Shell,
  lines: Iterable<string> | AsyncIterable<string>,
  file: string,
  depth = 0,
): Promise<void> {
  const joiner = new LineJoiner();
  let number = 0;
  let first = 1;
  for await (const line of lines) {
    number++;
    if (!joiner.isWaiting) first = number;
    const text = joiner.add(line);
    if (text !== null && !(await runText(shell, text, { file, line: first }, depth))) return;
  }
  if (joiner.isWaiting) {
    throw new QuipuError(
      'bad-request',
      `${file}:${first}: the packet has no end: ${joiner.wanted} is missing`,
    );
  }
}

function located(error: unknown, text: string, place: Place | null): unknown {
  if (error instanceof LineFault) {
    if (place === null) return new QuipuError('bad-request', error.message);
    const before = text.slice(0, error.at);
    const line = before.split('\n').length;
    const column = error.at - (before.lastIndexOf('\n') + 1) + 1;
    const placeOf = (at: number) => ({ file: place.file, line: place.line + at - 1 });
    const source = { name: place.file, text, placeOf };
    return faultIn(source, { message: error.message, line, column, length: error.length });
  }
  if (!(error instanceof QuipuError) || place === null) return error;
  return new QuipuError(error.code, `${place.file}:${place.line}: ${error.message}`);
}
