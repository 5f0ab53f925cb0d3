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
  /** What becomes of the frame itself, beyond its fields and methods. */
  readonly frameUse: FrameUse;
  /** How often a local of each name is declared. */
  readonly locals: ReadonlyMap<string, number>;
  /** Fields of the block by name. */
  readonly fields: ReadonlySet<string>;
  /** Fields of the block that it only ever adds whole numbers to. */
  readonly grown: ReadonlySet<string>;
}

/** Who gets the frame: nobody, or a link alone; a function, which may read all of it; something that keeps it. */
export type FrameUse = 'own' | 'shown' | 'kept';

/** Test runners write `EGRESS` of another module as a member of a namespace of this name. */
const RUNNER_NAMESPACE = /^__(vi|vite_ssr)_import_\d+__$/;

const known = new Map<string, ReceiveSource>();
/** Characters of source whose trees are kept: a character takes some hundred bytes. */
const MOST_KEPT = 200_000;
let kept = 0;

/** Parses a method `receive(frame, engine) { … }`. Throws SyntaxError when it is none. */
export function parseReceive(text: string): ReceiveSource {
  const before = known.get(text);
  if (before !== undefined) return before;
  const source = read(text);
  if (kept + text.length > MOST_KEPT) {
    known.clear();
    kept = 0;
  }
  kept += text.length;
  known.set(text, source);
  return source;
}

function read(text: string): ReceiveSource {
  const program = parse(`class _ {\n${text}\n}`, { ecmaVersion: 2022, locations: true });
  const [declaration] = program.body;
  const method = declaration?.type === 'ClassDeclaration' ? declaration.body.body[0] : undefined;
  if (method?.type !== 'MethodDefinition') throw new SyntaxError('not the source of a method');
  const { params, body, async, generator } = method.value;
  if (method.kind !== 'method' || method.static || async || generator)
    throw new SyntaxError('not a plain method');
  const [frame = '', engine = ''] = params.map((param) => {
    if (param.type === 'Identifier') return param.name;
    throw new SyntaxError('a parameter that is no plain name');
  });
  plainNames(body);
  const fields = fieldsOf(body);
  return {
    text,
    frame,
    engine,
    body,
    asksEngine: engine !== '' && mentions(body, engine),
    frameUse: frame === '' ? 'own' : frameUse(body, frame),
    locals: countLocals(body, new Map()),
    fields: fields ?? new Set(),
    grown: fields === null ? new Set() : grownFields(body, frame),
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
    const [zero, name] = node.expressions;
    return zero.type === 'Literal' && zero.value === 0 ? importedName(name) : null;
  }
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') return null;
  if (!RUNNER_NAMESPACE.test(node.object.name) || node.property.type !== 'Identifier') return null;
  return node.property.name;
}

/** The fields that are reached by `this.name`; null when `this` is used in any other way. */
function fieldsOf(body: AnyNode): Set<string> | null {
  const names = new Set<string>();
  let plain = true;
  const look = (at: AnyNode) => {
    if (at.type === 'ThisExpression') plain = false;
    if (at.type === 'CallExpression' && fieldOf(at.callee) !== null) plain = false; // a method reads what it likes
    const name = fieldOf(at);
    if (name !== null) names.add(name);
    else for (const { node } of childrenOf(at)) look(node);
  };
  look(body);
  return plain ? names : null;
}

function fieldOf(at: AnyNode): string | null {
  const isField = at.type === 'MemberExpression' && at.object.type === 'ThisExpression' && !at.computed;
  return isField && at.property.type === 'Identifier' ? at.property.name : null;
}

/** Fields that appear as `this.x++` and `this.x += …` alone, each a statement of its own. */
function grownFields(body: AnyNode, frame: string): Set<string> {
  const added = new Set<string>();
  const other = new Set<string>();
  const look = (at: AnyNode) => {
    const grows = at.type === 'ExpressionStatement' ? growth(at.expression, frame) : null;
    if (grows !== null) {
      added.add(grows.name);
      if (grows.by !== null) look(grows.by);
      return;
    }
    const name = fieldOf(at);
    if (name !== null) other.add(name);
    for (const { node } of childrenOf(at)) look(node);
  };
  look(body);
  for (const name of other) added.delete(name);
  return added;
}

/** The field of `this.x++` or `this.x += y`, and y. */
function growth(at: AnyNode, frame: string): { name: string; by: AnyNode | null } | null {
  if (at.type === 'UpdateExpression' && at.operator === '++') {
    const name = fieldOf(at.argument);
    return name === null ? null : { name, by: null };
  }
  if (at.type !== 'AssignmentExpression' || at.operator !== '+=' || !isWhole(at.right, frame)) return null;
  const name = fieldOf(at.left);
  return name === null ? null : { name, by: at.right };
}

/** True for what can only be a whole number: the sum of others depends on the order in which they are added. */
function isWhole(at: AnyNode, frame: string): boolean {
  if (at.type === 'Literal') return Number.isInteger(at.value);
  if (at.type === 'BinaryExpression') {
    if (at.operator === '+' || at.operator === '-')
      return isWhole(at.left, frame) && isWhole(at.right, frame);
    return /^(&|\||\^|<<|>>|>>>)$/.test(at.operator);
  }
  if (at.type !== 'MemberExpression' || at.object.type !== 'Identifier' || at.object.name !== frame)
    return false;
  return at.property.type === 'Identifier' && at.property.name === 'length';
}

function frameUse(body: AnyNode, frame: string): FrameUse {
  let use: FrameUse = 'own';
  const look = (at: AnyNode) => {
    if (at.type === 'Identifier' && at.name === frame) use = 'kept';
    if (at.type === 'ReturnStatement' && at.argument && isTransmit(at.argument, frame)) return;
    for (const { node } of childrenOf(at)) {
      const isFrame = node.type === 'Identifier' && node.name === frame;
      if (isFrame && at.type === 'MemberExpression' && node === at.object) continue;
      if (!isFrame || at.type !== 'CallExpression' || node === at.callee) look(node);
      else if (use === 'own') use = 'shown';
    }
  };
  look(body);
  return use;
}

/** `this.link.transmit(frame)` */
export function isTransmit(at: AnyNode, frame: string): boolean {
  if (at.type !== 'CallExpression' || at.callee.type !== 'MemberExpression') return false;
  const { object, property } = at.callee;
  const [sent, ...others] = at.arguments;
  return (
    fieldOf(object) !== null &&
    property.type === 'Identifier' &&
    property.name === 'transmit' &&
    sent?.type === 'Identifier' &&
    sent.name === frame &&
    others.length === 0
  );
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
