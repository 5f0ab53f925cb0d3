import { BYTES, type Dialect, emitCondition, emitStatement, filterHelpers } from './emit.js';
import { analyse, destinations, type Flow, isReturn } from './flow.js';
import type { FilterInput } from './input.js';
import { Ancillary, Class, KEEP_ALL, MEMORY_SLOTS, Mode, type Program, Return } from './opcodes.js';
import { assertValid } from './validate.js';

/** A program as a JavaScript function: answers what `interpret` answers. */
export type CompiledFilter = (input: FilterInput, random: () => number) => number;

/** Deepest nesting of blocks. A recursive parser takes more, but not a program's 4096. */
const MAX_NESTING = 200;
/** Longest program that is put into another function: V8 optimises that as a whole, and short ones sooner. */
const MAX_INLINE = 300;

const VIEW: Dialect = { input: 'input', view: 'view', refuse: 'return 0;' };
const INLINE: Dialect = { input: 'frame', view: 'frame.view', refuse: 'break refuse;' };

/**
 * Turns a program into a function. Throws RangeError for programs that `validate` refuses: nothing but
 * numbers in range ever gets into the generated source.
 *
 * `memory` says in which bytes frames mostly lie, as those of a pool: code that is bound to them takes about two
 * thirds of the time. Frames elsewhere are filtered all the same. A frame in it must lie inside it.
 */
export function compileFilter(program: Program, memory?: Uint8Array): CompiledFilter {
  if (memory === undefined) {
    const source = `'use strict';\nreturn function filter(input, random) {\n${compileSource(program)}\n};`;
    const make = new Function(...Object.keys(filterHelpers), source);
    return make(...Object.values(filterHelpers)) as CompiledFilter;
  }
  let unbound: CompiledFilter | null = null;
  const elsewhere: CompiledFilter = (input, random) => {
    unbound ??= compileFilter(program);
    return unbound(input, random);
  };
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  // Constants of a closure that is made once: V8 then puts address and length of the memory into the code.
  const source = `'use strict';
const view = givenView, memory = givenMemory;
return function filter(input, random) {
if (input.bytes !== memory) return elsewhere(input, random);
${filterBody(program, VIEW)}
};`;
  const make = new Function('givenView', 'givenMemory', 'elsewhere', ...Object.keys(filterHelpers), source);
  return make(view, memory, elsewhere, ...Object.values(filterHelpers)) as CompiledFilter;
}

/**
 * The body of an unbound function. Its free names are `input` (a FilterInput), `random`, and those of `filterHelpers`;
 * it leaves by `return` and declares only names made of `A X M0…M15 b s n o pc` and labels `to1`, `to2`, ….
 * A and X are signed 32-bit numbers in it. Throws RangeError as `compileFilter` does.
 */
export function compileSource(program: Program): string {
  return filterBody(program, BYTES);
}

/**
 * The same as statements for the `receive` of a block, in the portable subset with labelled blocks: with the frame as
 * `frame`, they end by `break refuse` or by `break accept`; whoever puts these labels around them has declared
 * `keep`, which is then the bytes to keep where that is not all. Null for a program that draws random numbers, and
 * for a long one. Throws RangeError as `compileFilter` does.
 */
export function inlineSource(program: Program): string | null {
  assertValid(program);
  const draws = ({ code, k }: Program[number]) =>
    (code & 0xe7) === (Class.ld | Mode.abs) && k === Ancillary.random;
  if (program.length > MAX_INLINE || program.some(draws)) return null;
  const flow = analyse(program);
  return flow.targets.length > MAX_NESTING ? null : inBlocks(program, flow, INLINE);
}

function filterBody(program: Program, dialect: Dialect): string {
  assertValid(program);
  const flow = analyse(program);
  if (flow.targets.length <= MAX_NESTING) return inBlocks(program, flow, dialect);
  const body = emitLines(program, flow, dialect, (target) => `{ pc = ${target}; continue; }`, 'case');
  const lines = ['let pc = 0;', 'for (;;) switch (pc) {', 'case 0:', ...body, '}'].join('\n');
  return declarations(lines, dialect) + lines;
}

/**
 * Jumps lead forward only, so each becomes a `break` out of a labelled block that ends where the target
 * begins. Where these would nest too deep, a `switch` inside a loop takes their place.
 */
function inBlocks(program: Program, flow: Flow, dialect: Dialect): string {
  const body = emitLines(program, flow, dialect, (target) => `break to${target};`, '}');
  const lines = [...flow.targets.map((target) => `to${target}: {`).reverse(), ...body].join('\n');
  return declarations(lines, dialect) + lines;
}

/** `mark` stands before each target: the end of its block, or the word `case`. */
function emitLines(
  program: Program,
  { landing, known, wanted, mostX, targets }: Flow,
  dialect: Dialect,
  leaveFor: (target: number) => string,
  mark: '}' | 'case',
): string[] {
  const isTarget = new Set(targets);
  const lines: string[] = [];
  const go = (target: number) =>
    isReturn(program, target) ? emitReturn(program, target, dialect) : leaveFor(target);
  for (let pc = 0; pc < program.length; pc++) {
    if (known[pc] === Number.POSITIVE_INFINITY) continue;
    if (isTarget.has(pc)) lines.push(mark === 'case' ? `case ${pc}:` : mark);
    const instruction = program[pc];
    if (isReturn(program, pc)) {
      lines.push(emitReturn(program, pc, dialect));
    } else if ((instruction.code & 7) !== Class.jmp) {
      const site = { dialect, wanted: wanted[pc], mostX: mostX[pc] };
      lines.push(emitStatement(instruction, known[pc], site).text);
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

function emitReturn(program: Program, pc: number, { refuse }: Dialect): string {
  const { code, k } = program[pc];
  const inline = refuse === INLINE.refuse;
  if (code & Return.a) {
    return inline ? '{ keep = A >>> 0; if (keep === 0) break refuse; break accept; }' : 'return A >>> 0;';
  }
  if (!inline) return `return ${k};`;
  if (k === 0) return refuse;
  return k === KEEP_ALL ? 'break accept;' : `{ keep = ${k}; break accept; }`;
}

/** Declares what the code uses and nothing else. */
function declarations(code: string, { input }: Dialect): string {
  const uses = (name: string) => new RegExp(`\\b${name}\\b`).test(code);
  const frame = { b: `${input}.bytes`, s: `${input}.start`, n: `${input}.length` };
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
