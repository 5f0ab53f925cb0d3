import { asNode, literalText, parseSource, type SyntaxNode, walk } from './source-files.js';

/** One reference of a file to another module. */
export interface ImportEdge {
  /** As it is written; null when it is computed at run time. */
  readonly specifier: string | null;
  /**
   * `type` is erased by the compiler; `value` is loaded, at once or by `import()`; `url` is named by
   * `new URL('./x.js', import.meta.url)`, as it is given to a worker, which loads it for itself.
   */
  readonly how: 'type' | 'value' | 'url';
}

/** Every import of a TypeScript file. Throws for a file that is no TypeScript. */
export function importsOf(path: string, text: string): ImportEdge[] {
  const edges: ImportEdge[] = [];
  walk(parseSource(path, text), (node) => {
    const edge = edgeOf(node);
    if (edge) edges.push(edge);
  });
  return edges;
}

function edgeOf(node: SyntaxNode): ImportEdge | undefined {
  switch (node.type) {
    // With verbatimModuleSyntax only the word `type` behind `import` erases the whole statement;
    // `import { type X }` still loads the module.
    case 'ImportDeclaration':
      return edge(node.source, node.importKind === 'type' ? 'type' : 'value');
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return asNode(node.source) && edge(node.source, node.exportKind === 'type' ? 'type' : 'value');
    case 'TSImportEqualsDeclaration': {
      const reference = asNode(node.moduleReference);
      if (reference?.type !== 'TSExternalModuleReference') return undefined;
      return edge(reference.expression, node.importKind === 'type' ? 'type' : 'value');
    }
    case 'TSImportType':
      return edge(node.source, 'type');
    case 'ImportExpression':
      return edge(node.source, 'value');
    case 'NewExpression':
      return moduleUrl(node);
    default:
      return undefined;
  }
}

function edge(source: unknown, how: ImportEdge['how']): ImportEdge {
  return { specifier: literalText(source) ?? null, how };
}

/** `new URL('./x.js', import.meta.url)`: only where it names a module; other files are no import. */
function moduleUrl(node: SyntaxNode): ImportEdge | undefined {
  const [target, base] = Array.isArray(node.arguments) ? node.arguments : [];
  const specifier = literalText(target);
  const isUrl = asNode(node.callee)?.name === 'URL' && asNode(asNode(base)?.object)?.type === 'MetaProperty';
  return isUrl && specifier && /\.[cm]?[jt]s$/.test(specifier) ? { specifier, how: 'url' } : undefined;
}
