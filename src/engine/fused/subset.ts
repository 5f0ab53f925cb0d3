/**
 * The portable subset of `receive`: what every engine can run, also one that compiles to eBPF. The check walks a syntax
 * tree in the ESTree form, whoever parsed it: acorn at run time, the tests' parser on the TypeScript source.
 */

/** What is wrong at a place, and what to write in its stead. */
export interface Fault {
  /** Offset in the text that was parsed. */
  readonly offset: number;
  readonly what: string;
  readonly instead: string;
}

type Tree = Readonly<Record<string, unknown>>;

/** Methods of a frame, and those of its views, that `receive` may call. */
export const FRAME_CALLS: ReadonlySet<string> = new Set(
  'u8 u16 u32 setU8 setU16 setU32 push pull truncate'.split(' '),
);
const VIEW_CALLS: ReadonlySet<string> = new Set(
  'getUint8 getUint16 getUint32 setUint8 setUint16 setUint32'.split(' '),
);
export const ENGINE_CALLS: ReadonlySet<string> = new Set('copy create emit discard now wakeAt'.split(' '));
export const MATH_CALLS: ReadonlySet<string> = new Set('imul min max clz32'.split(' '));
const GLOBALS: ReadonlySet<string> = new Set(['undefined', 'NaN', 'Infinity', 'Math']);

const HELPER = 'a helper function that the class lists in `static uses`';

const REFUSED: Readonly<Record<string, readonly [what: string, instead: string]>> = {
  ArrowFunctionExpression: ['a function', HELPER],
  FunctionExpression: ['a function', HELPER],
  FunctionDeclaration: ['a function', HELPER],
  ClassExpression: ['a class', 'a field'],
  NewExpression: ['new', 'a field that the constructor fills'],
  ArrayExpression: ['an array', 'a typed array that the constructor makes'],
  ObjectExpression: ['an object', 'single fields or locals'],
  TemplateLiteral: ['a text', 'a number'],
  TaggedTemplateExpression: ['a text', 'a number'],
  ThrowStatement: ['throw', 'an answer made by drop(i)'],
  TryStatement: ['try', 'a check before what may fail'],
  WhileStatement: ['while', 'for with a constant bound, and break'],
  DoWhileStatement: ['do', 'for with a constant bound, and break'],
  ForOfStatement: ['for … of', 'for with an index and a constant bound'],
  ForInStatement: ['for … in', 'for with an index and a constant bound'],
  SwitchStatement: ['switch', 'if … else'],
  AwaitExpression: ['await', 'a timer (wakeAt)'],
  YieldExpression: ['yield', 'a timer (wakeAt)'],
  SpreadElement: ['a spread', 'single arguments'],
  ObjectPattern: ['a pattern', 'a local for each value'],
  ArrayPattern: ['a pattern', 'a local for each value'],
  ChainExpression: ['?.', 'a comparison'],
  PrivateIdentifier: ['a #private field', 'a field without #: generated code cannot reach it'],
  ImportExpression: ['import()', HELPER],
  DebuggerStatement: ['debugger', 'a trace (quipu trace)'],
};

/**
 * What keeps a `receive` out of the subset; empty when nothing does.
 * @param method its function: `params` and `body`
 * @param uses the names of the class's `static uses`
 */
export function subsetFaults(method: unknown, uses: readonly string[]): Fault[] {
  const { params, body } = method as { params: readonly unknown[]; body: unknown };
  const root = treeOf(body);
  if (root === undefined) return [{ offset: 0, what: 'there is no body', instead: 'a method with one' }];
  return new Check(params.map(nameOf), uses).run(root);
}

class Check {
  private readonly faults: Fault[] = [];
  private readonly frame: string;
  private readonly engine: string;
  private readonly params: readonly string[];
  private readonly uses: ReadonlySet<string>;
  private readonly locals = new Set<string>();

  constructor(params: readonly string[], uses: readonly string[]) {
    this.params = params;
    this.frame = params[0] ?? '';
    this.engine = params[1] ?? '';
    this.uses = new Set(uses);
  }

  run(body: Tree): Fault[] {
    walk(body, (one) => {
      if (one.type === 'VariableDeclarator') this.declare(one);
    });
    walk(body, (one, key, parent) => this.look(one, key, parent));
    if (!endsAlways(body)) {
      this.add(body, 'an end without an answer', 'return on every path');
    }
    return this.faults;
  }

  private declare(one: Tree): void {
    const name = nameOf(one.id);
    if (this.uses.has(name) || this.params.includes(name)) {
      this.add(one, `a second meaning of ${name}`, 'another name for the local');
    }
    this.locals.add(name);
  }

