import type { Printed } from './expression.js';
import type { Known } from './known.js';
import { NAMES } from './place.js';

const { frame: F, bytes: BYTES, view: VIEW } = NAMES;
const ATOM = 20;
const CONDITIONAL = 2;
/** Locals of the generated function for offsets that are worked out once. */
export const TEMPORARIES = ['t0', 't1'] as const;
const [OFFSET, VALUE] = TEMPORARIES;

/**
 * The accessors of a frame as plain code, so that a long chain does not spend what V8 grants for inlining calls; checks
 * that cannot fail any more are left out. Null for a method that is better called. What it answers equals
 * what `PoolFrame` does.
 */
export function frameCall(name: string, args: readonly Printed[], known: Known): Printed | null {
  const [first, second] = args;
  switch (name) {
    case 'u8':
      return first ? read(first, 1, known) : null;
    case 'u16':
      return first ? read(first, 2, known) : null;
    case 'u32':
      return first ? read(first, 4, known) : null;
    case 'setU8':
      return first && second ? write(first, second, 1, known) : null;
    case 'setU16':
      return first && second ? write(first, second, 2, known) : null;
    case 'setU32':
      return first && second ? write(first, second, 4, known) : null;
    case 'pull':
      return first ? pull(first, known) : null;
    case 'push':
      return first ? push(first) : null;
    case 'truncate':
      return first ? truncate(first, known) : null;
    default:
      return null;
  }
}

/** An offset or count that is certain and not negative. */
function constant(printed: Printed): number | null {
  const { value } = printed;
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31 ? value : null;
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
  const guard = `(${OFFSET} = ${offset.code}) >= 0 && ${OFFSET} + ${size} <= ${F}.length`;
  return { code: `${guard} ? ${load(size, OFFSET)} : 0`, rank: CONDITIONAL };
}

function store(size: number, offset: number | string, value: string): string {
  return size === 1
    ? `${BYTES}[${at(offset)}] = ${value}`
    : `${VIEW}.setUint${size * 8}(${at(offset)}, ${value})`;
}

function write(offset: Printed, value: Printed, size: number, known: Known): Printed {
  const fixed = constant(offset);
  const comma = value.rank < 1 ? `(${value.code})` : value.code;
  if (fixed !== null && fixed + size <= known.minLength) {
    return { code: store(size, fixed, comma), rank: size === 1 ? 1 : ATOM };
  }
  // The value is worked out whether it fits or not: it may have effects.
  const simple = value.value !== undefined || /^\w+$/.test(value.code);
  const text = simple ? comma : VALUE;
  const before = simple ? '' : `${VALUE} = ${comma}, `;
  if (fixed !== null) {
    const code = `${before}${F}.length >= ${fixed + size} && (${store(size, fixed, text)})`;
    return { code, rank: before === '' ? 4 : 0 };
  }
  const guard = `${OFFSET} >= 0 && ${OFFSET} + ${size} <= ${F}.length`;
  // The offset last: to work the value out may take the same local.
  return { code: `${before}${OFFSET} = ${offset.code}, ${guard} && (${store(size, OFFSET, text)})`, rank: 0 };
}

function pull(count: Printed, known: Known): Printed {
  const fixed = constant(count);
  if (fixed === null) {
    known.minLength = 0;
    return { code: `${F}.pull(${count.code})`, rank: ATOM };
  }
  const move = `${F}.start += ${fixed}, ${F}.length -= ${fixed}, true`;
  const certain = fixed <= known.minLength;
  known.minLength = Math.max(0, known.minLength - fixed);
  return certain ? { code: move, rank: 0 } : { code: `${F}.length >= ${fixed} && (${move})`, rank: 4 };
}

function push(count: Printed): Printed {
  const fixed = constant(count);
  if (fixed === null) return { code: `${F}.push(${count.code})`, rank: ATOM };
  const move = `${F}.start -= ${fixed}, ${F}.length += ${fixed}, true`;
  return { code: `${F}.start - ${fixed} >= ${F}.slotOffset && (${move})`, rank: 4 };
}

function truncate(count: Printed, known: Known): Printed {
  const fixed = constant(count);
  if (fixed === null) {
    known.minLength = 0;
    return { code: `${F}.truncate(${count.code})`, rank: ATOM };
  }
  known.minLength = Math.min(known.minLength, fixed);
  return { code: `${F}.length > ${fixed} && (${F}.length = ${fixed})`, rank: 4 };
}
