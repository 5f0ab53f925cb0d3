import { relativeOffset } from './input.js';
import { nestedNetlinkAttribute, netlinkAttribute } from './netlink-attribute.js';
import {
  Alu,
  ANCILLARY_OFFSET,
  Ancillary,
  Class,
  type Instruction,
  Jump,
  Mode,
  Size,
  Source,
} from './opcodes.js';
import { payloadOffset } from './payload-offset.js';

/** Functions that generated code may call, by the names that it uses. */
export const filterHelpers = {
  relativeOffset,
  netlinkAttribute,
  nestedNetlinkAttribute,
  payloadOffset,
} as const;

/** JavaScript for one instruction, and how long the frame is known to be once it has run. */
export interface Emitted {
  readonly text: string;
  readonly known: number;
}

const ANCILLARY_TEXT: Readonly<Record<number, string>> = {
  [Ancillary.protocol]: 'input.protocol | 0',
  [Ancillary.packetType]: 'input.packetType | 0',
  [Ancillary.interfaceIndex]: 'input.interfaceIndex | 0',
  [Ancillary.netlinkAttribute]: 'netlinkAttribute(input, A, X)',
  [Ancillary.nestedNetlinkAttribute]: 'nestedNetlinkAttribute(input, A, X)',
  [Ancillary.mark]: 'input.mark | 0',
  [Ancillary.queue]: 'input.queue | 0',
  [Ancillary.hardwareType]: 'input.hardwareType | 0',
  [Ancillary.hash]: 'input.hash | 0',
  [Ancillary.cpu]: 'input.cpu | 0',
  [Ancillary.xorX]: 'A ^ X',
  [Ancillary.vlanTag]: 'input.vlanTag | 0',
  [Ancillary.vlanPresent]: 'input.vlanPresent ? 1 : 0',
  [Ancillary.payloadOffset]: 'payloadOffset(input)',
  [Ancillary.random]: 'random() | 0',
  [Ancillary.vlanProtocol]: 'input.vlanProtocol | 0',
};

/**
 * One instruction of a valid program, jumps and returns aside. `known` is the length that the frame has at least
 * here, so that a header is checked once and not at every load.
 */
export function emitStatement(instruction: Instruction, known: number): Emitted {
  const { code, k } = instruction;
  const mode = code & 0xe0;
  switch (code & 7) {
    case Class.ld:
      if (mode === Mode.abs || mode === Mode.ind) return emitLoad(instruction, known);
      if (mode === Mode.imm) return { text: `A = ${k | 0};`, known };
      return { text: mode === Mode.len ? 'A = n | 0;' : `A = M${k};`, known };
    case Class.ldx:
      if (mode === Mode.msh) return emitLoad(instruction, known);
      if (mode === Mode.imm) return { text: `X = ${k | 0};`, known };
      return { text: mode === Mode.len ? 'X = n | 0;' : `X = M${k};`, known };
    case Class.st:
      return { text: `M${k} = A;`, known };
    case Class.stx:
      return { text: `M${k} = X;`, known };
    case Class.misc:
      return { text: code & 0x80 ? 'A = X;' : 'X = A;', known };
    default:
      return { text: arithmetic(instruction), known };
  }
}

/** The test of a conditional jump, or its opposite, as a JavaScript expression. */
export function emitCondition({ code, k }: Instruction, holds: boolean): string {
  const fromX = (code & Source.x) !== 0;
  switch (code & 0xf0) {
    case Jump.jeq:
      return `A ${holds ? '===' : '!=='} ${fromX ? 'X' : k | 0}`;
    case Jump.jset:
      return `(A & ${fromX ? 'X' : k | 0}) ${holds ? '!==' : '==='} 0`;
    default: {
      const greater = (code & 0xf0) === Jump.jgt;
      const sign = holds ? (greater ? '>' : '>=') : greater ? '<=' : '<';
      return `A >>> 0 ${sign} ${fromX ? 'X >>> 0' : k}`;
    }
  }
}

function emitLoad({ code, k }: Instruction, known: number): Emitted {
  const mode = code & 0xe0;
  if (mode === Mode.abs && k >= ANCILLARY_OFFSET) return { text: `A = ${ANCILLARY_TEXT[k]};`, known };
  const size = (code & 0x18) === Size.b ? 1 : (code & 0x18) === Size.h ? 2 : 4;
  const register = mode === Mode.msh ? 'X' : 'A';
  const value = (at: string, next: (i: number) => string): string => {
    if (mode === Mode.msh) return `(b[${at}] & 15) << 2`;
    if (size === 1) return `b[${at}] | 0`;
    if (size === 2) return `b[${at}] << 8 | b[${next(1)}]`;
    return `b[${at}] << 24 | b[${next(1)}] << 16 | b[${next(2)}] << 8 | b[${next(3)}]`;
  };
  const offset = k | 0;
  if (mode !== Mode.ind && offset >= 0) {
    const needed = offset + size;
    const check = needed > known ? `if (n < ${needed}) return 0; ` : '';
    const at = (i: number) => `s + ${offset + i}`;
    return { text: `${check}${register} = ${value(at(0), at)};`, known: Math.max(known, needed) };
  }
  const where =
    mode === Mode.ind
      ? `o = X + ${offset} | 0; if (o < 0) o = relativeOffset(input, o);`
      : `o = relativeOffset(input, ${offset});`;
  const check = `if (o < 0 || o > n - ${size}) return 0; o += s;`;
  return { text: `${where} ${check} ${register} = ${value('o', (i) => `o + ${i}`)};`, known };
}

function arithmetic({ code, k }: Instruction): string {
  const fromX = (code & Source.x) !== 0;
  const b = fromX ? 'X' : String(k | 0);
  const unsigned = fromX ? '(X >>> 0)' : String(k);
  const guard = fromX ? 'if (X === 0) return 0; ' : '';
  switch (code & 0xf0) {
    case Alu.add:
      return `A = A + ${b} | 0;`;
    case Alu.sub:
      // The space keeps `- -1` from becoming `--1`.
      return `A = A - ${b} | 0;`;
    case Alu.mul:
      return `A = Math.imul(A, ${b});`;
    case Alu.div:
      return `${guard}A = (A >>> 0) / ${unsigned} | 0;`;
    case Alu.mod:
      return `${guard}A = (A >>> 0) % ${unsigned} | 0;`;
    case Alu.or:
      return `A = A | ${b};`;
    case Alu.and:
      return `A = A & ${b};`;
    case Alu.xor:
      return `A = A ^ ${b};`;
    case Alu.lsh:
      return `A = A << ${b};`;
    case Alu.rsh:
      return `A = A >>> ${b} | 0;`;
    default:
      return 'A = -A | 0;';
  }
}
