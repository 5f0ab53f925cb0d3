import type {
  BlockStatement,
  Expression,
  ForStatement,
  IfStatement,
  LabeledStatement,
  Statement,
  VariableDeclaration,
} from 'acorn';
import { ExpressionPrinter, type Printed } from './expression.js';
import { changesDirection, changesFrame } from './frame-change.js';
import { become, forget, type Known, meet } from './known.js';
import { learn } from './learn.js';
import { NAMES, type Place } from './place.js';
import { isTransmit } from './source.js';
import type { AnyNode } from './tree.js';

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

  /** A block among other statements: its locals are its own. */
  private block(at: BlockStatement, last: boolean): boolean {
    let goesOn = true;
    this.say('{');
    this.nested(() => {
      goesOn = this.statements(at.body, last);
    });
    this.say('}');
    return goesOn;
  }

  /** What stands in braces already. */
  private inBraces(at: Statement, last: boolean): boolean {
    let goesOn = true;
    this.nested(() => {
      goesOn = at.type === 'BlockStatement' ? this.statements(at.body, last) : this.statement(at, last);
    });
    return goesOn;
  }

  /** Answers whether the code behind it can be reached. */
  private statement(at: Statement, last: boolean): boolean {
    switch (at.type) {
      case 'BlockStatement':
        return this.block(at, last);
      case 'EmptyStatement':
        return true;
      case 'ExpressionStatement': {
        const printed = this.expressions.printEffect(at.expression);
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
        return this.loop(at, '');
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
    if (at.kind === 'var') throw new SyntaxError('var is outside the portable subset');
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
    if (isTransmit(argument, source.frame)) {
      // A link to another engine tells that one how far the frame has come.
      if (!source.asksEngine && source.frameUse === 'own')
        this.say(`${NAMES.frame}.hops = ${this.place.hops};`);
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
    const code = printed.rank === 0 ? `(${printed.code})` : printed.code;
    const exit = { outcome, code, known: { ...this.known }, last, inLoop: this.loops > 0 };
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
      this.say('{');
      const goesOn = this.inBraces(taken, last);
      this.say('}');
      return goesOn;
    }
    const before = { ...this.known };
    const learned = (holds: boolean) => {
      if (changesFrame(at.test, this.place.source)) return; // what it has looked at may be no longer so
      learn(at.test, holds, this.known, (of) => this.expressions.print(of as Expression));
    };
    this.say(`if (${test.code}) {`);
    learned(true);
    const goesOn = this.inBraces(at.consequent, last);
    const afterYes = { ...this.known };
    become(this.known, before);
    learned(false);
    let elseGoesOn = true;
    if (at.alternate) {
      this.say('} else {');
      elseGoesOn = this.inBraces(at.alternate, last);
    }
    this.say('}');
    if (goesOn) become(this.known, elseGoesOn ? meet(afterYes, this.known) : afterYes);
    return goesOn || elseGoesOn;
  }

  private loop(at: ForStatement, label: string): boolean {
    const init = !at.init
      ? ''
      : at.init.type === 'VariableDeclaration'
        ? this.declaration(at.init)
        : this.expressions.print(at.init).code;
    // The rounds come one after the other: each of the three begins with what any of them leaves certain.
    this.forgetWhatChanges(at);
    const before = { ...this.known };
    const test = at.test ? this.expressions.print(at.test).code : '';
    become(this.known, before);
    const update = at.update ? this.expressions.print(at.update).code : '';
    become(this.known, before);
    this.say(`${label}for (${init}; ${test}; ${update}) {`);
    this.loops++;
    this.inBraces(at.body, false);
    this.loops--;
    this.say('}');
    become(this.known, before); // it may be left before the first round
    return true;
  }

  private labeled(at: LabeledStatement): boolean {
    const label = `${this.expressions.local(at.label.name)}: `;
    if (at.body.type === 'ForStatement') return this.loop(at.body, label);
    const before = { ...this.known };
    this.say(`${label}{`);
    this.inBraces(at.body, false);
    this.say('}');
    become(this.known, before);
    this.forgetWhatChanges(at);
    return true;
  }

  /** Where the order of things is not followed, only what they leave alone stays certain. */
  private forgetWhatChanges(at: AnyNode): void {
    const { source } = this.place;
    if (changesDirection(at, source)) forget(this.known);
    else if (changesFrame(at, source)) this.known.minLength = 0;
  }
}
