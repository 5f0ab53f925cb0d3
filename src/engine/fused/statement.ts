import type {
  Expression,
  ForStatement,
  IfStatement,
  LabeledStatement,
  Statement,
  VariableDeclaration,
} from 'acorn';
import { ExpressionPrinter, type Printed } from './expression.js';
import { become, type Known, meet } from './known.js';
import { learn } from './learn.js';
import { NAMES, type Place } from './place.js';
import type { AnyNode } from './tree.js';
import { childrenOf } from './tree.js';

/** A `return` of the block: what comes in its place depends on where the frame goes on. */
export interface Exit {
  /** The answer where it is certain, else the code that works it out. */
  readonly outcome: number | null;
  readonly code: string;
  readonly known: Known;
  /** The code can go on behind it: nothing of the block follows. */
  readonly last: boolean;
  readonly inLoop: boolean;
}

export type Line =
  | { readonly indent: number; readonly text: string }
  | { readonly indent: number; readonly exit: Exit };

/** Prints the body of one block's `receive` at one place. */
export class StatementPrinter {
  readonly lines: Line[] = [];
  private readonly place: Place;
  private readonly known: Known;
  private readonly expressions: ExpressionPrinter;
  private indent = 0;
  private loops = 0;

  /** `known` is what is certain at the beginning; it is changed as the body goes on. */
  constructor(place: Place, known: Known) {
    this.place = place;
    this.known = known;
    this.expressions = new ExpressionPrinter(place, known);
  }

  /** Answers the exits, in the order of the text. */
  run(): Exit[] {
    const { body } = this.place.source.body;
    this.statements(body, true);
    return this.lines.flatMap((line) => ('exit' in line ? [line.exit] : []));
  }

  private say(text: string): void {
    this.lines.push({ indent: this.indent, text });
  }

  /** Prints statements up to the first that ends them. Answers whether the last is passed. */
  private statements(list: readonly Statement[], last: boolean): boolean {
    for (const [index, one] of list.entries()) {
      if (!this.statement(one, last && index === list.length - 1)) return false;
    }
    return true;
  }

  /** Answers whether the code behind it can be reached. */
  private statement(at: Statement, last: boolean): boolean {
    switch (at.type) {
      case 'BlockStatement':
        return this.statements(at.body, last);
      case 'EmptyStatement':
        return true;
      case 'ExpressionStatement': {
        const printed = this.expressions.print(at.expression);
        if (printed.value === undefined) this.say(`${printed.code};`);
        return true;
      }
      case 'VariableDeclaration':
        this.say(`${this.declaration(at)};`);
        return true;
      case 'ReturnStatement':
        this.exit(at.argument ?? null, last);
        return false;
      case 'IfStatement':
        return this.ifElse(at, last);
      case 'ForStatement':
        return this.loop(at);
      case 'LabeledStatement':
        return this.labeled(at);
      case 'BreakStatement':
      case 'ContinueStatement': {
        const label = at.label ? ` ${this.expressions.local(at.label.name)}` : '';
        this.say(`${at.type === 'BreakStatement' ? 'break' : 'continue'}${label};`);
        return false;
      }
      default:
        throw new SyntaxError(`${at.type} is outside the portable subset`);
    }
  }

  private declaration(at: VariableDeclaration): string {
    const parts = at.declarations.map((one) => {
      if (one.id.type !== 'Identifier')
        throw new SyntaxError(`${one.id.type} is outside the portable subset`);
      const name = this.expressions.local(one.id.name);
      if (!one.init) return name;
      const printed = this.expressions.print(one.init);
      const single = this.place.source.locals.get(one.id.name) === 1;
      if (at.kind === 'const' && single && printed.value !== undefined) {
        this.expressions.constants.set(one.id.name, printed);
      }
      return `${name} = ${printed.rank === 0 ? `(${printed.code})` : printed.code}`;
    });
    return `${at.kind} ${parts.join(', ')}`;
  }

  private exit(argument: Expression | null, last: boolean): void {
    const { source } = this.place;
    if (argument === null) throw new SyntaxError('return without an answer');
    // `transmit` answers HELD, always (contract/block.ts).
    if (argument.type === 'CallExpression' && isTransmit(argument.callee)) {
      this.say(`${this.expressions.print(argument).code};`);
      this.leave({ code: 'HELD', value: -2, rank: 0 }, last);
      return;
    }
    if (argument.type === 'ConditionalExpression') {
      const { test, consequent, alternate } = argument;
      const branch = (value: Expression): Statement => ({
        type: 'ReturnStatement',
        argument: value,
        start: 0,
        end: 0,
      });
      this.ifElse(
        {
          type: 'IfStatement',
          test,
          consequent: branch(consequent),
          alternate: branch(alternate),
          start: 0,
          end: 0,
        },
        last,
      );
      return;
    }
    const isDirection =
      argument.type === 'MemberExpression' &&
      argument.object.type === 'Identifier' &&
      argument.object.name === source.frame &&
      argument.property.type === 'Identifier' &&
      argument.property.name === 'direction';
    const printed = this.expressions.print(argument);
    if (isDirection && printed.value === undefined) this.twoWays(last);
    else this.leave(printed, last);
  }

