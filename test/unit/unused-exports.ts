import { posix } from 'node:path';
import { asNode, literalText, parseSource, type Sources, type SyntaxNode, walk } from './source-files.js';

/** All names of a module, as `import * as x`, `import()` and `export *` use it. */
const ALL = '*';

/**
 * Exports of the files under src/ that no other file imports and their own does not mention again; answers one
 * sentence for each. `sources` are all files that may import, TypeScript and JavaScript; what comes from dist/ counts
 * as from src/. src/index.ts is for others.
 */
export function unusedExports(sources: Sources): string[] {
  const used = new Set<string>();
  for (const [path, text] of sources) {
    for (const [file, name] of usesOf(path, text)) if (file !== path) used.add(`${file} ${name}`);
  }
  const unused: string[] = [];
  for (const [path, text] of sources) {
    if (!/^src\/.+\.ts$/.test(path) || path === 'src/index.ts' || used.has(`${path} ${ALL}`)) continue;
    for (const name of exportsOf(path, text)) {
      const mentions = text.match(new RegExp(`\\b${name}\\b`, 'g')) ?? [];
      if (mentions.length === 1 && !used.has(`${path} ${name}`)) unused.push(`${path}: nothing uses ${name}`);
    }
  }
  return unused;
}

function exportsOf(path: string, text: string): string[] {
  const found: string[] = [];
  walk(parseSource(path, text), (node) => {
    if (node.type !== 'ExportNamedDeclaration') return;
    const declaration = asNode(node.declaration);
    if (!declaration) return;
    if (declaration.type !== 'VariableDeclaration') found.push(nameOf(declaration.id));
    for (const declarator of list(declaration.declarations)) found.push(...bound(declarator.id));
  });
  return found;
}

/** The names that a pattern binds: `x`, `[x, y]`, `{ x, y }`. */
function bound(pattern: unknown): string[] {
  const node = asNode(pattern);
  if (node?.type === 'ArrayPattern') return list(node.elements).flatMap(bound);
  if (node?.type === 'ObjectPattern') return list(node.properties).flatMap(({ value }) => bound(value));
  return [nameOf(node)];
}

/** Files and names in them that a file uses. */
function usesOf(path: string, text: string): Array<[file: string, name: string]> {
  const uses: Array<[string, string]> = [];
  const use = (specifier: string | undefined, names: readonly string[]) => {
    if (specifier?.startsWith('.')) for (const name of names) uses.push([target(path, specifier), name]);
  };
  walk(parseSource(path, text), (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
        use(
          literalText(node.source),
          list(node.specifiers).map((one) => nameOf(one.imported) || ALL),
        );
        break;
      case 'ExportNamedDeclaration':
        use(
          literalText(node.source),
          list(node.specifiers).map((one) => nameOf(one.local)),
        );
        break;
      case 'ExportAllDeclaration':
      case 'ImportExpression':
      case 'TSImportType':
        use(literalText(node.source), [ALL]);
    }
  });
  // Types in comments of JavaScript.
  for (const [, specifier, name] of text.matchAll(/import\('([^']+)'\)\.(\w+)/g)) use(specifier, [name]);
  return uses;
}

function target(from: string, specifier: string): string {
  const path = posix.join(posix.dirname(from), specifier);
  return path.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts');
}

function list(value: unknown): SyntaxNode[] {
  const nodes: unknown[] = Array.isArray(value) ? value : [];
  return nodes.map(asNode).filter((one) => one !== undefined);
}

function nameOf(value: unknown): string {
  const node = asNode(value);
  return String(node?.name ?? node?.value ?? '');
}
