import { type FilterInput, relativeOffset } from './input.js';
import { nestedNetlinkAttribute, netlinkAttribute } from './netlink-attribute.js';
import { ANCILLARY_OFFSET, Ancillary, MEMORY_SLOTS, type Program } from './opcodes.js';
import { payloadOffset } from './payload-offset.js';

/** One for all runs: a valid program never reads a slot that it has not written. */
const memory = new Int32Array(MEMORY_SLOTS);

/**
 * Runs a program that `validate` accepts and answers how many bytes of the frame to keep, 0 to 2^32-1;
 * 0 drops it. As in Linux, a load beyond the frame and a division by X = 0 end the filter with 0, and shifts
 * by X take its low five bits. `random` answers an integer in [0, 2^32). Registers are kept as signed
 * 32-bit numbers, which V8 holds unboxed.
 */
export function interpret(program: Program, input: FilterInput, random: () => number): number {
  const { bytes, start, length } = input;
  let a = 0;
  let x = 0;
  for (let pc = 0; pc < program.length; pc++) {
    const { code, jt, jf, k } = program[pc];
    // Literals let V8 dispatch by a table; their names are those of `describe`.
    switch (code) {
      case 0x20: // ld [k]
      case 0x28: // ldh [k]
      case 0x30: // ldb [k]
      case 0x40: // ld [x+k]
      case 0x48: // ldh [x+k]
      case 0x50: // ldb [x+k]
      case 0xb1: {
        // ldx 4*([k]&0xf)
        if ((code & 0xe0) === 0x20 && k >= ANCILLARY_OFFSET) {
          a = ancillary(k, input, a, x, random);
          break;
        }
        const size = code & 0x10 ? 1 : code & 0x08 ? 2 : 4;
        let offset = (code & 0xe0) === 0x40 ? (x + k) | 0 : k | 0;
        if (offset < 0) offset = relativeOffset(input, offset);
        if (offset < 0 || offset > length - size) return 0;
        const at = start + offset;
        if (code === 0xb1) x = (bytes[at] & 15) << 2;
        else if (size === 1) a = bytes[at] | 0;
        else if (size === 2) a = (bytes[at] << 8) | bytes[at + 1];
        else a = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
        break;
      }
      case 0x00: // ld #k
        a = k | 0;
        break;
      case 0x01: // ldx #k
        x = k | 0;
        break;
      case 0x60: // ld M[k]
        a = memory[k];
        break;
      case 0x61: // ldx M[k]
        x = memory[k];
        break;
      case 0x80: // ld #len
        a = length | 0;
        break;
      case 0x81: // ldx #len
        x = length | 0;
        break;
      case 0x02: // st M[k]
        memory[k] = a;
        break;
      case 0x03: // stx M[k]
        memory[k] = x;
        break;
      case 0x07: // tax
        x = a;
        break;
      case 0x87: // txa
        a = x;
        break;
      case 0x05: // ja k
        pc += k;
        break;
      case 0x15: // jeq #k
        pc += a === (k | 0) ? jt : jf;
        break;
      case 0x1d: // jeq x
        pc += a === x ? jt : jf;
        break;
      case 0x25: // jgt #k
        pc += a >>> 0 > k ? jt : jf;
        break;
      case 0x2d: // jgt x
        pc += a >>> 0 > x >>> 0 ? jt : jf;
        break;
      case 0x35: // jge #k
        pc += a >>> 0 >= k ? jt : jf;
        break;
      case 0x3d: // jge x
        pc += a >>> 0 >= x >>> 0 ? jt : jf;
        break;
      case 0x45: // jset #k
        pc += (a & k) !== 0 ? jt : jf;
        break;
      case 0x4d: // jset x
        pc += (a & x) !== 0 ? jt : jf;
        break;
      case 0x06: // ret #k
        return k;
      case 0x16: // ret a
        return a >>> 0;
      case 0x3c: // div x
      case 0x9c: // mod x
        if (x === 0) return 0;
        a = arithmetic(code & 0xf0, a, x);
        break;
      default:
        // The rest of a valid program is arithmetic.
        a = arithmetic(code & 0xf0, a, code & 0x08 ? x : k | 0);
    }
  }
  return 0;
}

function arithmetic(operation: number, a: number, b: number): number {
  switch (operation) {
    case 0x00: // add
      return (a + b) | 0;
    case 0x10: // sub
      return (a - b) | 0;
    case 0x20: // mul
      return Math.imul(a, b);
    case 0x30: // div
      return ((a >>> 0) / (b >>> 0)) | 0;
    case 0x40: // or
      return a | b;
    case 0x50: // and
      return a & b;
    case 0x60: // lsh
      return a << b;
    case 0x70: // rsh
      return (a >>> b) | 0;
    case 0x80: // neg
      return -a | 0;
    case 0x90: // mod
      return ((a >>> 0) % (b >>> 0)) | 0;
    default: // xor
      return a ^ b;
  }
}

/** The new accumulator after an ancillary load; the size of the load makes no difference. */
function ancillary(k: number, input: FilterInput, a: number, x: number, random: () => number): number {
  switch (k) {
    case Ancillary.protocol:
      return input.protocol | 0;
    case Ancillary.packetType:
      return input.packetType | 0;
    case Ancillary.interfaceIndex:
      return input.interfaceIndex | 0;
    case Ancillary.netlinkAttribute:
      return netlinkAttribute(input, a, x);
    case Ancillary.nestedNetlinkAttribute:
      return nestedNetlinkAttribute(input, a, x);
    case Ancillary.mark:
      return input.mark | 0;
    case Ancillary.queue:
      return input.queue | 0;
    case Ancillary.hardwareType:
      return input.hardwareType | 0;
    case Ancillary.hash:
      return input.hash | 0;
    case Ancillary.cpu:
      return input.cpu | 0;
    case Ancillary.xorX:
      return a ^ x;
    case Ancillary.vlanTag:
      return input.vlanTag | 0;
    case Ancillary.vlanPresent:
      return input.vlanPresent ? 1 : 0;
    case Ancillary.payloadOffset:
      return payloadOffset(input);
    case Ancillary.random:
      return random() | 0;
    default:
      return input.vlanProtocol | 0;
  }
}