  private add(at: Tree, what: string, instead: string): void {
    this.faults.push({ offset: Number(at.start ?? 0), what, instead });
  }

  private look(one: Tree, key: string, parent: Tree): void {
    const type = String(one.type);
    const refused = REFUSED[type];
    if (refused !== undefined) this.add(one, ...refused);
    else if (type === 'Literal') this.literal(one);
    else if (type === 'Identifier') this.identifier(one, key, parent);
    else if (type === 'CallExpression') this.call(one);
    else if (type === 'ForStatement') this.loop(one);
    else if (type === 'AssignmentExpression' && this.uses.has(nameOf(one.left))) {
      this.add(one, `a change of ${nameOf(one.left)}`, 'a field of the block');
    }
  }

  private literal(one: Tree): void {
    if (typeof one.value === 'string') this.add(one, 'a text', 'a number');
    else if (typeof one.value === 'bigint' || one.bigint !== undefined) this.add(one, 'a BigInt', 'a number');
    else if (one.regex !== undefined) this.add(one, 'a pattern', 'comparisons of bytes');
  }

  private identifier(one: Tree, key: string, parent: Tree): void {
    if ((key === 'property' || key === 'key') && parent.computed !== true) return;
    if (key === 'label') return;
    const name = nameOf(one);
    if (this.locals.has(name) || this.uses.has(name) || this.params.includes(name) || GLOBALS.has(name))
      return;
    this.add(
      one,
      `${name}, which is neither a local nor in uses`,
      `list it in the class: static uses = { ${name} }`,
    );
  }

  private call(one: Tree): void {
    const callee = treeOf(one.callee);
    if (callee === undefined) return;
    if (callee.type === 'Identifier') {
      if (!this.uses.has(nameOf(callee)) && !this.locals.has(nameOf(callee))) return; // told as unknown already
      if (this.locals.has(nameOf(callee))) this.add(one, 'a call of a local', HELPER);
      return;
    }
    if (callee.type !== 'MemberExpression' || callee.computed === true) {
      this.add(one, 'a computed call', HELPER);
      return;
    }
    const on = treeOf(callee.object);
    const name = nameOf(callee.property);
    if (on === undefined || this.mayCall(on, name)) return;
    const who = on.type === 'ThisExpression' ? `this.${name}()` : `.${name}()`;
    this.add(one, `a call of ${who}`, HELPER);
  }

  private mayCall(on: Tree, name: string): boolean {
    if (on.type === 'Identifier') {
      const object = nameOf(on);
      if (object === this.frame) return FRAME_CALLS.has(name);
      if (object === this.engine) return ENGINE_CALLS.has(name);
      return object === 'Math' && MATH_CALLS.has(name);
    }
    if (on.type !== 'MemberExpression') return false;
    const owner = treeOf(on.object);
    if (owner?.type === 'ThisExpression') return name === 'transmit';
    return nameOf(owner) === this.frame && nameOf(on.property) === 'view' && VIEW_CALLS.has(name);
  }

  /** `for (let i = …; i < CONSTANT; i += …)`: an engine without loops unrolls it. */
  private loop(one: Tree): void {
    const test = treeOf(one.test);
    const bound = treeOf(test?.right);
    const constant =
      bound?.type === 'Literal' || (bound?.type === 'Identifier' && this.uses.has(nameOf(bound)));
    if (test?.type === 'BinaryExpression' && constant && one.update) return;
    this.add(one, 'a for without a constant bound', 'a bound from uses, and break when it is enough');
  }
}

/** True when no path through the statement reaches its end. */
function endsAlways(one: Tree): boolean {
  if (one.type === 'ReturnStatement' || one.type === 'ThrowStatement') return true;
  if (one.type === 'BlockStatement') return (one.body as Tree[]).some(endsAlways);
  if (one.type !== 'IfStatement') return false;
  const [yes, no] = [treeOf(one.consequent), treeOf(one.alternate)];
  return yes !== undefined && no !== undefined && endsAlways(yes) && endsAlways(no);
}

function walk(
  one: Tree,
  look: (one: Tree, key: string, parent: Tree) => void,
  key = '',
  parent: Tree = one,
): void {
  look(one, key, parent);
  for (const [name, value] of Object.entries(one)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      const inner = treeOf(child);
      // What TypeScript says of types is no code.
      if (inner !== undefined && !/^TS(Type|.*Keyword)/.test(String(inner.type)))
        walk(inner, look, name, one);
    }
  }
}

function treeOf(value: unknown): Tree | undefined {
  return typeof value === 'object' && value !== null && 'type' in value
    ? (value as unknown as Tree)
    : undefined;
}

function nameOf(value: unknown): string {
  return String((value as { name?: unknown } | null)?.name ?? '');
}
