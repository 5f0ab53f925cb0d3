import { lengthToCheck, loadSize } from './flow.js';
import { relativeOffset } from './input.js';
import { nestedNetlinkAttribute, netlinkAttribute } from './netlink-attribute.js';
import { Alu, ANCILLARY_OFFSET, Ancillary, Class, type Instruction, Jump, Mode, Source } from './opcodes.js';
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

/** How generated code reaches the frame and leaves. `b`, `s` and `n` are its memory, start and length. */
export interface Dialect {
  /** Name of the frame. */
  readonly input: string;
  /** A DataView over the memory, as an expression; null: there is none, words are put together from bytes. */
  readonly view: string | null;
  /** The statement that ends the filter with 0. */
  readonly refuse: string;
}

/** Needs no more than a FilterInput. */
export const BYTES: Dialect = { input: 'input', view: null, refuse: 'return 0;' };

/** What is known where an instruction stands. */
export interface Site {
  readonly dialect: Dialect;
  /** As `Flow.wanted`. */
  readonly wanted: number;
  /** As `Flow.mostX`. */
  readonly mostX: number;
}

const ANYWHERE: Site = { dialect: BYTES, wanted: Number.POSITIVE_INFINITY, mostX: 0xffffffff };

/**
 * One instruction of a valid program, jumps and returns aside. `known` is the length that the frame has at least
 * here, so that a header is checked once and not at every load.
 */
export function emitStatement(instruction: Instruction, known: number, site: Site = ANYWHERE): Emitted {
  const { code, k } = instruction;
  const mode = code & 0xe0;
  switch (code & 7) {
    case Class.ld:
      if (mode === Mode.abs || mode === Mode.ind) return emitLoad(instruction, known, site);
      if (mode === Mode.imm) return { text: `A = ${k | 0};`, known };
      return { text: mode === Mode.len ? 'A = n | 0;' : `A = M${k};`, known };
    case Class.ldx:
      if (mode === Mode.msh) return emitLoad(instruction, known, site);
      if (mode === Mode.imm) return { text: `X = ${k | 0};`, known };
      return { text: mode === Mode.len ? 'X = n | 0;' : `X = M${k};`, known };
    case Class.st:
      return { text: `M${k} = A;`, known };
    case Class.stx:
      return { text: `M${k} = X;`, known };
    case Class.misc:
      return { text: code & 0x80 ? 'A = X;' : 'X = A;', known };
    default:
      return { text: arithmetic(instruction, site.dialect.refuse), known };
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

function emitLoad(instruction: Instruction, known: number, { dialect, wanted, mostX }: Site): Emitted {
  const { code, k } = instruction;
  const { input, refuse } = dialect;
  const mode = code & 0xe0;
  if (mode === Mode.abs && k >= ANCILLARY_OFFSET) {
    return { text: `A = ${ANCILLARY_TEXT[k].replace('input', input)};`, known };
  }
  const size = loadSize(code);
  const offset = k | 0;
  const read = (at: (i: number) => string) =>
    mode === Mode.msh ? `X = (${byteAt(dialect, at(0))} & 15) << 2;` : `A = ${valueAt(dialect, size, at)};`;
  if (mode !== Mode.ind && offset >= 0) {
    const length = lengthToCheck(instruction, known, wanted);
    const check = length > 0 ? `if (n < ${length}) ${refuse} ` : '';
    return { text: check + read((i) => `s + ${offset + i}`), known: Math.max(known, length) };
  }
  // An index of known range can neither wrap nor be negative.
  const isPlain = mode === Mode.ind && offset >= 0 && mostX + offset <= 0x7fffffff;
  const relative = `relativeOffset(${input}, `;
  const where = isPlain
    ? `o = X + ${offset};`
    : mode === Mode.ind
      ? `o = X + ${offset} | 0; if (o < 0) o = ${relative}o);`
      : `o = ${relative}${offset});`;
  const check = `if (${isPlain ? '' : 'o < 0 || '}o > n - ${size}) ${refuse} o += s;`;
  return { text: `${where} ${check} ${read((i) => (i === 0 ? 'o' : `o + ${i}`))}`, known };
}

/** Undefined where the frame's length lies and `view` is null. */
function byteAt({ view }: Dialect, at: string): string {
  return view === null ? `b[${at}]` : `${view}.getUint8(${at})`;
}

/** Bytes at an index of the memory as a signed number. */
function valueAt({ view }: Dialect, size: 1 | 2 | 4, at: (i: number) => string): string {
  if (view !== null) {
    const value = `${view}.getUint${8 * size}(${at(0)})`;
    return size === 4 ? `${value} | 0` : value;
  }
  if (size === 1) return `${byteAt(BYTES, at(0))} | 0`;
  if (size === 2) return `b[${at(0)}] << 8 | b[${at(1)}]`;
  return `b[${at(0)}] << 24 | b[${at(1)}] << 16 | b[${at(2)}] << 8 | b[${at(3)}]`;
}

function arithmetic({ code, k }: Instruction, refuse: string): string {
  const fromX = (code & Source.x) !== 0;
  const b = fromX ? 'X' : String(k | 0);
  const unsigned = fromX ? '(X >>> 0)' : String(k);
  const guard = fromX ? `if (X === 0) ${refuse} ` : '';
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
