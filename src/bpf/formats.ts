import { type Instruction, MAX_INSTRUCTIONS, type Program } from './opcodes.js';
import { BpfError, formatTuples, parseTuples } from './tuples.js';

/** Ways to write a program down: netsniff-ng and C are tuples, tcpdump is what its `-ddd` prints, without the count. */
export const FORMATS = ['netsniff-ng', 'C', 'xt_bpf', 'tcpdump', 'json'] as const;
export type Format = (typeof FORMATS)[number];

/** A program as text, byte for byte as bpfc of netsniff-ng prints it: that of xt_bpf does not end its line. */
export function formatProgram(program: Program, format: Format): string {
  const decimal = ({ code, jt, jf, k }: Instruction) => `${code} ${jt} ${jf} ${k}`;
  switch (format) {
    case 'xt_bpf':
      return `${program.length},${program.map((instruction) => `${decimal(instruction)},`).join('')}`;
    case 'tcpdump':
      return program.map((instruction) => `${decimal(instruction)}\n`).join('');
    case 'json':
      return `${JSON.stringify(program.map(({ code, jt, jf, k }) => ({ code, jt, jf, k })))}\n`;
    default:
      return formatTuples(program);
  }
}

/** Numbers only, four and four: neither an instruction nor an expression of pcap-filter(7) looks like that. */
const NUMBERS = /^\s*(?:[0-9]+\s*[,\n]\s*)?[0-9]+[ \t]+[0-9]+[ \t]+[0-9]+[ \t]+[0-9]+[ \t\r]*(?:[,\n]|$)/;
const JSON_BEGINS = /^\s*(?:\[|\{\s*")/;
const TUPLES_BEGIN = /^\s*\{/;

/**
 * Reads a program in any of `FORMATS`; `tcpdump -ddd`'s and xt_bpf's count is compared with what follows. Answers null
 * when the text has none of these forms: then it is another language. Only the form is checked, as by `parseTuples`.
 * Throws BpfError.
 */
export function parseProgram(text: string): Program | null {
  if (JSON_BEGINS.test(text)) return parseJson(text);
  if (TUPLES_BEGIN.test(text)) return parseTuples(text);
  return NUMBERS.test(text) ? parseNumbers(text) : null;
}

/** `code jt jf k`, separated by commas or line ends, after the number of them or not. */
function parseNumbers(text: string): Program {
  const program: Instruction[] = [];
  let count: number | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    for (const { 0: piece, index: at } of line.matchAll(/[^,\s][^,]*/g)) {
      const fail = (message: string) => new BpfError(message, index + 1, at + 1);
      const words = piece.trim().split(/\s+/);
      if (words.length === 1 && count === null && program.length === 0) {
        count = numberOf(words[0], MAX_INSTRUCTIONS, 'the number of instructions', fail);
        continue;
      }
      if (words.length !== 4) {
        throw fail(`instruction ${program.length} has ${words.length} numbers; it has four: code jt jf k`);
      }
      const read = (i: number, name: string, max: number) =>
        numberOf(words[i], max, `${name} of instruction ${program.length}`, fail);
      program.push({
        code: read(0, 'code', 0xffff),
        jt: read(1, 'jt', 0xff),
        jf: read(2, 'jf', 0xff),
        k: read(3, 'k', 0xffffffff),
      });
    }
  }
  return counted(program, count);
}

function numberOf(word: string, max: number, name: string, fail: (message: string) => BpfError): number {
  if (/^[0-9]{1,10}$/.test(word) && Number(word) <= max) return Number(word);
  throw fail(`${name} is '${word.slice(0, 40)}'; use a decimal number from 0 to ${max}`);
}

function counted(program: Program, count: number | null): Program {
  if (count !== null && count !== program.length) {
    throw new BpfError(`${count} instructions are announced, ${program.length} follow`, 1, 1);
  }
  if (program.length > MAX_INSTRUCTIONS) {
    throw new BpfError(`the program has more than ${MAX_INSTRUCTIONS} instructions; shorten it`, 1, 1);
  }
  return program;
}

/** An array of objects with code, jt, jf and k; other keys mean nothing. */
function parseJson(text: string): Program {
  const fail = (message: string) => new BpfError(message, 1, 1);
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw fail(`it is no JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(list) || list.length === 0) {
    throw fail('a program in JSON is an array of instructions, each with code, jt, jf and k');
  }
  const program = list.map((one: unknown, index): Instruction => {
    const fields: Readonly<Record<string, unknown>> =
      typeof one === 'object' && one !== null ? { ...one } : {};
    const read = (name: string, max: number): number => {
      const value = fields[name];
      if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value;
      throw fail(`${name} of instruction ${index} is ${JSON.stringify(value) ?? 'missing'}; use 0 to ${max}`);
    };
    return {
      code: read('code', 0xffff),
      jt: read('jt', 0xff),
      jf: read('jf', 0xff),
      k: read('k', 0xffffffff),
    };
  });
  return counted(program, null);
}
