import { Class, type Instruction, isConditional, type Program } from '../opcodes.js';
import { formatTuple } from '../tuples.js';
import { EXTENSIONS, MNEMONICS, type Operand } from './syntax.js';

/** For each code the words of its instruction; of several names for one code the one that the peer writes. */
const WORDS: ReadonlyMap<number, { readonly name: string; readonly operand: Operand }> = new Map(
  MNEMONICS.filter(({ name, opposite }) => !opposite && !['ldi', 'ldxi', 'jmp'].includes(name)).flatMap(
    ({ name, codes }) =>
      Object.entries(codes)
        .filter(([operand]) => operand !== 'extension')
        .map(([operand, code]) => [code, { name, operand: operand as Operand }] as const),
  ),
);

const EXTENSION_NAMES: ReadonlyMap<number, string> = new Map(EXTENSIONS.map(({ names, k }) => [k, names[0]]));
/** Their constants are shown as signed decimal numbers, all others in hexadecimal. */
const DECIMAL: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'div', 'mod', 'lsh', 'rsh']);
const LONGEST_LABEL = 8;

/**
 * The text from which `assemble` makes the same program, field by field. What the language cannot say, such as a jump
 * out of the program or a `tax` with a number in k, is written as a tuple.
 */
export function disassemble(program: Program): string {
  const hasWords = program.map((instruction, index) => isSayable(instruction, program.length - index - 1));
  const targets = new Set(program.flatMap((one, index) => (hasWords[index] ? targetsOf(one, index) : [])));
  return program
    .map((instruction, index) => {
      const label = targets.has(index) ? `L${index}:` : '';
      const text = hasWords[index] ? instructionText(instruction, index) : inTuple(instruction);
      return `${label.padEnd(LONGEST_LABEL)}${text}\n`;
    })
    .join('');
}

/** A program as bpfc -V of netsniff-ng shows it: every line with a label, and the target of a `ja` bare. */
export function listing(program: Program): string {
  return program
    .map((instruction, index) => {
      const words = wordsOf(instruction, index) ?? [formatTuple(instruction)];
      return ` L${index}: ${words.join(' ').replace(/^ja L/, 'ja ')}\n`;
    })
    .join('');
}

/** One instruction in the language's words. Its jumps lead to labels made of `L` and the number of the instruction. */
export function instructionText(instruction: Instruction, index: number): string {
  return wordsOf(instruction, index)?.join(' ').trimEnd() ?? formatTuple(instruction);
}

/** Name and operand; null for a code that is no instruction. */
function wordsOf(instruction: Instruction, index: number): readonly [string, string] | null {
  const words = WORDS.get(instruction.code);
  if (words === undefined) return null;
  return [words.name, operandText(words.name, words.operand, instruction, index)];
}

function operandText(name: string, operand: Operand, instruction: Instruction, index: number): string {
  const { k } = instruction;
  const labels = targetsOf(instruction, index).map((target) => `L${target}`);
  const constant = DECIMAL.has(name) ? `#${k | 0}` : `#0x${k.toString(16)}`;
  switch (operand) {
    case '[k]':
      return EXTENSION_NAMES.get(k) ?? `[${k | 0}]`;
    case '[x + k]':
      return `[x + ${k | 0}]`;
    case 'M[k]':
      return `M[${k | 0}]`;
    case '4*([k]&0xf)':
      return `4*([${k | 0}]&0xf)`;
    case 'L':
      return labels[0];
    case '#k':
      return constant;
    case '#k,Lt,Lf':
      return [constant, ...labels].join(', ');
    case 'x,Lt,Lf':
      return ['x', ...labels].join(', ');
    default:
      // x, a, #len and nothing mean themselves.
      return operand;
  }
}

/** Numbers of the instructions to which one leads other than by its end. */
function targetsOf({ code, jt, jf, k }: Instruction, index: number): number[] {
  if ((code & 7) !== Class.jmp) return [];
  return isConditional(code) ? [index + 1 + jt, index + 1 + jf] : [index + 1 + k];
}

/** Whether the language's words for the instruction mean all of its fields. `after` instructions follow. */
function isSayable({ code, jt, jf, k }: Instruction, after: number): boolean {
  const operand = WORDS.get(code)?.operand;
  if (operand === undefined) return false;
  const isTest = operand === '#k,Lt,Lf' || operand === 'x,Lt,Lf';
  if (isTest ? jt >= after || jf >= after : jt !== 0 || jf !== 0) return false;
  if (operand === 'L') return k < after;
  return k === 0 || !['', 'x', 'a', '#len', 'x,Lt,Lf'].includes(operand);
}

function inTuple(instruction: Instruction): string {
  const words = WORDS.get(instruction.code);
  const reason =
    words === undefined
      ? 'no instruction of classic BPF'
      : `${words.name}, with a jump out of the program or fields that have no meaning`;
  return `${formatTuple(instruction)}, ; ${reason}`;
}
