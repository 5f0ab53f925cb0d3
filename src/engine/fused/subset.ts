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

/** Statements and expressions that engines know, beyond those that are looked at one by one. */
const PLAIN: ReadonlySet<string> = new Set(
  (
    'BlockStatement EmptyStatement ExpressionStatement IfStatement BreakStatement ContinueStatement ThisExpression ' +
    'ConditionalExpression SequenceExpression ParenthesizedExpression VariableDeclarator MemberExpression'
  ).split(' '),
);
const OPERATORS: Readonly<Record<string, ReadonlySet<string>>> = {
  BinaryExpression: new Set('+ - * / % & | ^ << >> >>> < <= > >= === !== == !='.split(' ')),
  LogicalExpression: new Set(['&&', '||']),
  UnaryExpression: new Set(['-', '+', '!', '~']),
  AssignmentExpression: new Set('= += -= *= /= %= &= |= ^= <<= >>= >>>='.split(' ')),
  UpdateExpression: new Set(['++', '--']),
};
/** Fields of a frame that only the engine writes. */
const ENGINES_OWN: ReadonlySet<string> = new Set(['bytes', 'view', 'slotOffset', 'hops', 'nextIdp']);

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
  /** The locals of the blocks around the place that is looked at, the innermost last. */
  private readonly scopes: ReadonlySet<string>[] = [];

  constructor(params: readonly string[], uses: readonly string[]) {
    this.params = params;
    this.frame = params[0] ?? '';
    this.engine = params[1] ?? '';
    this.uses = new Set(uses);
  }

  run(body: Tree): Fault[] {
    this.walk(body, '', body);
    if (!endsAlways(body)) {
      this.add(body, 'an end without an answer', 'return on every path');
    }
    return this.faults;
  }

  private walk(one: Tree, key: string, parent: Tree): void {
    const locals = localsOf(one);
    if (locals !== null) this.scopes.push(locals);
    this.look(one, key, parent);
    for (const [name, value] of Object.entries(one)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        const inner = treeOf(child);
        // What TypeScript says of types is no code.
        if (inner !== undefined && !/^TS(Type|.*Keyword)/.test(String(inner.type)))
          this.walk(inner, name, one);
      }
    }
    if (locals !== null) this.scopes.pop();
  }

  private isLocal(name: string): boolean {
    return this.scopes.some((locals) => locals.has(name));
  }

  private declaration(one: Tree): void {
    if (one.kind === 'var') this.add(one, 'var', 'let or const');
    for (const declared of one.declarations as readonly Tree[]) {
      const name = nameOf(declared.id);
      if (this.uses.has(name) || this.params.includes(name) || GLOBALS.has(name))
        this.add(declared, `a second meaning of ${name}`, 'another name for the local');
    }
  }

  private add(at: Tree, what: string, instead: string): void {
    this.faults.push({ offset: Number(at.start ?? 0), what, instead });
  }

  private look(one: Tree, key: string, parent: Tree): void {
    const type = String(one.type);
    const refused = REFUSED[type];
    const operators = OPERATORS[type];
    if (refused !== undefined) this.add(one, ...refused);
    else if (type === 'Literal') this.literal(one);
    else if (type === 'Identifier') this.identifier(one, key, parent);
    else if (type === 'CallExpression') this.call(one);
    else if (type === 'ForStatement') this.loop(one);
    else if (type === 'VariableDeclaration') this.declaration(one);
    else if (type === 'LabeledStatement') this.label(one);
    else if (type === 'ReturnStatement') {
      if (treeOf(one.argument) === undefined)
        this.add(one, 'return without an answer', 'a port or an outcome');
    } else if (operators !== undefined) {
      if (!operators.has(String(one.operator))) this.add(one, String(one.operator), 'plain arithmetic');
      if (type === 'AssignmentExpression') this.written(one, treeOf(one.left));
      if (type === 'UpdateExpression') this.written(one, treeOf(one.argument));
    } else if (!PLAIN.has(type) && !type.startsWith('TS')) this.add(one, type, 'what the other blocks do');
    if (type === 'MemberExpression' && one.computed === true && nameOf(one.object) === this.frame)
      this.add(one, 'a computed field of the frame', 'the field by its name');
  }

  private written(one: Tree, target: Tree | undefined): void {
    if (target?.type === 'Identifier') {
      const name = nameOf(target);
      if (this.uses.has(name)) this.add(one, `a change of ${name}`, 'a field of the block');
      else if (this.params.includes(name) || GLOBALS.has(name))
        this.add(one, `a change of ${name}`, 'a local of its own');
    }
    if (target?.type !== 'MemberExpression' || target.computed === true) return;
    const object = treeOf(target.object);
    const name = nameOf(target.property);
    if (object?.type === 'Identifier' && nameOf(object) === this.engine)
      this.add(one, `a change of the engine's ${name}`, 'one of its methods');
    else if (object?.type !== 'ThisExpression' && ENGINES_OWN.has(name))
      this.add(one, `a change of ${name}`, 'a field that is a block’s to write');
  }

  private label(one: Tree): void {
    const body = String(treeOf(one.body)?.type);
    if (body !== 'BlockStatement' && body !== 'ForStatement')
      this.add(one, 'a label before a single statement', 'a block');
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
    if (this.isLocal(name) || this.uses.has(name) || this.params.includes(name) || GLOBALS.has(name)) return;
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
      const name = nameOf(callee);
      if (this.isLocal(name) || this.params.includes(name)) this.add(one, `a call of ${name}`, HELPER);
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

/** The names that a block declares itself, or the head of a loop; null: it is no scope. */
function localsOf(one: Tree): ReadonlySet<string> | null {
  const statements =
    one.type === 'BlockStatement'
      ? (one.body as Tree[])
      : one.type === 'ForStatement'
        ? [treeOf(one.init)]
        : null;
  if (statements === null) return null;
  const declarations = statements.flatMap((statement) =>
    statement?.type === 'VariableDeclaration' ? (statement.declarations as Tree[]) : [],
  );
  return new Set(declarations.map((declared) => nameOf(declared.id)));
}

function treeOf(value: unknown): Tree | undefined {
  return typeof value === 'object' && value !== null && 'type' in value
    ? (value as unknown as Tree)
    : undefined;
}

function nameOf(value: unknown): string {
  return String((value as { name?: unknown } | null)?.name ?? '');
}
