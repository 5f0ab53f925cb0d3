import type { Printed } from './expression.js';
import type { Known } from './known.js';
import { NAMES } from './place.js';

const { frame: F, bytes: BYTES, view: VIEW } = NAMES;
const ATOM = 20;
const CONDITIONAL = 2;
/** Locals of the generated function for offsets that are worked out once. */
export const TEMPORARIES = ['t0', 't1', 't2'] as const;
/** Of a read; of a write, in whose offset and value there may be reads. */
const [OFFSET, WRITE_OFFSET, VALUE] = TEMPORARIES;

/** What surrounds a call. */
export interface CallSite {
  /** Somebody looks at its value. */
  readonly isUsed: boolean;
  /** To work the arguments out leaves the frame where it is. */
  readonly isSteady: boolean;
}

/**
 * The accessors of a frame as plain code, so that a long chain does not spend what V8 grants for inlining calls; checks
 * that cannot fail any more are left out. Null for a method that is better called. What it answers equals
 * what `PoolFrame` does.
 */
export function frameCall(
  name: string,
  args: readonly Printed[],
  known: Known,
  { isUsed, isSteady }: CallSite,
): Printed | null {
  const [first, second] = args;
  if (first === undefined) return null;
  if (args.length === 1) {
    if (name === 'u8') return read(first, 1, known);
    if (name === 'u16') return read(first, 2, known);
    if (name === 'u32') return read(first, 4, known);
    if (name === 'pull') return pull(first, known);
    if (name === 'push') return push(first);
    if (name === 'truncate') return truncate(first, known, isUsed);
  }
  // The code of a write has a value, the method has none.
  if (second === undefined || args.length > 2 || isUsed) return null;
  if (name === 'setU8') return write(first, second, 1, known, isSteady);
  if (name === 'setU16') return write(first, second, 2, known, isSteady);
  if (name === 'setU32') return write(first, second, 4, known, isSteady);
  return null;
}

/** An offset or count that is certain and not negative. */
function constant(printed: Printed): number | null {
  const { value } = printed;
  const isCount = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31;
  return isCount && !Object.is(value, -0) ? value : null;
}

/** As an argument, or as what is assigned. */
const alone = ({ code, rank }: Printed) => (rank < 1 ? `(${code})` : code);

/** Worked out without any effect, and in no need of the frame. */
const isSimple = ({ value, code }: Printed) => value !== undefined || /^\w+$/.test(code);

/**
 * That so many bytes from an offset on are in the frame: as `PoolFrame` asks, also of what is no whole number. `first`
 * is the offset where it is mentioned first.
 */
function fits(first: string, offset: string, size: number): string {
  const end = size === 1 ? `${offset} < ${F}.length` : `${offset} + ${size} <= ${F}.length`;
  return `${first} >= 0 && ${end}`;
}

const at = (offset: number | string) => (offset === 0 ? `${F}.start` : `${F}.start + ${offset}`);

function load(size: number, offset: number | string): string {
  return size === 1 ? `${BYTES}[${at(offset)}]` : `${VIEW}.getUint${size * 8}(${at(offset)})`;
}

function read(offset: Printed, size: number, known: Known): Printed {
  const fixed = constant(offset);
  if (fixed !== null) {
    const code = load(size, fixed);
    if (fixed + size <= known.minLength) return { code, rank: ATOM };
    return { code: `${F}.length >= ${fixed + size} ? ${code} : 0`, rank: CONDITIONAL };
  }
  const guard = fits(`(${OFFSET} = ${alone(offset)})`, OFFSET, size);
  return { code: `${guard} ? ${load(size, OFFSET)} : 0`, rank: CONDITIONAL };
}

function store(size: number, offset: number | string, value: string): string {
  return size === 1
    ? `${BYTES}[${at(offset)}] = ${value}`
    : `${VIEW}.setUint${size * 8}(${at(offset)}, ${value})`;
}

/** The offset first, then the value, whether it fits or not: either may have effects, also on the frame. */
function write(offset: Printed, value: Printed, size: number, known: Known, isSteady: boolean): Printed {
  const fixed = constant(offset);
  if (fixed !== null && fixed + size <= known.minLength && isSteady) {
    return { code: store(size, fixed, alone(value)), rank: size === 1 ? 1 : ATOM };
  }
  const [text, before] = isSimple(value) ? [value.code, ''] : [VALUE, `${VALUE} = ${alone(value)}, `];
  if (fixed !== null) {
    const code = `${before}${F}.length >= ${fixed + size} && (${store(size, fixed, text)})`;
    return { code, rank: before === '' ? 4 : 0 };
  }
  const guard = fits(WRITE_OFFSET, WRITE_OFFSET, size);
  const code = `${WRITE_OFFSET} = ${alone(offset)}, ${before}${guard} && (${store(size, WRITE_OFFSET, text)})`;
  return { code, rank: 0 };
}

function pull(count: Printed, known: Known): Printed {
  const fixed = constant(count);
  if (fixed === null) {
    known.minLength = 0;
    return { code: `${F}.pull(${alone(count)})`, rank: ATOM };
  }
  const move = `${F}.start += ${fixed}, ${F}.length -= ${fixed}, true`;
  const certain = fixed <= known.minLength;
  known.minLength = Math.max(0, known.minLength - fixed);
  return certain ? { code: move, rank: 0 } : { code: `${F}.length >= ${fixed} && (${move})`, rank: 4 };
}

function push(count: Printed): Printed {
  const fixed = constant(count);
  if (fixed === null) return { code: `${F}.push(${alone(count)})`, rank: ATOM };
  const move = `${F}.start -= ${fixed}, ${F}.length += ${fixed}, true`;
  return { code: `${F}.start - ${fixed} >= ${F}.slotOffset && (${move})`, rank: 4 };
}

function truncate(count: Printed, known: Known, isUsed: boolean): Printed {
  const fixed = constant(count);
  if (fixed === null) {
    known.minLength = 0;
    return { code: `${F}.truncate(${alone(count)})`, rank: ATOM };
  }
  known.minLength = Math.min(known.minLength, fixed);
  if (isUsed) return { code: `${F}.truncate(${fixed})`, rank: ATOM };
  return { code: `${F}.length > ${fixed} && (${F}.length = ${fixed})`, rank: 4 };
}
