import type {
  ArrowFunctionExpression,
  AssignmentExpression,
  CallExpression,
  Expression,
  MemberExpression,
  Pattern,
  PrivateIdentifier,
  SpreadElement,
  Super,
  UpdateExpression,
} from 'acorn';
import { frameCall } from './frame-call.js';
import { changesFrame, changesItself } from './frame-change.js';
import { forget, type Known } from './known.js';
import { hintOf, NAMES, type Place } from './place.js';

/** An expression as generated code, with its value where that is certain already. */
export interface Printed {
  readonly code: string;
  readonly value?: number | boolean;
  /** How tightly it binds: the higher the tighter. */
  readonly rank: number;
}

type Any = Expression | Pattern | PrivateIdentifier | SpreadElement | Super | ArrowFunctionExpression;

export const ATOM = 20;
const UNARY = 14;
const CONDITIONAL = 2;
const ASSIGNMENT = 1;
const COMMA = 0;
const OPERATORS = ['||', '&&', '|', '^', '&', '=== !== == !=', '< <= > >=', '<< >> >>>', '+ -', '* / %'];
const RANKS = new Map(
  OPERATORS.flatMap((row, index) => row.split(' ').map((op) => [op, index + 3] as const)),
);

/** Prints the expressions of one block's `receive` at one place, worked out as far as is certain. */
export class ExpressionPrinter {
  /** Locals whose value is certain. */
  readonly constants = new Map<string, Printed>();
  readonly known: Known;
  private readonly place: Place;

  constructor(place: Place, known: Known) {
    this.place = place;
    this.known = known;
  }

  /** An expression that is a statement: nobody looks at its value. */
  printEffect(at: Any): Printed {
    if (at.type === 'CallExpression') return this.call(at, false);
    if (at.type === 'LogicalExpression') return this.logical(at.operator, at.left, at.right, false);
    return this.print(at);
  }

  local(name: string): string {
    return `${name}_${this.place.number}`;
  }

  print(at: Any): Printed {
    switch (at.type) {
      case 'Literal':
        return literal(at.value);
      case 'Identifier':
        return this.identifier(at.name);
      case 'ThisExpression':
        return atom(this.block());
      case 'MemberExpression':
        return this.member(at);
      case 'CallExpression':
        return this.call(at, true);
      case 'UnaryExpression':
        return unary(at.operator, this.print(at.argument));
      case 'BinaryExpression':
        return this.binary(at.operator, this.print(at.left), this.print(at.right));
      case 'LogicalExpression':
        return this.logical(at.operator, at.left, at.right, true);
      case 'ConditionalExpression': {
        const test = this.print(at.test);
        if (test.value !== undefined) return this.print(test.value ? at.consequent : at.alternate);
        const [yes, no] = [this.maybe(at.consequent), this.maybe(at.alternate)];
        const code = `${inside(test, CONDITIONAL + 1)} ? ${inside(yes, ASSIGNMENT)} : ${inside(no, ASSIGNMENT)}`;
        return { code, rank: CONDITIONAL };
      }
      case 'AssignmentExpression':
        return this.assignment(at);
      case 'UpdateExpression':
        return this.update(at);
      case 'SequenceExpression':
        return {
          code: at.expressions.map((one) => inside(this.print(one), ASSIGNMENT)).join(', '),
          rank: COMMA,
        };
      case 'ParenthesizedExpression':
        return this.print(at.expression);
      default:
        throw new SyntaxError(`${at.type} is outside the portable subset`);
    }
  }

  private block(): string {
    return this.place.bindings.nameOf(this.place.instance.block, hintOf(this.place.instance));
  }

  private identifier(name: string): Printed {
    const { source, uses, bindings } = this.place;
    if (name === source.frame) return atom(NAMES.frame);
    if (name === source.engine) return atom(NAMES.engine);
    if (Object.hasOwn(uses, name)) {
      const used = uses[name];
      if (typeof used === 'number' || typeof used === 'boolean') return literal(used);
      return atom(bindings.nameOf(used, `$${name}$`));
    }
    if (name === 'undefined' || name === 'NaN' || name === 'Infinity' || name === 'Math') return atom(name);
    return this.constants.get(name) ?? atom(this.local(name));
  }

