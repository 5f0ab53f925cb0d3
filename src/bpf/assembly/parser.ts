import { type Instruction, MAX_INSTRUCTIONS, statement } from '../opcodes.js';
import { type AssemblyFault, clip, FaultAt, type Place, Scanner, type Span, type Word } from './scanner.js';
import { extensionOf, LENGTH_NAMES, type Mnemonic, mnemonicOf, type Operand } from './syntax.js';

/** A label, where it is written. */
export interface LabelAt extends Span {
  readonly name: string;
}

/** An instruction whose jumps still lead to labels. */
export interface Statement extends Span {
  /** With jt, jf and the k of an unconditional jump as 0, unless it was written as a tuple. */
  readonly instruction: Instruction;
  /** Where to go when the test holds, and when not; null is the next statement. An unconditional jump has only `yes`. */
  readonly jump: { readonly yes: LabelAt | null; readonly no: LabelAt | null } | null;
}

export interface Parsed {
  readonly statements: readonly Statement[];
  /** Each with the number of the statement behind it, from 0. */
  readonly labels: readonly { readonly at: LabelAt; readonly index: number }[];
  readonly faults: readonly AssemblyFault[];
  readonly placeOf: (span: Span) => Place;
}

/** Faults after which the rest is no longer looked at. */
export const MAX_FAULTS = 20;

/** Where an operand is written, what it is, and the number in it. */
interface Written extends Span {
  readonly operand: Operand;
  readonly k: number;
}

/**
 * Takes a program apart. Line ends mean no more than blanks, as in the peers, but after a fault it goes on with the
 * next line. At most `MAX_FAULTS` faults are told.
 */
export function parse(text: string): Parsed {
  const scanner = new Scanner(text);
  const statements: Statement[] = [];
  const labels: { at: LabelAt; index: number }[] = [];
  const faults: AssemblyFault[] = [];
  while (faults.length < MAX_FAULTS && statements.length <= MAX_INSTRUCTIONS) {
    let from = scanner.position;
    try {
      scanner.skipToStatement();
      if (scanner.atEnd()) break;
      from = scanner.position;
      const label = labelAt(scanner);
      if (label !== null) labels.push({ at: label, index: statements.length });
      else statements.push(statementAt(scanner));
    } catch (error) {
      if (!(error instanceof FaultAt)) throw error;
      faults.push({ message: error.message, ...scanner.placeOf(error.span) });
      scanner.skipFault(error.span, from);
    }
  }
  return { statements, labels, faults, placeOf: (span) => scanner.placeOf(span) };
}

/** Both are words of pcap-filter(7) too, and a program that begins with them computes nothing. */
const AMBIGUOUS: ReadonlySet<string> = new Set(['and', 'or']);

/** Whether a text begins with an instruction of the language, with labels and comments before it or not. */
export function beginsAssembly(text: string): boolean {
  const scanner = new Scanner(text);
  try {
    for (;;) {
      scanner.skipToStatement();
      const word = scanner.word();
      if (word === null) return false;
      const name = word.text.toLowerCase();
      if (mnemonicOf.has(name)) return !AMBIGUOUS.has(name);
      if (!scanner.accept(':')) return false;
    }
  } catch (error) {
    if (error instanceof FaultAt) return false;
    throw error;
  }
}

function labelAt(scanner: Scanner): LabelAt | null {
  const from = scanner.position;
  const word = scanner.word();
  if (word !== null && scanner.accept(':')) return labelOf(word);
  scanner.position = from;
  return null;
}

function labelOf({ text, offset, length }: Word): LabelAt {
  if (mnemonicOf.has(text.toLowerCase())) {
    throw new FaultAt(`'${text}' is an instruction; choose another name for the label`, { offset, length });
  }
  return { name: text, offset, length };
}