  /** `return frame.direction` where it is not certain: a branch for each, and in it it is. */
  private twoWays(last: boolean): void {
    const before = { ...this.known };
    this.say(`if (${NAMES.frame}.direction === 0) {`);
    this.nested(() => {
      this.known.direction = 0;
      this.leave({ code: '0', value: 0, rank: 20 }, last);
    });
    this.say('} else {');
    become(this.known, before);
    this.nested(() => {
      this.known.direction = 1;
      this.leave({ code: '1', value: 1, rank: 20 }, last);
    });
    this.say('}');
  }

  private leave(printed: Printed, last: boolean): void {
    const outcome = typeof printed.value === 'number' ? printed.value : null;
    const exit = { outcome, code: printed.code, known: { ...this.known }, last, inLoop: this.loops > 0 };
    this.lines.push({ indent: this.indent, exit });
  }

  private nested(work: () => void): void {
    this.indent++;
    work();
    this.indent--;
  }

  private ifElse(at: IfStatement, last: boolean): boolean {
    const test = this.expressions.print(at.test);
    if (test.value !== undefined) {
      const taken = test.value ? at.consequent : at.alternate;
      if (!taken) return true;
      // In a block of its own: its locals are its own.
      this.say('{');
      let goesOn = true;
      this.nested(() => {
        goesOn = this.statement(taken, last);
      });
      this.say('}');
      return goesOn;
    }
    const before = { ...this.known };
    const see = (of: AnyNode) => this.expressions.print(of as Expression);
    this.say(`if (${test.code}) {`);
    learn(at.test, true, this.known, see);
    let goesOn = true;
    this.nested(() => {
      goesOn = this.statement(at.consequent, last);
    });
    const afterYes = { ...this.known };
    become(this.known, before);
    learn(at.test, false, this.known, see);
    let elseGoesOn = true;
    if (at.alternate) {
      const alternate = at.alternate;
      this.say('} else {');
      this.nested(() => {
        elseGoesOn = this.statement(alternate, last);
      });
    }
    this.say('}');
    if (goesOn) become(this.known, elseGoesOn ? meet(afterYes, this.known) : afterYes);
    return goesOn || elseGoesOn;
  }

  private loop(at: ForStatement): boolean {
    this.forgetWhatChanges(at);
    const init = !at.init
      ? ''
      : at.init.type === 'VariableDeclaration'
        ? this.declaration(at.init)
        : this.expressions.print(at.init).code;
    const test = at.test ? this.expressions.print(at.test).code : '';
    const update = at.update ? this.expressions.print(at.update).code : '';
    this.say(`for (${init}; ${test}; ${update}) {`);
    const before = { ...this.known };
    this.loops++;
    this.nested(() => this.statement(at.body, false));
    this.loops--;
    this.say('}');
    become(this.known, meet(before, this.known)); // it may be left before the first round
    this.forgetWhatChanges(at);
    return true;
  }

  private labeled(at: LabeledStatement): boolean {
    const before = { ...this.known };
    this.say(`${this.expressions.local(at.label.name)}: {`);
    this.nested(() => this.statement(at.body, false));
    this.say('}');
    become(this.known, before);
    this.forgetWhatChanges(at);
    return true;
  }

  /** Where the order of things is not followed, only what they leave alone stays certain. */
  private forgetWhatChanges(at: AnyNode): void {
    const { source } = this.place;
    const changes = (one: AnyNode): boolean => {
      if (one.type === 'CallExpression') {
        const { callee } = one;
        const name =
          callee.type === 'MemberExpression' && callee.property.type === 'Identifier'
            ? callee.property.name
            : '';
        if (/^(pull|truncate|fill)$/.test(name)) return true;
        const passes = one.arguments.some((arg) => arg.type === 'Identifier' && arg.name === source.frame);
        if (passes && name !== 'copy') return true;
      }
      if (one.type === 'AssignmentExpression' || one.type === 'UpdateExpression') {
        const target = one.type === 'UpdateExpression' ? one.argument : one.left;
        if (
          target.type === 'MemberExpression' &&
          target.object.type === 'Identifier' &&
          target.object.name === source.frame
        )
          return true;
      }
      return childrenOf(one).some(({ node }) => changes(node));
    };
    if (!changes(at)) return;
    this.known.direction = null;
    this.known.minLength = 0;
  }
}

function isTransmit(callee: AnyNode): boolean {
  return (
    callee.type === 'MemberExpression' &&
    callee.property.type === 'Identifier' &&
    callee.property.name === 'transmit'
  );
}
