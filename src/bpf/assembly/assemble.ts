import {
  Class,
  type Instruction,
  isConditional,
  Jump,
  jump,
  MAX_INSTRUCTIONS,
  type Program,
  statement,
} from '../opcodes.js';
import { type LabelAt, MAX_FAULTS, type Parsed, parse, type Statement } from './parser.js';
import type { AssemblyFault, Place, Span } from './scanner.js';

/** A program, and for each of its instructions where it is written. */
export interface Assembled {
  readonly program: Program;
  readonly places: readonly Place[];
}

/** What is wrong, in the order of the text: at least 1 fault, at most 20. */
export interface NotAssembled {
  readonly faults: readonly AssemblyFault[];
}

/** Farthest that a conditional jump leads: jt and jf have eight bits. */
const FARTHEST = 255;
const GO = Class.jmp | Jump.ja;
const TOO_LONG = `this is where the program exceeds ${MAX_INSTRUCTIONS} instructions; shorten it`;

/**
 * Turns the BPF language into a program. What it may do is for `validate` to say. A conditional jump over more than 255
 * instructions is made of one over an unconditional jump, which has 32 bits; nothing else is rearranged.
 */
export function assemble(text: string): Assembled | NotAssembled {
  const parsed = parse(text);
  const { statements, placeOf } = parsed;
  const faultAt = (message: string, span: Span): AssemblyFault => ({ message, ...placeOf(span) });
  if (statements.length > MAX_INSTRUCTIONS)
    return { faults: [faultAt(TOO_LONG, statements[MAX_INSTRUCTIONS])] };
  const faults = [...parsed.faults];
  // Labels of what was not looked at any more are not missing.
  if (faults.length === MAX_FAULTS) return { faults };
  const targets = resolve(parsed, (message, span) => faults.push(faultAt(message, span)));
  if (faults.length === 0 && statements.length === 0) {
    const message = 'no instruction found; a program has at least one, such as: ret #-1';
    faults.push(faultAt(message, { offset: 0, length: 1 }));
  }
  if (faults.length > 0) return { faults: faults.sort(byPlace).slice(0, MAX_FAULTS) };
  const { program, origins } = encode(statements, targets);
  if (program.length > MAX_INSTRUCTIONS) {
    return { faults: [faultAt(TOO_LONG, statements[origins[MAX_INSTRUCTIONS]])] };
  }
  return { program, places: origins.map((origin) => placeOf(statements[origin])) };
}

/** Numbers of the statements to which a jump leads; null for what is no jump. */
type Targets = { readonly yes: number; readonly no: number } | null;

function resolve(
  { statements, labels, faults }: Parsed,
  report: (message: string, span: Span) => void,
): Targets[] {
  const found = new Map<string, number>();
  for (const { at, index } of labels) {
    if (found.has(at.name)) {
      report(`the label '${at.name}' is there already; every label stands for one place`, at);
    } else if (index === statements.length && faults.length === 0) {
      report(`no instruction follows the label '${at.name}'; end the program with a ret`, at);
    }
    if (!found.has(at.name)) found.set(at.name, index);
  }
  const indexOf = (label: LabelAt | null, from: number): number => {
    if (label === null) return from + 1;
    const index = found.get(label.name);
    if (index === undefined) {
      report(`there is no label '${label.name}'${similarTo(label.name, found)}`, label);
    } else if (index <= from) {
      report(`'${label.name}' lies behind; BPF jumps lead forward only, so that every program ends`, label);
    }
    return index ?? from + 1;
  };
  return statements.map(
    ({ jump }, from) => jump && { yes: indexOf(jump.yes, from), no: indexOf(jump.no, from) },
  );
}

function similarTo(name: string, labels: ReadonlyMap<string, number>): string {
  const lower = name.toLowerCase();
  const similar = [...labels.keys()].find((label) => label.toLowerCase() === lower);
  return similar === undefined
    ? '; write it in front of the instruction to go to'
    : `; there is '${similar}'`;
}

/** The instructions, and for each the statement that it is made of. */
function encode(
  statements: readonly Statement[],
  targets: readonly Targets[],
): { program: Instruction[]; origins: number[] } {
  const { starts, farYes, farNo } = layOut(statements, targets);
  const program: Instruction[] = [];
  const origins: number[] = [];
  const put = (instruction: Instruction, origin: number) => {
    program.push(instruction);
    origins.push(origin);
  };
  for (const [index, { instruction }] of statements.entries()) {
    const target = targets[index];
    if (target === null) {
      put(instruction, index);
      continue;
    }
    const { code, k } = instruction;
    const at = starts[index];
    const distance = (to: number, from: number) => starts[to] - from - 1;
    if (!isConditional(code)) {
      put(statement(code, distance(target.yes, at)), index);
      continue;
    }
    const jt = farYes[index] ? 0 : distance(target.yes, at);
    const jf = farNo[index] ? farYes[index] : distance(target.no, at);
    put(jump(code, k, jt, jf), index);
    if (farYes[index]) put(statement(GO, distance(target.yes, at + 1)), index);
    if (farNo[index]) put(statement(GO, distance(target.no, at + 1 + farYes[index])), index);
  }
  return { program, origins };
}

/** Which conditional jumps need an unconditional one for a branch, 0 or 1, and where the statements begin with these. */
function layOut(statements: readonly Statement[], targets: readonly Targets[]) {
  const farYes = new Uint8Array(statements.length);
  const farNo = new Uint8Array(statements.length);
  const starts = new Uint32Array(statements.length + 1);
  for (let isStable = false; !isStable; ) {
    isStable = true;
    for (let i = 0; i < statements.length; i++) starts[i + 1] = starts[i] + 1 + farYes[i] + farNo[i];
    // A jump put in can push other targets out of reach, never back into it.
    for (const [i, target] of targets.entries()) {
      if (target === null || !isConditional(statements[i].instruction.code)) continue;
      const base = starts[i] + 1;
      if (farYes[i] === 0 && starts[target.yes] - base > FARTHEST) {
        farYes[i] = 1;
        isStable = false;
      }
      if (farNo[i] === 0 && starts[target.no] - base > FARTHEST) {
        farNo[i] = 1;
        isStable = false;
      }
    }
  }
  return { starts, farYes, farNo };
}

function byPlace(a: Place, b: Place): number {
  return a.line - b.line || a.column - b.column;
}