function statementAt(scanner: Scanner): Statement {
  const from = scanner.position;
  if (scanner.accept('{')) return tupleAt(scanner, from);
  const name = scanner.word();
  if (name === null) throw scanner.unexpected('an instruction or a label');
  const mnemonic = mnemonicOf.get(name.text.toLowerCase());
  if (mnemonic === undefined) {
    throw new FaultAt(
      `'${clip(name.text)}' is no instruction ("bpfc -d" lists them); a label ends with ':'`,
      name,
    );
  }
  const { offset, length } = name;
  const code = mnemonic.codes[''];
  if (code !== undefined) return { instruction: statement(code), jump: null, offset, length };
  if (mnemonic.codes.L !== undefined) {
    const jump = { yes: target(scanner), no: null };
    return { instruction: statement(mnemonic.codes.L), jump, offset, length };
  }
  const operand = operandAt(scanner, mnemonic);
  if (mnemonic.codes['x,Lt'] !== undefined) return testAt(scanner, mnemonic, operand, name);
  return { instruction: statement(codeOf(mnemonic, operand), operand.k), jump: null, offset, length };
}

/** `{ code, jt, jf, k }`, for what the language has no words for; a comma may follow. */
function tupleAt(scanner: Scanner, offset: number): Statement {
  const values: number[] = [];
  for (const [name, max] of [
    ['code', 0xffff],
    ['jt', 0xff],
    ['jf', 0xff],
    ['k', 0xffffffff],
  ] as const) {
    if (values.length > 0) scanner.expect(',', `before ${name}; write tuples as { code, jt, jf, k }`);
    const from = scanner.position;
    const value = scanner.number();
    if (value === null) throw scanner.unexpected(`a number for ${name}`);
    if (value > max) {
      const span = { offset: from, length: scanner.position - from };
      throw new FaultAt(`${name} is ${value}, which is too large; use 0 to ${max}`, span);
    }
    values.push(value);
  }
  scanner.expect('}', 'behind k');
  const length = scanner.position - offset;
  scanner.accept(',');
  const [code, jt, jf, k] = values;
  return { instruction: { code, jt, jf, k }, jump: null, offset, length };
}

function testAt(scanner: Scanner, mnemonic: Mnemonic, written: Written, name: Word): Statement {
  const { offset, length } = name;
  if (written.operand !== '#k' && written.operand !== 'x') throw misfit(mnemonic, written);
  const code = mnemonic.codes[`${written.operand},Lt`] ?? 0;
  scanner.expect(',', `and a label behind the operand of ${mnemonic.name}`);
  const first = target(scanner);
  const comma = scanner.position;
  let second: LabelAt | null = null;
  if (scanner.accept(',')) {
    if (mnemonic.opposite) {
      const span = { offset: scanner.position - 1, length: 1 };
      throw new FaultAt(
        `${mnemonic.name} takes one label; use the opposite test for two, with the labels exchanged`,
        span,
      );
    }
    second = target(scanner);
  } else scanner.position = comma;
  const jump = mnemonic.opposite ? { yes: second, no: first } : { yes: first, no: second };
  return { instruction: statement(code, written.k), jump, offset, length };
}

function target(scanner: Scanner): LabelAt {
  const word = scanner.word();
  if (word === null) throw scanner.unexpected('a label to jump to');
  return labelOf(word);
}

function codeOf(mnemonic: Mnemonic, written: Written): number {
  const code = mnemonic.codes[written.operand];
  if (code === undefined) throw misfit(mnemonic, written);
  return code;
}

function misfit(mnemonic: Mnemonic, written: Written): FaultAt {
  const given = written.operand === 'extension' ? 'an extension' : written.operand;
  return new FaultAt(`${mnemonic.name} takes ${operandsOf(mnemonic)}, not ${given}`, written);
}

