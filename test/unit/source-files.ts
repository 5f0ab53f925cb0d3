import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vitest/node';

/** The root of the repository, with a slash at its end. */
export const root = new URL('../../', import.meta.url).pathname;

/** Source text by path from the repository's root, with slashes. */
export type Sources = ReadonlyMap<string, string>;

/** A node of the syntax tree (ESTree with TypeScript's additions), or any other object in it. */
export type SyntaxNode = Readonly<Record<string, unknown>>;

/** Reads every TypeScript file below the folders given; a folder that does not exist holds none. */
export function readSources(...folders: string[]): Sources {
  return read(folders, /\.[cm]?tsx?$/);
}

/** The same of JavaScript. */
export function readScripts(...folders: string[]): Sources {
  return read(folders, /\.[cm]?js$/);
}

function read(folders: readonly string[], names: RegExp): Sources {
  const sources = new Map<string, string>();
  for (const folder of folders) {
    for (const path of filesIn(folder, names)) sources.set(path, readFileSync(join(root, path), 'utf8'));
  }
  return sources;
}

function filesIn(folder: string, names: RegExp): string[] {
  let entries: string[];
  try {
    entries = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => names.test(entry))
    .map((entry) => `${folder}/${entry}`)
    .sort();
}

/**
 * The syntax tree of a file. The parser comes with vitest: TypeScript 7 has none for programs.
 * Throws for a file that is no TypeScript.
 */
export function parseSource(path: string, text: string): SyntaxNode {
  return asNode(parseAst(text, { lang: path.endsWith('x') ? 'tsx' : 'ts', astType: 'ts' }, path)) ?? {};
}

/** Calls `visit` for every node of a tree, parents first. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      const childNode = asNode(child);
      if (childNode) walk(childNode, visit);
    }
  }
}

/** The value as a node, or undefined when it is no object. */
export function asNode(value: unknown): SyntaxNode | undefined {
  return typeof value === 'object' && value !== null ? (value as SyntaxNode) : undefined;
}

/** The text of a string literal (or of a template without holes), or undefined for anything else. */
export function literalText(value: unknown): string | undefined {
  const node = asNode(value);
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type !== 'TemplateLiteral' || !Array.isArray(node.quasis) || node.quasis.length !== 1)
    return undefined;
  const cooked = asNode(asNode(node.quasis[0])?.value)?.cooked;
  return typeof cooked === 'string' ? cooked : undefined;
}
