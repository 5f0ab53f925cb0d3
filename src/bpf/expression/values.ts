import { Alu } from '../opcodes.js';

/**
 * A number computed from the frame. Equal values are the same object, so that one computed already is found again.
 * `id` orders them by birth.
 */
export type Value =
  | { readonly kind: 'constant'; readonly id: number; readonly k: number }
  | { readonly kind: 'length'; readonly id: number }
  | {
      readonly kind: 'load';
      readonly id: number;
      readonly size: 1 | 2 | 4;
      /** Added to the offset; null: nothing. */
      readonly base: Value | null;
      readonly offset: number;
    }
  /** `4*([offset]&0xf)`: the length of an IPv4 header that begins at the offset. */
  | { readonly kind: 'header-length'; readonly id: number; readonly offset: number }
  | {
      readonly kind: 'operation';
      readonly id: number;
      /** One of `Alu`; never `neg`. */
      readonly alu: number;
      readonly left: Value;
      readonly right: Value;
    };

/** A comparison of two values, unsigned; `common`: they have a bit in common. */
export interface Test {
  readonly left: Value;
  readonly comparison: 'equal' | 'greater' | 'at-least' | 'common';
  readonly right: Value;
}

/** Makes values, each of them once, and computes what is constant. All arithmetic is modulo 2^32. */
export class Values {
  private readonly known = new Map<string, Value>();

  constant(k: number): Value {
    return this.intern(`#${k >>> 0}`, (id) => ({ kind: 'constant', id, k: k >>> 0 }));
  }

  length(): Value {
    return this.intern('len', (id) => ({ kind: 'length', id }));
  }

  /** Bytes of the frame at base + offset. */
  load(size: 1 | 2 | 4, offset: number, base: Value | null = null): Value {
    if (base?.kind === 'constant') return this.load(size, (offset + base.k) >>> 0);
    // A constant that is added to an index is as well added to the offset.
    if (base?.kind === 'operation' && base.alu === Alu.add && base.right.kind === 'constant') {
      return this.load(size, (offset + base.right.k) >>> 0, base.left);
    }
    const key = `${size} ${base === null ? '' : base.id} ${offset}`;
    return this.intern(key, (id) => ({ kind: 'load', id, size, base, offset }));
  }

  headerLength(offset: number): Value {
    return this.intern(`4*${offset}`, (id) => ({ kind: 'header-length', id, offset }));
  }

  /** The division of a constant by 0, and shifts by more than 31, must not come here. */
  operation(alu: number, left: Value, right: Value): Value {
    if (right.kind === 'constant') {
      if (left.kind === 'constant') return this.constant(compute(alu, left.k, right.k));
      const simpler = this.simplify(alu, left, right.k);
      if (simpler !== null) return simpler;
    }
    const key = `${alu} ${left.id} ${right.id}`;
    return this.intern(key, (id) => ({ kind: 'operation', id, alu, left, right }));
  }

  private simplify(alu: number, left: Value, k: number): Value | null {
    if ((alu === Alu.and || alu === Alu.mul) && k === 0) return this.constant(0);
    const keeps = alu === Alu.and ? 0xffffffff : alu === Alu.mul || alu === Alu.div ? 1 : 0;
    if (alu !== Alu.mod && k === keeps) return left;
    const isHeaderLength =
      (alu === Alu.lsh && k === 2) || (alu === Alu.mul && k === 4)
        ? left.kind === 'operation' &&
          left.alu === Alu.and &&
          left.right.kind === 'constant' &&
          left.right.k === 15
        : false;
    if (!isHeaderLength || left.kind !== 'operation') return null;
    const byte = left.left;
    const isByte = byte.kind === 'load' && byte.size === 1 && byte.base === null;
    return isByte ? this.headerLength(byte.offset) : null;
  }

  private intern(key: string, make: (id: number) => Value): Value {
    let value = this.known.get(key);
    if (value === undefined) {
      value = make(this.known.size);
      this.known.set(key, value);
    }
    return value;
  }
}

function compute(alu: number, left: number, right: number): number {
  switch (alu) {
    case Alu.add:
      return left + right;
    case Alu.sub:
      return left - right;
    case Alu.mul:
      return Math.imul(left, right);
    case Alu.div:
      return Math.floor(left / right);
    case Alu.mod:
      return left % right;
    case Alu.and:
      return left & right;
    case Alu.or:
      return left | right;
    case Alu.xor:
      return left ^ right;
    case Alu.lsh:
      return left << right;
    default:
      return left >>> right;
  }
}

/** Whether a test holds, where that is known before any frame is seen; else null. */
export function decided({ left, comparison, right }: Test): boolean | null {
  if (left.kind !== 'constant' || right.kind !== 'constant') return null;
  return compare(comparison, left.k, right.k);
}

export function compare(comparison: Test['comparison'], left: number, right: number): boolean {
  switch (comparison) {
    case 'equal':
      return left === right;
    case 'greater':
      return left > right;
    case 'at-least':
      return left >= right;
    default:
      return (left & right) !== 0;
  }
}
