import {
  Alu,
  Class,
  type Instruction,
  MEMORY_SLOTS,
  Misc,
  Mode,
  Size,
  Source,
  statement,
} from '../opcodes.js';
import type { Value } from './values.js';

/** What A and X hold, where that is known. */
export interface Held {
  readonly a: Value | null;
  readonly x: Value | null;
}

const SIZES = { 1: Size.b, 2: Size.h, 4: Size.w } as const;

/** Writes instructions that compute values, and leaves out what A or X hold already. */
export class Registers {
  a: Value | null;
  x: Value | null;
  readonly instructions: Instruction[] = [];
  /** Slots of the scratch memory in use. */
  private slots = 0;

  constructor({ a, x }: Held) {
    this.a = a;
    this.x = x;
  }

  /** Brings a value into A. Throws RangeError where the scratch memory does not suffice. */
  intoA(value: Value): void {
    if (this.a === value) return;
    if (this.x === value) {
      this.write(Class.misc | Misc.txa);
    } else {
      switch (value.kind) {
        case 'constant':
          this.write(Class.ld | Mode.imm, value.k);
          break;
        case 'length':
          this.write(Class.ld | Mode.len);
          break;
        case 'header-length':
          this.intoX(value);
          this.write(Class.misc | Misc.txa);
          break;
        case 'load':
          if (value.base !== null) this.intoX(value.base);
          this.write(
            Class.ld | SIZES[value.size] | (value.base === null ? Mode.abs : Mode.ind),
            value.offset,
          );
          break;
        default:
          this.operation(value.alu, value.left, value.right);
      }
    }
    this.a = value;
  }

  /** Brings two values into A and X, or where the second is a constant only the first: answers the source bit. */
  operands(left: Value, right: Value): number {
    if (right.kind === 'constant') {
      this.intoA(left);
      return Source.k;
    }
    if (this.x === right && !touchesX(left)) {
      this.intoA(left);
    } else if (right.kind === 'length' || right.kind === 'header-length') {
      this.intoA(left);
      this.intoX(right);
    } else if (!touchesX(left)) {
      this.intoX(right);
      this.intoA(left);
    } else {
      this.intoA(right);
      const slot = this.slots++;
      if (slot === MEMORY_SLOTS)
        throw new RangeError('the arithmetic needs more than 16 intermediate results');
      this.write(Class.st, slot);
      this.intoA(left);
      this.write(Class.ldx | Mode.mem, slot);
      this.x = right;
      this.slots--;
    }
    return Source.x;
  }

  private operation(alu: number, left: Value, right: Value): void {
    if (alu === Alu.sub && left.kind === 'constant' && left.k === 0) {
      this.intoA(right);
      this.write(Class.alu | Alu.neg);
      return;
    }
    const source = this.operands(left, right);
    this.write(Class.alu | alu | source, right.kind === 'constant' ? right.k : 0);
  }

  private intoX(value: Value): void {
    if (this.x === value) return;
    if (value.kind === 'length') this.write(Class.ldx | Mode.len);
    else if (value.kind === 'header-length') this.write(Class.ldx | Size.b | Mode.msh, value.offset);
    else {
      this.intoA(value);
      this.write(Class.misc | Misc.tax);
    }
    this.x = value;
  }

  private write(code: number, k = 0): void {
    this.instructions.push(statement(code, k));
  }
}

/** True when computing it may change X. */
function touchesX(value: Value): boolean {
  switch (value.kind) {
    case 'load':
      return value.base !== null;
    case 'header-length':
      return true;
    case 'operation':
      return touchesX(value.left) || value.right.kind !== 'constant';
    default:
      return false;
  }
}
