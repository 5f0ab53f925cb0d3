import { z } from 'zod';
import type { Block, BlockClass, BlockContext, EnginePort } from '../contract/block.js';
import type { Frame } from '../contract/frame.js';

/**
 * Writes block classes whose `receive` is a random program of the portable subset, for what compares engines: every
 * statement and expression, in places and with numbers that nobody would choose.
 */

type Below = (n: number) => number;

/** Names that generated code might use itself. */
const NAMES = (
  'x y z f e a at h i o0 o1 r1 t0 t1 t2 bytes view time places depths pool done count frames arrived error ' +
  'batch single things b0 b1 i0 b0_c0 a_consumed label $N$0'
).split(' ');
const NUMBERS = (
  '0 1 2 3 4 5 6 12 13 14 16 20 34 60 100 255 2000 -1 -2 0.5 -0 1.5 0xffffffff 0x80000000 0x7fffffff 1e10 NaN ' +
  'Infinity 31 33'
).split(' ');
const BINARY = '+ - * / % & | ^ << >> >>> < <= > >= === !== == !='.split(' ');
const READABLE = 'length direction mark protocol packetType hops link nextIdp queue timestamp vlanTag'.split(
  ' ',
);
const HELD = -2;

/** What a random `receive` may use: constants with odd values under odd names, and helpers. */
function randomUses(below: Below): Record<string, unknown> {
  const values = [0, 1, 2, 3, -1, -16, -17, 14, 0xffffffff, 0.5, -0, Number.NaN];
  const value = () => values[below(values.length)];
  return {
    N: value(),
    M: value(),
    $pool: value(),
    b7: value(),
    ROUNDS: 1 + below(4),
    mix,
    shorten,
    look,
    words: WORDS,
  };
}

const WORDS = Int32Array.of(3, -1, 0, 7);

function mix(a: number, b: number): number {
  return (Math.imul(a | 0, 31) ^ (b | 0)) >>> 3;
}

/** Gets the frame and changes what its caller may have taken for certain. */
function shorten(frame: Frame, n: number): number {
  if ((n & 3) === 1) frame.direction = frame.direction === 0 ? 1 : 0;
  if ((n & 3) === 2) frame.truncate(13);
  return frame.pull(n & 7) ? 1 : 0;
}

function look(frame: Frame): number {
  return frame.hops * 16 + frame.nextIdp + frame.direction;
}

class Writer {
  private readonly below: Below;
  private readonly scopes: { name: string; fixed: boolean }[][] = [[]];
  private labels: { name: string; loop: boolean }[] = [];
  private loops = 0;
  private budget = 40;
  private readonly frame: string;
  private readonly engine: string;

  constructor(below: Below) {
    this.below = below;
    const params = [
      ['frame', 'engine'],
      ['f', 'e'],
      ['e', 'f'],
      ['a', 'at'],
      ['bytes', 'pool'],
      ['frame', ''],
    ];
    [this.frame, this.engine] = params[below(params.length)] as [string, string];
  }

  receive(): string {
    const params = [this.frame, this.engine].filter((name) => name !== '').join(', ');
    const body = this.statements(4 + this.below(6));
    return `receive(${params}) {\n${body}\nreturn ${this.answer()};\n}`;
  }

