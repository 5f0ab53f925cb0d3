import { parseAst } from 'vitest/node';

type Node = Readonly<Record<string, unknown>>;

/** Names that every engine knows in the source of a `receive`. */
const ALWAYS = ['undefined', 'NaN', 'Infinity'];
const REFUSED: Readonly<Record<string, string>> = {
  ArrowFunctionExpression: 'a function',
  FunctionExpression: 'a function',
  NewExpression: 'new',
  ArrayExpression: 'an array',
  ObjectExpression: 'an object',
  TemplateLiteral: 'a text',
  ThrowStatement: 'throw',
  TryStatement: 'try',
  WhileStatement: 'while',
  DoWhileStatement: 'do',
  ForOfStatement: 'for … of',
  ForInStatement: 'for … in',
  AwaitExpression: 'await',
  YieldExpression: 'yield',
  SpreadElement: 'a spread',
};

/**
 * What is wrong with the `receive` of a block's source for a fusing engine: names that are neither its own nor declared in
 * `uses`, and whatever is outside the portable subset of ARCHITECTURE.md. Empty when all is well.
 */
export function receiveFaults(source: string, uses: readonly string[]): string[] {
  const faults = new Set<string>();
  const program = node(parseAst(source, { lang: 'ts', astType: 'ts' })) as Node;
  const receive = find(program, (one) => one.type === 'MethodDefinition' && nameOf(one.key) === 'receive');
  if (!receive) return ['there is no receive'];
  const method = node(receive.value) as Node;
  const known = new Set([...ALWAYS, ...uses, ...(method.params as unknown[]).map(nameOf)]);
  visit(node(method.body) as Node, (one) => {
    if (one.type === 'VariableDeclarator') known.add(nameOf(one.id));
  });
  visit(node(method.body) as Node, (one, key, parent) => {
    const refused = REFUSED[String(one.type)];
    if (refused) faults.add(`${refused} is not portable`);
    if (one.type === 'Literal' && typeof one.value === 'string') faults.add('a text is not portable');
    if (one.type === 'PrivateIdentifier') faults.add('#private fields are out of reach');
    const isProperty = (key === 'property' || key === 'key') && parent.computed !== true;
    if (one.type === 'Identifier' && !isProperty && !known.has(nameOf(one)))
      faults.add(`${nameOf(one)} is not in uses`);
  });
  return [...faults];
}

function find(from: Node, wanted: (one: Node) => boolean): Node | undefined {
  let found: Node | undefined;
  visit(from, (one) => {
    if (!found && wanted(one)) found = one;
  });
  return found;
}

function visit(
  one: Node,
  look: (one: Node, key: string, parent: Node) => void,
  key = '',
  parent: Node = one,
): void {
  look(one, key, parent);
  for (const [name, value] of Object.entries(one)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      const inner = node(child);
      if (inner && !String(inner.type).startsWith('TSType')) visit(inner, look, name, one);
    }
  }
}

function node(value: unknown): Node | undefined {
  return typeof value === 'object' && value !== null && 'type' in value
    ? (value as unknown as Node)
    : undefined;
}

function nameOf(value: unknown): string {
  return String((value as { name?: unknown } | null)?.name ?? '');
}
