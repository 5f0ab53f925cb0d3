import {
  Alu,
  ANCILLARY_OFFSET,
  Ancillary,
  Class,
  type Instruction,
  isConditional,
  Jump,
  MAX_INSTRUCTIONS,
  MEMORY_SLOTS,
  Misc,
  Mode,
  type Program,
  Return,
  Size,
  Source,
} from './opcodes.js';

/** The rules that a program may break; `number-range` only one made in code, as no instruction of the kernel's can. */
export type ValidityRule =
  | 'length'
  | 'number-range'
  | 'code'
  | 'ancillary-offset'
  | 'memory-slot'
  | 'division-by-0'
  | 'shift-width'
  | 'jump-range'
  | 'last-ret'
  | 'unwritten-slot';

interface Fault {
  readonly rule: ValidityRule;
  readonly message: string;
}

/** Why a program may not run, and the index (from 0) of the instruction at fault. */
export interface InvalidInstruction extends Fault {
  readonly index: number;
}

const ALLOWED = allowedCodes();
const ANCILLARY_LOADS: ReadonlySet<number> = new Set(Object.values(Ancillary));

/**
 * Accepts exactly the programs that Linux accepts for a socket filter (net/core/filter.c: bpf_check_classic,
 * chk_code_allowed, check_load_and_stores) and answers null for them. Programs that pass always end,
 * and never reach memory beyond the scratch slots that they wrote.
 */
export function validate(program: Program): InvalidInstruction | null {
  const length = program.length;
  if (length === 0)
    return { index: 0, rule: 'length', message: 'the program is empty; it needs at least a ret' };
  if (length > MAX_INSTRUCTIONS) {
    const message = `${length} instructions; at most ${MAX_INSTRUCTIONS} are allowed`;
    return { index: MAX_INSTRUCTIONS, rule: 'length', message };
  }
  for (let index = 0; index < length; index++) {
    const fault = instructionFault(program[index], length - index - 1);
    if (fault !== null) return { index, ...fault };
  }
  if ((program[length - 1].code & 7) !== Class.ret) {
    const message = 'the last instruction is no ret; end the program with one';
    return { index: length - 1, rule: 'last-ret', message };
  }
  return uninitialisedLoad(program);
}

/** As `validate`, but throws a RangeError that names the instruction. */
export function assertValid(program: Program): void {
  const fault = validate(program);
  if (fault !== null) throw new RangeError(`instruction ${fault.index}: ${fault.message}`);
}

/** `after` is how many instructions follow: a jump may skip fewer than that. */
function instructionFault({ code, jt, jf, k }: Instruction, after: number): Fault | null {
  // A program made in code may hold anything; one from tuples is in range already.
  if (!fits(code, 0xffff) || !fits(jt, 0xff) || !fits(jf, 0xff) || !fits(k, 0xffffffff)) {
    const message = `(${code}, ${jt}, ${jf}, ${k}) does not fit; code has 16 bits, jt and jf 8, k 32, none has a sign`;
    return { rule: 'number-range', message };
  }
  if (code > 0xff || ALLOWED[code] === 0) {
    return { rule: 'code', message: `code 0x${code.toString(16)} is no instruction of classic BPF` };
  }
  switch (code & 7) {
    case Class.ld:
      if ((code & 0xe0) === Mode.abs && k >= ANCILLARY_OFFSET && !ANCILLARY_LOADS.has(k)) {
        const message = `0x${k.toString(16)} is no known ancillary offset; they are 0xfffff000 to 0xfffff03c in steps of 4`;
        return { rule: 'ancillary-offset', message };
      }
      return (code & 0xe0) === Mode.mem ? slotFault(k) : null;
    case Class.ldx:
      return (code & 0xe0) === Mode.mem ? slotFault(k) : null;
    case Class.st:
    case Class.stx:
      return slotFault(k);
    case Class.alu:
      return code & Source.x ? null : constantFault(code & 0xf0, k);
    case Class.jmp:
      if (isConditional(code)) {
        return jt < after && jf < after ? null : jumpFault(`jt ${jt} or jf ${jf}`, after);
      }
      return k < after ? null : jumpFault(String(k), after);
    default:
      return null;
  }
}

function jumpFault(over: string, after: number): Fault {
  const message = `jumps over ${over} instructions, but only ${after} follow; stay inside the program`;
  return { rule: 'jump-range', message };
}

function constantFault(operation: number, k: number): Fault | null {
  if ((operation === Alu.div || operation === Alu.mod) && k === 0) {
    return { rule: 'division-by-0', message: 'divides by the constant 0' };
  }
  if ((operation === Alu.lsh || operation === Alu.rsh) && k >= 32) {
    return { rule: 'shift-width', message: `shifts by ${k}; use 0 to 31` };
  }
  return null;
}

function slotFault(k: number): Fault | null {
  if (k < MEMORY_SLOTS) return null;
  return { rule: 'memory-slot', message: `memory slot ${k} does not exist; use 0 to ${MEMORY_SLOTS - 1}` };
}

function fits(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

/**
 * Looks for a load of a scratch slot that some path has not written. Like the kernel, and therefore a bit
 * stricter than needed, it lets what is known before a `ret` flow on into the instruction behind it.
 */
function uninitialisedLoad(program: Program): InvalidInstruction | null {
  // Slots written on every jump that leads to an instruction so far seen, one bit each.
  const atTarget = new Uint16Array(program.length).fill(0xffff);
  let written = 0;
  for (let index = 0; index < program.length; index++) {
    const { code, jt, jf, k } = program[index];
    written &= atTarget[index];
    const kind = code & 7;
    if (kind === Class.st || kind === Class.stx) {
      written |= 1 << k;
    } else if ((kind === Class.ld || kind === Class.ldx) && (code & 0xe0) === Mode.mem) {
      if ((written & (1 << k)) === 0) {
        const message = `loads memory slot ${k}, which no store has filled on every path to here`;
        return { index, rule: 'unwritten-slot', message };
      }
    } else if (kind === Class.jmp) {
      if (isConditional(code)) {
        atTarget[index + 1 + jt] &= written;
        atTarget[index + 1 + jf] &= written;
      } else {
        atTarget[index + 1 + k] &= written;
      }
      // Nothing falls through a jump: what follows is known from the jumps that lead there.
      written = 0xffff;
    }
  }
  return null;
}

/** One entry for each code of 8 bits, 1 where the kernel's chk_code_allowed says yes. */
function allowedCodes(): Uint8Array {
  const allowed = new Uint8Array(256);
  for (const size of Object.values(Size)) {
    allowed[Class.ld | size | Mode.abs] = 1;
    allowed[Class.ld | size | Mode.ind] = 1;
  }
  for (const mode of [Mode.imm, Mode.mem, Mode.len]) {
    allowed[Class.ld | mode] = 1;
    allowed[Class.ldx | mode] = 1;
  }
  allowed[Class.ldx | Size.b | Mode.msh] = 1;
  allowed[Class.st] = 1;
  allowed[Class.stx] = 1;
  for (const operation of Object.values(Alu)) {
    allowed[Class.alu | operation] = 1;
    if (operation !== Alu.neg) allowed[Class.alu | operation | Source.x] = 1;
  }
  for (const operation of Object.values(Jump)) {
    allowed[Class.jmp | operation] = 1;
    if (operation !== Jump.ja) allowed[Class.jmp | operation | Source.x] = 1;
  }
  allowed[Class.ret | Return.k] = 1;
  allowed[Class.ret | Return.a] = 1;
  allowed[Class.misc | Misc.tax] = 1;
  allowed[Class.misc | Misc.txa] = 1;
  return allowed;
}
