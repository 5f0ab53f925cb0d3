import {
  type Instruction,
  KEEP_ALL,
  MAX_INSTRUCTIONS,
  MEMORY_SLOTS,
  type Program,
  statement,
} from '../bpf/opcodes.js';
import { validate } from '../bpf/validate.js';

/** A source of integers in [0, 2^32). */
export type Entropy = () => number;

/** Numbers from a list, then zeros: lets fast-check shrink what was made of them. */
export function tape(numbers: readonly number[]): Entropy {
  let position = 0;
  return () => (position < numbers.length ? numbers[position++] >>> 0 : 0);
}

/** xorshift32; the seed must not be 0. */
export function xorshift(seed: number): Entropy {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    // Mixed once more, as consecutive low bits of a bare xorshift depend on one another.
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    return (mixed ^ (mixed >>> 13)) >>> 0;
  };
}

const LOADS = [0x20, 0x28, 0x30, 0x20, 0x28, 0x30, 0xb1, 0xb1, 0x40, 0x48, 0x50];
const ARITHMETIC = [0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0x84, 0x94, 0xa4];
const CONDITIONS = [0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d];
const REGISTERS = [0x00, 0x01, 0x80, 0x81, 0x07, 0x87];
const NUMBERS = [0, 1, 2, 4, 31, 32, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, KEEP_ALL];

export interface Shape {
  /** Programs have at most this many instructions. */
  readonly length: number;
  /** Loads read around offsets up to this. */
  readonly reach: number;
  /** Offsets that stand for ancillary data, if loads of such are wanted. */
  readonly ancillary: readonly number[];
  /** One in 32 times this many instructions returns before the end. */
  readonly returns: number;
}

/** A program of valid codes whose jumps stay inside; the rest may be wrong. */
export function roughProgram(next: Entropy, shape: Shape): Instruction[] {
  const length = 1 + (next() % shape.length);
  const program: Instruction[] = [];
  for (let index = 0; index < length - 1; index++) program.push(rough(next, length - index - 1, shape));
  program.push({ code: next() % 3 === 0 ? 0x06 : 0x16, jt: 0, jf: 0, k: number(next) });
  return program;
}

/** A valid program: what `validate` refuses in a rough one is replaced. */
export function validProgram(next: Entropy, shape: Shape): Instruction[] {
  const program = roughProgram(next, shape);
  for (let fault = validate(program); fault !== null; fault = validate(program)) {
    program[fault.index] = { code: 0x00, jt: 0, jf: 0, k: number(next) };
  }
  return program;
}

/** The program with one field of one instruction changed, mostly to something just out of bounds. */
export function brokenProgram(next: Entropy, program: Program): Instruction[] {
  const broken = [...program];
  const index = next() % broken.length;
  const { code, jt, jf, k } = broken[index];
  const after = broken.length - index;
  switch (next() % 6) {
    case 0:
      broken[index] = { code: next() % 0x100, jt, jf, k };
      break;
    case 1:
      broken[index] = { code, jt: (after - (next() % 3)) & 0xff, jf, k };
      break;
    case 2:
      broken[index] = { code, jt, jf: (after - (next() % 3)) & 0xff, k };
      break;
    case 3:
      broken[index] = { code, jt, jf, k: number(next) };
      break;
    case 4:
      broken[index] = { code, jt, jf, k: (after - (next() % 3)) >>> 0 };
      break;
    default:
      broken.splice(next() % 2 ? index : broken.length - 1, 1);
      if (broken.length === 0) broken.push({ code: 0x16, jt: 0, jf: 0, k: 0 });
  }
  return broken;
}

/** The program with an instruction put in or changed, such that it breaks a rule of the validator's: each as often. */
export function offendingProgram(next: Entropy, program: Program): Instruction[] {
  const at = next() % program.length;
  const after = program.length - at;
  const insert = (code: number, k: number) => [
    ...program.slice(0, at),
    statement(code, k),
    ...program.slice(at),
  ];
  switch (next() % 9) {
    case 0:
      return next() % 2 ? [] : new Array<Instruction>(MAX_INSTRUCTIONS + 1 + (next() % 9)).fill(program[0]);
    case 1:
      return insert(pick(next, [0x08, 0x0d, 0x0e, 0x21, 0x22, 0x62, 0x8c, 0xa1, 0xf4, 0x96, 0x106]), 1);
    case 2:
      return insert(pick(next, [0x20, 0x28, 0x30]), 0xfffff040 + (next() % 0xfc0));
    case 3:
      return insert(pick(next, [0x02, 0x03, 0x60, 0x61]), 16 + (next() % 20));
    case 4:
      return insert(pick(next, [0x34, 0x94]), 0);
    case 5:
      return insert(pick(next, [0x64, 0x74]), 32 + (next() % 40));
    case 6:
      return insert(0x05, after + (next() % 4));
    case 7:
      return [...program.slice(0, -1), statement(pick(next, REGISTERS))];
    default:
      return [statement(pick(next, [0x60, 0x61]), next() % MEMORY_SLOTS), ...program];
  }
}

function rough(next: Entropy, after: number, shape: Shape): Instruction {
  const kind = next() % 32;
  if (kind < 7) {
    return { code: pick(next, LOADS), jt: 0, jf: 0, k: offset(next, shape) };
  }
  if (kind < 14) {
    // Few divisions by X, which often ends the program.
    const code = pick(next, ARITHMETIC) | (next() % 3 ? 0 : 0x08);
    const k = (code & 0xe0) === 0x60 ? next() % 33 : number(next);
    return { code: (code & 0xf0) === 0x80 ? 0x84 : code, jt: 0, jf: 0, k };
  }
  if (kind < 20) {
    return {
      code: pick(next, CONDITIONS),
      jt: skip(next, after, 256),
      jf: skip(next, after, 256),
      k: number(next),
    };
  }
  if (kind === 20) return { code: 0x05, jt: 0, jf: 0, k: skip(next, after, after) };
  if (kind === 21 && next() % shape.returns === 0) {
    return { code: next() % 4 ? 0x16 : 0x06, jt: 0, jf: 0, k: number(next) };
  }
  if (kind > 21 && kind < 25) return { code: pick(next, [0x02, 0x03]), jt: 0, jf: 0, k: next() % 16 };
  if (kind > 24 && kind < 27) return { code: pick(next, [0x60, 0x61]), jt: 0, jf: 0, k: next() % 16 };
  return { code: pick(next, REGISTERS), jt: 0, jf: 0, k: number(next) };
}

/** Mostly short, so that most of a program can be reached. */
function skip(next: Entropy, after: number, limit: number): number {
  return next() % Math.min(after, next() % 16 === 0 ? limit : 4);
}

function offset(next: Entropy, shape: Shape): number {
  const kind = next() % 32;
  if (kind < 4 && shape.ancillary.length > 0) return pick(next, shape.ancillary);
  if (kind < 6) return (0xfff00000 + (next() % shape.reach)) >>> 0;
  if (kind === 6) return number(next);
  return next() % shape.reach;
}

function number(next: Entropy): number {
  const kind = next() % 4;
  if (kind === 0) return next();
  return kind === 1 ? pick(next, NUMBERS) : next() % 64;
}

function pick<T>(next: Entropy, list: readonly T[]): T {
  return list[next() % list.length];
}