  private member(at: MemberExpression): Printed {
    const { object, property } = at;
    const { source, instance, hops } = this.place;
    if (object.type === 'Identifier' && object.name === source.frame && !at.computed) {
      const name = nameOf(property);
      if (name === 'direction' && this.known.direction !== null) return literal(this.known.direction);
      if (name === 'hops') return typeof hops === 'number' ? literal(hops) : { code: hops, rank: 11 };
      if (name === 'nextIdp') return literal(instance.idp);
      if (name === 'bytes') return atom(NAMES.bytes);
      if (name === 'view') return atom(NAMES.view);
    }
    if (at.computed && this.isPorts(object)) {
      const index = this.print(property);
      const idp = typeof index.value === 'number' ? instance.ports[index.value] : undefined;
      if (idp !== undefined) return literal(idp);
    }
    return this.target(at);
  }

  /** Where a sum goes: for a counter that is only ever added to, a local that is settled after the batch. */
  private sum(at: Any): Printed {
    const { sums, source, instance } = this.place;
    const target = this.target(at);
    if (sums === null || at.type !== 'MemberExpression' || at.object.type !== 'ThisExpression') return target;
    const name = nameOf(at.property);
    if (at.computed || !source.grown.has(name) || !Object.hasOwn(instance.type.counters, name)) return target;
    return atom(sums.localFor(target.code));
  }

  /** A member as a place to write to: never worked out. */
  private target(at: Any): Printed {
    if (at.type === 'Identifier') return atom(this.local(at.name));
    if (at.type !== 'MemberExpression') throw new SyntaxError(`${at.type} cannot be written to`);
    const object = inside(this.print(at.object), ATOM);
    return atom(
      at.computed ? `${object}[${this.print(at.property).code}]` : `${object}.${nameOf(at.property)}`,
    );
  }

  /** `this.ports`, under whatever name the block keeps its port table. It changes only when the graph does. */
  private isPorts(at: Any): boolean {
    if (at.type !== 'MemberExpression' || at.computed || at.object.type !== 'ThisExpression') return false;
    const fields = this.place.instance.block as unknown as Record<string, unknown>;
    return fields[nameOf(at.property)] === this.place.instance.ports;
  }

  private logical(operator: string, left: Any, right: Any, isUsed: boolean): Printed {
    const first = this.print(left);
    if (first.value !== undefined) {
      return (operator === '&&') === Boolean(first.value) ? this.print(right) : first;
    }
    const rank = rankOf(operator);
    return {
      code: `${inside(first, rank)} ${operator} ${inside(this.maybe(right, isUsed), rank + 1)}`,
      rank,
    };
  }

  /** What may be left out: afterwards it is not certain that it was done. */
  private maybe(at: Any, isUsed = true): Printed {
    const { direction } = this.known;
    const printed = isUsed ? this.print(at) : this.printEffect(at);
    if (this.known.direction !== direction) this.known.direction = null;
    return printed;
  }

  private binary(operator: string, left: Printed, right: Printed): Printed {
    if (left.code === LENGTH && typeof right.value === 'number') {
      const least = this.known.minLength;
      if (operator === '<' && least >= right.value) return literal(false);
      if (operator === '>=' && least >= right.value) return literal(true);
      if (operator === '<=' && least > right.value) return literal(false);
      if (operator === '>' && least > right.value) return literal(true);
    }
    return binary(operator, left, right);
  }

  private call(at: CallExpression, isUsed: boolean): Printed {
    const { callee } = at;
    const args = at.arguments.map((one) => this.print(one));
    const { source } = this.place;
    const method = callee.type === 'MemberExpression' ? nameOf(callee.property) : '';
    const on =
      callee.type === 'MemberExpression' && callee.object.type === 'Identifier' ? callee.object.name : '';
    if (on === source.engine && method === 'now' && args.length === 0) return atom(`${NAMES.time}[0]`);
    if (on === source.frame && callee.type === 'MemberExpression') {
      const isSteady = !at.arguments.some((one) => changesFrame(one, source));
      const printed = frameCall(method, args, this.known, { isUsed, isSteady });
      if (printed !== null) return printed;
    }
    if (changesItself(at, source)) forget(this.known);
    const name = callee.type === 'Identifier' ? this.identifier(callee.name) : this.target(callee as Any);
    return atom(`${inside(name, ATOM)}(${args.map((one) => inside(one, ASSIGNMENT)).join(', ')})`);
  }

