import { type BlockStatement, parse } from 'acorn';
import { type AnyNode, type Child, childrenOf } from './tree.js';

/** The source of a `receive`, parsed. */
export interface ReceiveSource {
  readonly text: string;
  /** The names that it gives its two parameters; empty when it has none. */
  readonly frame: string;
  readonly engine: string;
  readonly body: BlockStatement;
  /** True when it speaks to the engine: the engine must know then which block runs. */
  readonly asksEngine: boolean;
  /** How often a local of each name is declared. */
  readonly locals: ReadonlyMap<string, number>;
  /** Fields of the block that it only ever adds to. */
  readonly grown: ReadonlySet<string>;
}

/** Test runners write `EGRESS` of another module as a member of a namespace of this name. */
const RUNNER_NAMESPACE = /^__(vi|vite_ssr)_import_\d+__$/;

const known = new Map<string, ReceiveSource>();
const KEPT = 1000;

/** Parses a method `receive(frame, engine) { … }`. Throws SyntaxError when it is none. */
export function parseReceive(text: string): ReceiveSource {
  const before = known.get(text);
  if (before !== undefined) return before;
  const source = read(text);
  if (known.size >= KEPT) known.clear();
  known.set(text, source);
  return source;
}

function read(text: string): ReceiveSource {
  const program = parse(`class _ {\n${text}\n}`, { ecmaVersion: 2022, locations: true });
  const [declaration] = program.body;
  const method = declaration?.type === 'ClassDeclaration' ? declaration.body.body[0] : undefined;
  if (method?.type !== 'MethodDefinition') throw new SyntaxError('not the source of a method');
  const { params, body } = method.value;
  const [frame, engine] = params.map((param) => (param.type === 'Identifier' ? param.name : ''));
  plainNames(body);
  const name = engine ?? '';
  return {
    text,
    frame: frame ?? '',
    engine: name,
    body,
    asksEngine: name !== '' && mentions(body, name),
    locals: countLocals(body, new Map()),
    grown: grownFields(body),
  };
}

/** Puts plain names in the place of what a test runner has made of imported ones. */
function plainNames(at: AnyNode): void {
  for (const { node, replace } of childrenOf(at)) {
    const name = importedName(node);
    if (name !== null) replace({ type: 'Identifier', name, start: node.start, end: node.end });
    else plainNames(node);
  }
}

function importedName(node: Child['node']): string | null {
  // A call is written `(0, namespace.name)(…)`.
  if (node.type === 'SequenceExpression' && node.expressions.length === 2) {
    return importedName(node.expressions[1]);
  }
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') return null;
  if (!RUNNER_NAMESPACE.test(node.object.name) || node.property.type !== 'Identifier') return null;
  return node.property.name;
}

/** Fields that appear as `this.x++` and `this.x += …` alone, each a statement of its own. */
function grownFields(body: AnyNode): Set<string> {
  const added = new Set<string>();
  const other = new Set<string>();
  const look = (at: AnyNode) => {
    const target = at.type === 'ExpressionStatement' ? growth(at.expression) : null;
    if (target !== null) {
      added.add(target.name);
      for (const one of target.rest) look(one);
      return;
    }
    if (at.type === 'MemberExpression' && at.object.type === 'ThisExpression') {
      if (at.property.type === 'Identifier') other.add(at.property.name);
    }
    for (const { node } of childrenOf(at)) look(node);
  };
  look(body);
  for (const name of other) added.delete(name);
  return added;
}

/** The field of `this.x++` or `this.x += y`, and what else is worked out. */
function growth(at: AnyNode): { name: string; rest: AnyNode[] } | null {
  const sum = at.type === 'AssignmentExpression' && at.operator === '+=' ? at : null;
  const step = at.type === 'UpdateExpression' && at.operator === '++' ? at : null;
  const target = sum?.left ?? step?.argument;
  if (target === undefined) return null;
  if (target.type !== 'MemberExpression' || target.object.type !== 'ThisExpression' || target.computed)
    return null;
  if (target.property.type !== 'Identifier') return null;
  return { name: target.property.name, rest: sum ? [sum.right] : [] };
}

function countLocals(at: AnyNode, counts: Map<string, number>): Map<string, number> {
  if (at.type === 'VariableDeclarator' && at.id.type === 'Identifier') {
    counts.set(at.id.name, (counts.get(at.id.name) ?? 0) + 1);
  }
  for (const { node } of childrenOf(at)) countLocals(node, counts);
  return counts;
}

function mentions(at: AnyNode, name: string): boolean {
  if (at.type === 'Identifier') return at.name === name;
  return childrenOf(at).some(({ node }) => mentions(node, name));
}
