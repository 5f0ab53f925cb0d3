import {
  Alu,
  ANCILLARY_OFFSET,
  Ancillary,
  Class,
  type Instruction,
  isConditional,
  Mode,
  type Program,
  Return,
  Size,
  Source,
} from './opcodes.js';

/** What is known of a program before any frame is seen, by the index of an instruction. */
export interface Flow {
  /** Where a jump to an instruction ends up, behind any `ja` there. */
  readonly landing: Int32Array;
  /** Length that the frame has at least on every path to an instruction; Infinity where none leads but jumps to a `ret`. */
  readonly known: Float64Array;
  /**
   * Length that a frame must have for any path from here to keep it, so that one check does for all of them: a shorter
   * one ends with 0 anyhow. Infinity: none keeps it.
   */
  readonly wanted: Float64Array;
  /** Greatest number (unsigned) that X can hold. */
  readonly mostX: Float64Array;
  /** Instructions that need a label, ascending. Jumps to a `ret` become returns and need none. */
  readonly targets: readonly number[];
}

const ANY = 0xffffffff;

/** Looks through a valid program. One walk each way suffices, as jumps lead forward only. */
export function analyse(program: Program): Flow {
  const landing = landings(program);
  const wanted = wantedLengths(program, landing);
  const known = new Float64Array(program.length).fill(Number.POSITIVE_INFINITY);
  const mostA = new Float64Array(program.length);
  const mostX = new Float64Array(program.length);
  const jumpedTo = new Set<number>();
  known[0] = 0;
  for (let pc = 0; pc < program.length; pc++) {
    if (known[pc] === Number.POSITIVE_INFINITY || isReturn(program, pc)) continue;
    const instruction = program[pc];
    const isJump = (instruction.code & 7) === Class.jmp;
    const length = isJump
      ? known[pc]
      : Math.max(known[pc], lengthToCheck(instruction, known[pc], wanted[pc]));
    const a = isJump ? mostA[pc] : greatestA(instruction, mostA[pc], mostX[pc]);
    const x = isJump ? mostX[pc] : greatestX(instruction, mostA[pc], mostX[pc]);
    for (const next of isJump ? destinations(program, landing, pc) : [pc + 1]) {
      if (isJump && isReturn(program, next)) continue;
      known[next] = Math.min(known[next], length);
      mostA[next] = Math.max(mostA[next], a);
      mostX[next] = Math.max(mostX[next], x);
      if (isJump && next !== pc + 1) jumpedTo.add(next);
    }
  }
  return { landing, known, wanted, mostX, targets: [...jumpedTo].sort((a, b) => a - b) };
}

export function isReturn(program: Program, pc: number): boolean {
  return (program[pc].code & 7) === Class.ret;
}

/** Where a jump lands when its test holds, and when not. */
export function destinations(program: Program, landing: Int32Array, pc: number): readonly [number, number] {
  const { code, jt, jf, k } = program[pc];
  if (!isConditional(code)) return [landing[pc + 1 + k], landing[pc + 1 + k]];
  return [landing[pc + 1 + jt], landing[pc + 1 + jf]];
}

/** Bytes that a load at a fixed offset reads up to; 0 for every other instruction. */
export function fixedEnd({ code, k }: Instruction): number {
  const mode = code & 0xe0;
  if ((code & 7) > Class.ldx || (mode !== Mode.abs && mode !== Mode.msh) || k > 0x7fffffff) return 0;
  return k + loadSize(code);
}

export function loadSize(code: number): 1 | 2 | 4 {
  return (code & 0x18) === Size.b ? 1 : (code & 0x18) === Size.h ? 2 : 4;
}

/** What a load had best compare the frame's length with; 0: nothing, it is long enough. */
export function lengthToCheck(instruction: Instruction, known: number, wanted: number): number {
  const end = fixedEnd(instruction);
  if (end <= known) return 0;
  return wanted === Number.POSITIVE_INFINITY ? end : wanted;
}

function landings(program: Program): Int32Array {
  const landing = new Int32Array(program.length);
  for (let pc = program.length - 1; pc >= 0; pc--) {
    const { code, k } = program[pc];
    const isUnconditional = (code & 7) === Class.jmp && !isConditional(code);
    landing[pc] = isUnconditional ? landing[pc + 1 + k] : pc;
  }
  return landing;
}

function wantedLengths(program: Program, landing: Int32Array): Float64Array {
  const wanted = new Float64Array(program.length);
  for (let pc = program.length - 1; pc >= 0; pc--) {
    const { code, k } = program[pc];
    if (isReturn(program, pc)) {
      wanted[pc] = code & Return.a || k !== 0 ? 0 : Number.POSITIVE_INFINITY;
    } else if ((code & 7) === Class.jmp) {
      const [yes, no] = destinations(program, landing, pc);
      wanted[pc] = Math.min(wanted[yes], wanted[no]);
    } else if ((code & 0xe7) === (Class.ld | Mode.abs) && k === Ancillary.random) {
      // A number is drawn also for frames that turn out too short: the next frame gets the next one.
      wanted[pc] = 0;
    } else {
      wanted[pc] = Math.max(wanted[pc + 1], fixedEnd(program[pc]));
    }
  }
  return wanted;
}

function greatestX({ code, k }: Instruction, a: number, x: number): number {
  if ((code & 7) === Class.misc) return code & 0x80 ? x : a;
  if ((code & 7) !== Class.ldx) return x;
  if ((code & 0xe0) === Mode.msh) return 60;
  return (code & 0xe0) === Mode.imm ? k : ANY;
}

function greatestA(instruction: Instruction, a: number, x: number): number {
  const { code, k } = instruction;
  switch (code & 7) {
    case Class.ld: {
      const mode = code & 0xe0;
      if (mode === Mode.imm) return k;
      if (mode === Mode.abs && k >= ANCILLARY_OFFSET) return ANY;
      if (mode !== Mode.abs && mode !== Mode.ind) return ANY;
      return 256 ** loadSize(code) - 1;
    }
    case Class.misc:
      return code & 0x80 ? x : a;
    case Class.alu:
      return Math.min(ANY, greatestResult(code & 0xf0, a, code & Source.x ? x : k, (code & Source.x) !== 0));
    default:
      return a;
  }
}

/** More than 2^32 - 1 stands for: any number, as it may wrap. */
function greatestResult(operation: number, a: number, b: number, fromX: boolean): number {
  switch (operation) {
    case Alu.add:
      return a + b;
    case Alu.mul:
      return a * b;
    case Alu.and:
      return Math.min(a, b);
    case Alu.div:
      return fromX ? a : Math.floor(a / b);
    case Alu.mod:
      return fromX ? a : Math.min(a, b - 1);
    case Alu.lsh:
      return fromX ? ANY : a * 2 ** b;
    case Alu.rsh:
      return fromX ? a : Math.floor(a / 2 ** b);
    default:
      return ANY;
  }
}
