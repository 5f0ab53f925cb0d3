import { emitCondition, emitStatement, filterHelpers } from './emit.js';
import type { FilterInput } from './input.js';
import { Class, isConditional, MEMORY_SLOTS, type Program, Return } from './opcodes.js';
import { assertValid } from './validate.js';

/** A program as a JavaScript function: answers what `interpret` answers. */
export type CompiledFilter = (input: FilterInput, random: () => number) => number;

/** Deepest nesting of blocks. A recursive parser takes more, but not a program's 4096. */
const MAX_NESTING = 200;

/**
 * Turns a program into a function. Throws RangeError for programs that `validate` refuses: nothing but
 * numbers in range ever gets into the generated source.
 */
export function compileFilter(program: Program): CompiledFilter {
  const source = `'use strict';\nreturn function filter(input, random) {\n${compileSource(program)}\n};`;
  const make = new Function(...Object.keys(filterHelpers), source);
  return make(...Object.values(filterHelpers)) as CompiledFilter;
}

/**
 * The body of that function. Its free names are `input` (a FilterInput), `random`, and those of `filterHelpers`;
 * it leaves by `return` and declares only names made of `A X M0…M15 b s n o pc` and labels `to1`, `to2`, ….
 * A and X are signed 32-bit numbers in it. Throws RangeError as `compileFilter` does.
 *
 * Jumps lead forward only, so each becomes a `break` out of a labelled block that ends where the target
 * begins. Where these would nest too deep, a `switch` inside a loop takes their place.
 */
export function compileSource(program: Program): string {
  assertValid(program);
  const flow = analyse(program);
  const targets = flow.targets;
  let lines: string[];
  if (targets.length <= MAX_NESTING) {
    const body = emitLines(program, flow, (target) => `break to${target};`, '}');
    lines = [...targets.map((target) => `to${target}: {`).reverse(), ...body];
  } else {
    const body = emitLines(program, flow, (target) => `{ pc = ${target}; continue; }`, 'case');
    lines = ['let pc = 0;', 'for (;;) switch (pc) {', 'case 0:', ...body, '}'];
  }
  return declarations(lines.join('\n')) + lines.join('\n');
}

interface Flow {
  /** Where a jump to an instruction ends up, behind any `ja` there. */
  readonly landing: Int32Array;
  /** Length that the frame has at least on every path to an instruction; Infinity where no path leads. */
  readonly known: Float64Array;
  /** Instructions that need a label, ascending. Jumps to a `ret` become returns and need none. */
  readonly targets: readonly number[];
}

/** One walk suffices: when an instruction's turn comes, all jumps that lead to it have been seen. */
function analyse(program: Program): Flow {
  const landing = new Int32Array(program.length);
  for (let pc = program.length - 1; pc >= 0; pc--) {
    const { code, k } = program[pc];
    landing[pc] = (code & 7) === Class.jmp && !isConditional(code) ? landing[pc + 1 + k] : pc;
  }
  const known = new Float64Array(program.length).fill(Number.POSITIVE_INFINITY);
  known[0] = 0;
  const jumpedTo = new Set<number>();
  for (let pc = 0; pc < program.length; pc++) {
    if (known[pc] === Number.POSITIVE_INFINITY || isReturn(program, pc)) continue;
    if ((program[pc].code & 7) !== Class.jmp) {
      known[pc + 1] = Math.min(known[pc + 1], emitStatement(program[pc], known[pc]).known);
      continue;
    }
    for (const target of destinations(program, landing, pc)) {
      if (isReturn(program, target)) continue;
      known[target] = Math.min(known[target], known[pc]);
      if (target !== pc + 1) jumpedTo.add(target);
    }
  }
  return { landing, known, targets: [...jumpedTo].sort((a, b) => a - b) };
}

/** Where a jump lands when its test holds, and when not. */
function destinations(program: Program, landing: Int32Array, pc: number): readonly [number, number] {
  const { code, jt, jf, k } = program[pc];
  if (!isConditional(code)) return [landing[pc + 1 + k], landing[pc + 1 + k]];
  return [landing[pc + 1 + jt], landing[pc + 1 + jf]];
}

/** `mark` stands before each target: the end of its block, or the word `case`. */
function emitLines(
  program: Program,
  { landing, known, targets }: Flow,
  leaveFor: (target: number) => string,
  mark: '}' | 'case',
): string[] {
  const isTarget = new Set(targets);
  const lines: string[] = [];
  const go = (target: number) => (isReturn(program, target) ? emitReturn(program, target) : leaveFor(target));
  for (let pc = 0; pc < program.length; pc++) {
    if (known[pc] === Number.POSITIVE_INFINITY) continue;
    if (isTarget.has(pc)) lines.push(mark === 'case' ? `case ${pc}:` : mark);
    const instruction = program[pc];
    if (isReturn(program, pc)) {
      lines.push(emitReturn(program, pc));
    } else if ((instruction.code & 7) !== Class.jmp) {
      lines.push(emitStatement(instruction, known[pc]).text);
    } else {
      const [yes, no] = destinations(program, landing, pc);
      const isNext = (target: number) => target === pc + 1 && !isReturn(program, target);
      if (yes !== no && isNext(yes)) {
        lines.push(`if (${emitCondition(instruction, false)}) ${go(no)}`);
      } else {
        if (yes !== no) lines.push(`if (${emitCondition(instruction, true)}) ${go(yes)}`);
        if (!isNext(no)) lines.push(go(no));
      }
    }
  }
  return lines;
}

function isReturn(program: Program, pc: number): boolean {
  return (program[pc].code & 7) === Class.ret;
}

function emitReturn(program: Program, pc: number): string {
  const { code, k } = program[pc];
  return code & Return.a ? 'return A >>> 0;' : `return ${k};`;
}

/** Declares what the code uses and nothing else. */
function declarations(code: string): string {
  const uses = (name: string) => new RegExp(`\\b${name}\\b`).test(code);
  const frame = { b: 'input.bytes', s: 'input.start', n: 'input.length' };
  let text = '';
  for (const [name, value] of Object.entries(frame)) {
    if (uses(name)) text += `const ${name} = ${value};\n`;
  }
  const registers = ['A', 'X', 'o'].filter(uses);
  for (let slot = 0; slot < MEMORY_SLOTS; slot++) {
    if (uses(`M${slot}`)) registers.push(`M${slot}`);
  }
  if (registers.length > 0) text += `let ${registers.map((name) => `${name} = 0`).join(', ')};\n`;
  return text;
}