  private assignment(at: AssignmentExpression): Printed {
    // The place first, as it runs: what is written may change what the place depends on.
    const left = at.operator === '+=' ? this.sum(at.left) : this.target(at.left);
    const right = this.print(at.right);
    this.note(left, at.operator === '=' ? right.value : undefined);
    return { code: `${left.code} ${at.operator} ${inside(right, ASSIGNMENT)}`, rank: ASSIGNMENT };
  }

  private update(at: UpdateExpression): Printed {
    const target = at.operator === '++' ? this.sum(at.argument) : this.target(at.argument);
    this.note(target, undefined);
    return {
      code: at.prefix ? `${at.operator}${target.code}` : `${target.code}${at.operator}`,
      rank: UNARY,
    };
  }

  /** Something was written to: of the frame, under whatever name, less may be certain now. */
  private note(target: Printed, value: number | boolean | undefined): void {
    if (/\.(length|start)$/.test(target.code)) this.known.minLength = 0;
    if (!target.code.endsWith('.direction')) return;
    const isFrame = target.code === `${NAMES.frame}.direction`;
    this.known.direction = isFrame && (value === 0 || value === 1) ? value : null;
  }
}

const LENGTH = `${NAMES.frame}.length`;

function rankOf(operator: string): number {
  const rank = RANKS.get(operator);
  if (rank === undefined) throw new SyntaxError(`${operator} is outside the portable subset`);
  return rank;
}

export function atom(code: string): Printed {
  return { code, rank: ATOM };
}

export function literal(value: unknown): Printed {
  if (typeof value === 'boolean') return { code: String(value), value, rank: ATOM };
  if (typeof value !== 'number') {
    if (value === null) return atom('null');
    throw new SyntaxError(`a ${typeof value} is outside the portable subset`);
  }
  if (!Number.isFinite(value)) return atom(`(${value})`);
  const code = Object.is(value, -0) ? '-0' : String(value);
  return { code, value, rank: code.startsWith('-') ? UNARY : ATOM };
}

/** The code, in brackets where it binds less tightly than its surroundings ask. */
export function inside(printed: Printed, rank: number): string {
  return printed.rank < rank ? `(${printed.code})` : printed.code;
}

function unary(operator: string, of: Printed): Printed {
  const { value } = of;
  if (value !== undefined) {
    if (operator === '!') return literal(!value);
    if (operator === '-') return literal(-value);
    if (operator === '~') return literal(~Number(value));
    if (operator === '+') return literal(Number(value));
  }
  if (!'-+!~'.includes(operator)) throw new SyntaxError(`${operator} is outside the portable subset`);
  const gap = of.code.startsWith(operator) ? ' ' : '';
  return { code: `${operator}${gap}${inside(of, UNARY)}`, rank: UNARY };
}

function binary(operator: string, left: Printed, right: Printed): Printed {
  if (typeof left.value === 'number' && typeof right.value === 'number') {
    const value = computed(operator, left.value, right.value);
    if (value !== undefined) return literal(value);
  }
  const rank = rankOf(operator);
  return { code: `${inside(left, rank)} ${operator} ${inside(right, rank + 1)}`, rank };
}

function computed(operator: string, a: number, b: number): number | boolean | undefined {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return a << b;
    case '>>':
      return a >> b;
    case '>>>':
      return a >>> b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '===':
    case '==':
      return a === b;
    case '!==':
    case '!=':
      return a !== b;
    default:
      return undefined;
  }
}

function nameOf(at: Any): string {
  if (at.type !== 'Identifier') throw new SyntaxError(`${at.type} is no name of a member`);
  return at.name;
}