  private one(...ways: (() => string)[]): string {
    return (ways[this.below(ways.length)] as () => string)();
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  private number(): string {
    const text = this.pick(NUMBERS);
    return text.startsWith('-') ? `(${text})` : text;
  }

  private local(toChange: boolean): string | null {
    const seen = new Map<string, boolean>();
    for (const scope of this.scopes) for (const { name, fixed } of scope) seen.set(name, fixed);
    const names = [...seen].filter(([, fixed]) => !toChange || !fixed).map(([name]) => name);
    return names.length === 0 ? null : this.pick(names);
  }

  private value(depth = 3): string {
    const deeper = () => this.value(depth - 1);
    const { frame } = this;
    if (depth <= 0) {
      return this.one(
        () => this.number(),
        () => this.local(false) ?? this.number(),
        () => `${frame}.${this.pick(READABLE)}`,
        () => this.pick(['N', 'M', '$pool', 'b7', 'ROUNDS', 'words[2]', 'this.n', 'this.m', 'this.table[3]']),
      );
    }
    return this.one(
      deeper,
      () => `(${deeper()} ${this.pick(BINARY)} ${deeper()})`,
      () => `(${deeper()} ${this.pick(BINARY)} ${deeper()})`,
      () => `(${deeper()} ${this.pick(['&&', '||'])} ${deeper()})`,
      () => `(${deeper()} ? ${deeper()} : ${deeper()})`,
      () => `${this.pick(['-', '+', '!', '~'])}(${deeper()})`,
      () => `(${this.pick(['-', '+'])} ${this.pick(['-', '+', '~'])}(${deeper()}))`,
      () => `${frame}.${this.pick(['u8', 'u16', 'u32'])}(${deeper()})`,
      () => `${frame}.${this.pick(['u8', 'u16', 'u32'])}(${this.below(24)})`,
      () => `Math.${this.pick(['imul', 'min', 'max'])}(${deeper()}, ${deeper()})`,
      () => `Math.clz32(${deeper()})`,
      () => `mix(${deeper()}, ${deeper()})`,
      () => `this.table[(${deeper()}) & 7]`,
      () => `this.ports[${this.below(7)}]`,
      () => `${frame}.bytes[${frame}.start + ${this.below(9)}]`,
      () => `${frame}.view.getUint16(${frame}.start + ${this.below(9)})`,
      () => this.effect(depth),
    );
  }

  /** An expression that changes something. */
  private effect(depth: number): string {
    const { frame } = this;
    const deeper = () => this.value(depth - 1);
    const local = this.local(true);
    return this.one(
      () => `${frame}.${this.pick(['pull', 'push'])}(${this.below(7)})`,
      () => `${frame}.pull((${deeper()}) | 0)`,
      () => `(${frame}.direction = (${deeper()}) & 1)`,
      () => `(${frame}.direction = ${this.below(2)})`,
      () => `(${deeper()}, ${deeper()})`,
      () => (local === null ? deeper() : `(${local} ${this.pick(['=', '+=', '-=', '|='])} ${deeper()})`),
      () =>
        local === null
          ? deeper()
          : this.pick([`${local}++`, `(-(--${local}))`, `(+(++${local}))`, `${local}--`]),
      () => `(this.n = ${deeper()})`,
      () => `(this.table[(${deeper()}) & 7] ${this.pick(['=', '+='])} ${deeper()})`,
      () => `shorten(${frame}, ${deeper()})`,
      () => `look(${frame})`,
      () => 'this.m++',
      () => (this.below(4) === 0 ? 'this.c2++' : deeper()),
    );
  }

  private answer(): string {
    return this.one(
      () => `${this.frame}.direction`,
      () => `${this.frame}.direction`,
      () => String(this.below(6)),
      () => String(this.pick([-1, -16, -17, -18, -5, 99])),
      () => `(${this.value(1)} ? ${this.answer()} : ${this.answer()})`,
      () => `(${this.value(2)}) & 3`,
      () => this.value(2),
    );
  }

  private statements(count: number): string {
    let text = '';
    for (let i = 0; i < count && this.budget > 0; i++) {
      this.budget--;
      text += `${this.statement()}\n`;
    }
    return text;
  }

  private block(count = 1 + this.below(3), first = ''): string {
    this.scopes.push([]);
    // A name may hide one further out: declared at the very beginning, so that nothing means the wrong one.
    const declared = this.below(2) === 0 ? `${this.declaration(false)}\n` : '';
    const text = `{\n${first}${declared}${this.statements(count)}}`;
    this.scopes.pop();
    return text;
  }

  private declaration(fresh: boolean): string {
    const hidden = fresh ? this.scopes.flat() : (this.scopes.at(-1) ?? []);
    const taken = new Set([...hidden.map(({ name }) => name), this.frame, this.engine]);
    const free = NAMES.filter((one) => !taken.has(one));
    if (free.length === 0) return '';
    const chosen = this.pick(free);
    const fixed = this.below(2) === 0;
    // What it begins with cannot mean itself.
    const outer = this.scopes.flat().some((one) => one.name === chosen);
    const value = outer ? this.number() : this.value(2);
    this.scopes.at(-1)?.push({ name: chosen, fixed });
    return fixed ? `const ${chosen} = ${value};` : `let ${chosen} = ${value};`;
  }

  private statement(): string {
    const { frame, engine } = this;
    const ways: (() => string)[] = [
      () => this.declaration(true),
      () => this.declaration(true),
      () => `${this.effect(2)};`,
      () => `${this.effect(2)};`,
      () =>
        this.pick([
          'this.c0++;',
          `this.c1 += ${frame}.length;`,
          `this.c2 += ${this.value(1)};`,
          `this.c3 += 0.1;`,
        ]),
      () => `${frame}.${this.pick(['setU8', 'setU16', 'setU32'])}(${this.value(2)}, ${this.value(2)});`,
      () => `${frame}.${this.pick(['setU8', 'setU16', 'setU32'])}(${this.below(20)}, ${this.value(2)});`,
      () => `${frame}.${this.pick(['pull', 'push', 'truncate'])}((${this.value(2)}) | 0);`,
      () => `${frame}.${this.pick(['pull', 'push', 'truncate'])}(${this.below(40)});`,
      () =>
        `${this.value(1)} && ${frame}.${this.pick(['pull(3)', 'truncate(30)', 'setU8(2, 5)', 'setU16(this.n, 3)'])};`,
      () => `${frame}.bytes[${frame}.start + ${this.below(9)}] = ${this.value(1)};`,
      () => `${frame}.mark = ${this.value(1)};`,
      () => `if (${frame}.length > 9) { ${frame}.start += 2; ${frame}.length -= 2; }`,
      () => `if (${this.test()}) ${this.block()}${this.below(2) === 0 ? ` else ${this.block()}` : ''}`,
      () => `if (${this.test()}) ${this.block()}${this.below(2) === 0 ? ` else ${this.block()}` : ''}`,
      () => `if (${this.test()}) return ${this.answer()};`,
      () => this.block(),
      () => this.loop(''),
      () => this.labelled(),
    ];
    if (this.loops > 0) ways.push(() => `if (${this.value(1)}) ${this.pick(['break', 'continue'])};`);
    if (this.labels.length > 0) {
      const { name, loop } = this.pick(this.labels);
      ways.push(() => `if (${this.test()}) ${loop ? this.pick(['break', 'continue']) : 'break'} ${name};`);
    }
    if (engine !== '') {
      ways.push(
        () => `${engine}.copy(${frame}, ${this.below(4)});`,
        () => `this.n = ${engine}.now() & 1023;`,
        () => `${engine}.wakeAt(${engine}.now() + 50);`,
        () => `if (${this.test()}) ${engine}.wakeAt(${this.value(1)});`, // throws for what is no time
        () => `${engine}.copy(${frame}, ${this.value(1)});`,
        () => this.spawn(),
        () => `if (this.kept === null) { this.kept = ${frame}; return ${HELD}; }`,
        () => `if (this.kept !== null) { ${engine}.emit(this.kept, ${this.below(3)}); this.kept = null; }`,
        () => `if (this.kept !== null) { ${engine}.discard(this.kept, ${this.below(3)}); this.kept = null; }`,
        () => `if (${this.value(1)}) { ${engine}.discard(${frame}, 0); return ${HELD}; }`,
      );
    }
    return this.pick(ways)();
  }

  /** A test, and now and then one that tells something of the frame's length or direction. */
  private test(): string {
    const { frame } = this;
    const bound = this.pick(['3', '14', '20', '34', '60']);
    const length = `${frame}.length ${this.pick(['<', '<=', '>', '>=', '===', '!=='])} ${bound}`;
    const way = `${frame}.direction ${this.pick(['===', '!=='])} ${this.below(2)}`;
    return this.one(
      () => this.value(2),
      () => length,
      () => way,
      () => `!(${length})`,
      () => `${length} ${this.pick(['&&', '||'])} ${this.value(1)}`,
      () => `${length} ${this.pick(['&&', '||'])} ${way}`,
      () => `${length} || !${frame}.pull(${bound})`,
      () => `${length} && ${frame}.pull(2)`,
      () => `${way} && ${this.effect(1)}`,
    );
  }

  private spawn(): string {
    const { frame, engine } = this;
    return `{ const own = ${engine}.create(); if (own !== null) { own.direction = ${frame}.direction; own.length = ${this.below(30)};
      own.mark = ${this.value(1)}; ${engine}.emit(own, ${this.below(3)}); } }`;
  }

  private loop(label: string): string {
    const name = `k${this.scopes.length}`;
    this.loops++;
    this.scopes.push([{ name, fixed: true }]);
    const bound = this.pick(['ROUNDS', '3', '2']);
    const change = this.below(4) === 0 ? `, ${this.effect(1)}` : '';
    const first = this.below(4) === 0 ? `, ${name}b = ${this.value(1)}` : '';
    const body = this.block();
    this.scopes.pop();
    this.loops--;
    return `${label}for (let ${name} = 0${first}; ${name} < ${bound}; ${name}++${change}) ${body}`;
  }

  private labelled(): string {
    const name = this.pick(
      ['done', 'label', 'r0', 'r1', 'to3'].filter((one) => this.labels.every((l) => l.name !== one)),
    );
    if (name === undefined) return ';';
    const loop = this.below(2) === 0;
    const before = this.labels;
    this.labels = [...before, { name, loop }];
    const text = loop ? this.loop(`${name}: `) : `${name}: ${this.inLabel()}`;
    this.labels = before;
    return text;
  }

  /** The body of a labelled block: `break` and `continue` without a name are not its. */
  private inLabel(): string {
    const { loops } = this;
    const text = this.block();
    this.loops = loops;
    return text;
  }
}

/** A block class with a random `receive`, or `inline`; `text` is its source. */
export function randomBlock(below: Below, kind: string): { type: BlockClass; text: string } {
  const uses = randomUses(below);
  const text = new Writer(below).receive();
  const make = new Function(...Object.keys(uses), `'use strict'; return class { ${text} };`);
  const { prototype } = make(...Object.values(uses)) as { prototype: Block };
  const type = withReceive(kind, uses, prototype);
  if (below(4) === 0) Object.defineProperty(type.prototype, 'inline', { value: () => text });
  return { type, text };
}

function withReceive(kind: string, uses: Record<string, unknown>, { receive }: Block): BlockClass {
  class Program {
    static readonly kind = kind;
    static readonly summary = 'a random program';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 3, egress: 2 };
    static readonly config = z.strictObject({});
    static readonly counters = { c0: 'one', c1: 'two', c2: 'three', c3: 'four' };
    static readonly drops = { first: 'the first', second: 'the second' };
    static readonly uses = uses;
    c0 = 0;
    c1 = 0;
    c2 = 0;
    c3 = 0;
    n: unknown = 3;
    m = 0;
    readonly table = new Int32Array(8);
    readonly ports: Int32Array;
    kept: Frame | null = null;

    constructor(context: BlockContext) {
      this.ports = context.ports;
    }

    details(): Record<string, unknown> {
      return { n: String(this.n), m: this.m, table: [...this.table] };
    }

    held(): number {
      return this.kept === null ? 0 : 1;
    }

    wake(engine: EnginePort): void {
      if (this.kept !== null) engine.emit(this.kept, this.kept.direction);
      this.kept = null;
    }

    close(engine: EnginePort): void {
      if (this.kept !== null) engine.discard(this.kept, 1);
      this.kept = null;
    }
  }
  Object.defineProperty(Program.prototype, 'receive', { value: receive });
  return Program as unknown as BlockClass;
}