/** `#k or x`, for messages. */
function operandsOf({ codes }: Mnemonic): string {
  const names = Object.keys(codes).map((name) =>
    name === 'extension' ? 'an extension such as #proto' : name,
  );
  if (codes['x,Lt'] !== undefined) return '#k or x, then labels';
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names.at(-1)}` : names[0];
}

function operandAt(scanner: Scanner, mnemonic: Mnemonic): Written {
  scanner.skipSpace();
  const offset = scanner.position;
  const found = writtenAt(scanner);
  if (found === null) throw scanner.unexpected(`${operandsOf(mnemonic)} behind ${mnemonic.name}`);
  return { operand: found[0], k: found[1], offset, length: scanner.position - offset };
}

/** Any operand, whatever instruction it belongs to; null if none begins here. */
function writtenAt(scanner: Scanner): readonly [Operand, number] | null {
  if (scanner.accept('#')) return constantAt(scanner);
  if (scanner.accept('[')) return addressAt(scanner);
  if (scanner.accept('%')) return registerAt(scanner);
  const from = scanner.position;
  const word = scanner.word();
  if (word === null) {
    const value = scanner.number();
    if (value === null) return null;
    const behind = scanner.position;
    if (scanner.peek() === '*') return headerLengthAt(scanner, value, from);
    scanner.position = behind;
    return ['k', value];
  }
  const found = wordOperand(scanner, word.text.toLowerCase());
  if (found === null) scanner.position = from;
  return found;
}

function wordOperand(scanner: Scanner, name: string): readonly [Operand, number] | null {
  if (name === 'm') {
    scanner.expect('[', 'behind M; memory is written M[k]');
    const slot = numberAt(scanner, 'the number of a memory slot');
    scanner.expect(']', 'behind the number of the slot');
    return ['M[k]', slot];
  }
  return name === 'x' || name === 'a' ? [name, 0] : known(name);
}

/** The length or an extension. */
function known(name: string): readonly [Operand, number] | null {
  if (LENGTH_NAMES.includes(name)) return ['#len', 0];
  const extension = extensionOf.get(name);
  return extension === undefined ? null : ['extension', extension];
}

function constantAt(scanner: Scanner): readonly [Operand, number] {
  const from = scanner.position;
  const word = scanner.word();
  if (word === null) return ['#k', numberAt(scanner, 'a number or the name of an extension behind #')];
  const found = known(word.text.toLowerCase());
  if (found !== null) return found;
  scanner.position = from;
  throw new FaultAt(`'#${clip(word.text)}' is neither a number nor an extension that Linux has`, word);
}

function registerAt(scanner: Scanner): readonly [Operand, number] {
  const from = scanner.position;
  const name = scanner.word()?.text.toLowerCase();
  if (name === 'x' || name === 'a') return [name, 0];
  scanner.position = from;
  throw scanner.unexpected("'a' or 'x' behind %");
}

/** Behind `[`. */
function addressAt(scanner: Scanner): readonly [Operand, number] {
  const isRegister = scanner.accept('%');
  const from = scanner.position;
  const word = scanner.word();
  if (word === null && !isRegister) {
    const offset = numberAt(scanner, "a byte's offset");
    scanner.expect(']', 'behind the offset');
    return ['[k]', offset];
  }
  if (word?.text.toLowerCase() !== 'x') {
    scanner.position = from;
    throw scanner.unexpected(isRegister ? "'x' behind %" : 'an offset or x + an offset');
  }
  const isBelow = scanner.accept('-');
  if (!isBelow) scanner.expect('+', 'behind x; addresses are written [k] or [x + k]');
  const offset = numberAt(scanner, 'an offset to add to x');
  scanner.expect(']', 'behind the offset');
  return ['[x + k]', isBelow ? -offset >>> 0 : offset];
}

/** Behind the 4 of `4*([k]&0xf)`, which began at `from`. */
function headerLengthAt(scanner: Scanner, factor: number, from: number): readonly [Operand, number] {
  scanner.expect('*', 'behind 4');
  scanner.expect('(', 'behind 4*');
  scanner.expect('[', 'behind 4*(');
  const offset = numberAt(scanner, "a byte's offset");
  scanner.expect(']', 'behind the offset');
  scanner.expect('&', 'before the mask 0xf');
  const mask = numberAt(scanner, 'the mask 0xf');
  scanner.expect(')', 'behind the mask');
  if (factor !== 4 || mask !== 0xf) {
    const span = { offset: from, length: scanner.position - from };
    throw new FaultAt('the machine knows only 4*([k]&0xf), with just this factor and mask', span);
  }
  return ['4*([k]&0xf)', offset];
}

function numberAt(scanner: Scanner, what: string): number {
  const value = scanner.number();
  if (value === null) throw scanner.unexpected(what);
  return value;
}
