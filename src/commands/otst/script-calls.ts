import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One JavaScript call of a stack. */
export interface ScriptCall {
  /** `Dispatch.walk`; empty for the code of a module outside of functions. */
  readonly call: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Whose code it is: Quipu's, Node's own, or a package's. */
  readonly of: 'quipu' | 'node' | 'package';
}

/** Where the source of a place in a built file is; null where nothing is known of it. */
export type SourceOf = (file: string, line: number, column: number) => { file: string; line: number } | null;

const CALL = /^(?:(.*) \()?(.*?):(\d+):(\d+)\)?$/;

/** A call as V8 writes it: `Dispatch.walk (file:///opt/quipu/dist/engine/dispatch.js:180:35)`. */
export function parseScriptCall(text: string, sourceOf: SourceOf = fromSourceMap): ScriptCall {
  const found = CALL.exec(text);
  if (found === null) return { call: text, file: '', line: 0, column: 0, of: 'node' };
  const [, call = '', where, line, column] = found;
  const place = { line: Number(line), column: Number(column) };
  const file = where.startsWith('file:') ? fileURLToPath(where) : where;
  if (!file.startsWith('/')) return { call, file, ...place, of: 'node' };
  if (file.includes('/node_modules/')) return { call, file, ...place, of: 'package' };
  const source = sourceOf(file, place.line, place.column);
  return { call, ...place, ...source, file: ownPath(source?.file ?? file), of: 'quipu' };
}

/** From Quipu's own folder on: `src/engine/dispatch.ts`. */
function ownPath(file: string): string {
  const at = Math.max(file.lastIndexOf('/src/'), file.lastIndexOf('/dist/'));
  return at < 0 ? file : file.slice(at + 1);
}

const maps = new Map<string, SourceMap | null>();

/** By the source map that lies beside a built file. */
function fromSourceMap(file: string, line: number, column: number): { file: string; line: number } | null {
  let map = maps.get(file);
  if (map === undefined) {
    const path = `${file}.map`;
    map = existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload) : null;
    maps.set(file, map);
  }
  const entry = map?.findEntry(line - 1, column - 1);
  if (entry === undefined || !('originalSource' in entry)) return null;
  return { file: join(dirname(file), entry.originalSource), line: entry.originalLine + 1 };
}
