import { type Instruction, MAX_INSTRUCTIONS, type Program } from './opcodes.js';

/** Text that is no filter program. `line` and `column` count from 1; the message repeats them. */
export class BpfError extends Error {
  readonly line: number;
  readonly column: number;
  constructor(message: string, line: number, column: number) {
    super(`line ${line}, column ${column}: ${message}`);
    this.name = 'BpfError';
    this.line = line;
    this.column = column;
  }
}

const FIELDS = [
  { name: 'code', max: 0xffff },
  { name: 'jt', max: 0xff },
  { name: 'jf', max: 0xff },
  { name: 'k', max: 0xffffffff },
] as const;

const NUMBER = /^(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;
/** More digits than any number in range needs; keeps pattern and message short on hostile text. */
const MAX_WORD = 64;

/**
 * Reads a program in the canonical form of bpfc, netsniff-ng and `tcpdump -dd`:
 *
 *     { 0x28, 0, 0, 0x0000000c }, { 0x15, 0, 1, 0x00000806 }, …
 *
 * Four numbers (code, jt, jf, k), each decimal, 0x hexadecimal or 0 octal; commas behind tuples may be left out.
 * Comments are `;` and `//` to the end of the line, and C's. Time is linear in the text.
 * Only the form is checked here; `validate` says whether the program may run.
 * Throws BpfError, also for a program that is empty or longer than 4096 instructions.
 */
export function parseTuples(text: string): Program {
  const scanner = new Scanner(text);
  const program: Instruction[] = [];
  while (!scanner.atEnd()) {
    if (program.length === MAX_INSTRUCTIONS) {
      scanner.fail(`the program has more than ${MAX_INSTRUCTIONS} instructions; shorten it`);
    }
    program.push(tuple(scanner, program.length));
    scanner.accept(',');
  }
  if (program.length === 0) {
    scanner.fail('no instruction found; a program is at least one tuple such as { 0x6, 0, 0, 0xffffffff }');
  }
  return program;
}

/** Writes a program as one tuple a line, the form that `parseTuples` reads. */
export function formatTuples(program: Program): string {
  return program.map((instruction) => `${formatTuple(instruction)},\n`).join('');
}

/** `{ 0x28, 0, 0, 0x0000000c }` */
export function formatTuple({ code, jt, jf, k }: Instruction): string {
  return `{ 0x${code.toString(16)}, ${jt}, ${jf}, 0x${k.toString(16).padStart(8, '0')} }`;
}

function tuple(scanner: Scanner, index: number): Instruction {
  const where = `instruction ${index}`;
  scanner.expect('{', `where ${where} should begin`);
  const values: number[] = [];
  for (const field of FIELDS) {
    if (values.length > 0) scanner.expect(',', `in ${where} before ${field.name}`);
    values.push(scanner.number(`${field.name} of ${where}`, field.max));
  }
  scanner.expect('}', `in ${where} behind k`);
  return { code: values[0], jt: values[1], jf: values[2], k: values[3] };
}

class Scanner {
  private readonly text: string;
  private position = 0;

  constructor(text: string) {
    this.text = text;
  }

  atEnd(): boolean {
    this.skipSpace();
    return this.position === this.text.length;
  }

  accept(sign: string): boolean {
    this.skipSpace();
    if (this.text[this.position] !== sign) return false;
    this.position++;
    return true;
  }

  expect(sign: string, place: string): void {
    if (this.accept(sign)) return;
    this.fail(`expected '${sign}' ${place}, found ${this.found()}; write tuples as { code, jt, jf, k }`);
  }

  number(name: string, max: number): number {
    this.skipSpace();
    const word = this.word();
    if (word === '') {
      this.fail(`expected a number for ${name}, found ${this.found()}; use 0 to ${max}`);
    }
    if (word.length > MAX_WORD || !NUMBER.test(word)) {
      this.fail(`${name} is ${clip(word)}, which is no number; write it decimal, 0x hexadecimal or 0 octal`);
    }
    // A leading 0 means octal as in C, where JavaScript would read decimal.
    const value = /^0[0-7]/.test(word) ? Number.parseInt(word, 8) : Number(word);
    if (value > max) {
      this.fail(`${name} is ${clip(word)}, which is too large; use 0 to ${max} (0x${max.toString(16)})`);
    }
    this.position += word.length;
    return value;
  }

  fail(message: string): never {
    const before = this.text.slice(0, this.position);
    const line = before.split('\n').length;
    throw new BpfError(message, line, this.position - before.lastIndexOf('\n'));
  }

  /** By hand, as a pattern with a repetition would need stack for long texts. */
  private skipSpace(): void {
    const { text } = this;
    for (;;) {
      const sign = text[this.position];
      if (sign === ' ' || sign === '\n' || sign === '\t' || sign === '\r') this.position++;
      else if (sign === ';' || text.startsWith('//', this.position)) this.skipBehind('\n');
      else if (text.startsWith('/*', this.position)) {
        if (!text.includes('*/', this.position + 2)) {
          this.fail("the comment '/*' has no end; close it with '*/'");
        }
        this.position += 2;
        this.skipBehind('*/');
      } else return;
    }
  }

  private skipBehind(end: string): void {
    const at = this.text.indexOf(end, this.position);
    this.position = at < 0 ? this.text.length : at + end.length;
  }

  private word(): string {
    let end = this.position;
    while (/[0-9A-Za-z_]/.test(this.text.charAt(end))) end++;
    return this.text.slice(this.position, end);
  }

  private found(): string {
    const code = this.text.codePointAt(this.position);
    return code === undefined ? 'the end of the text' : JSON.stringify(String.fromCodePoint(code));
  }
}

function clip(word: string): string {
  return word.length > 40 ? `${word.slice(0, 40)}…` : word;
}
