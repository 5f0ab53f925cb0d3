/**
 * The instruction set of classic BPF: McCanne & Jacobson 1993 as the Linux kernel has it
 * (linux/bpf_common.h, linux/filter.h). A code is class | size | mode for loads and
 * class | operation | source for arithmetic and jumps.
 */

/** One instruction, as in `struct sock_filter`. */
export interface Instruction {
  /** Operation, 16 bits. */
  readonly code: number;
  /** Instructions to skip when a conditional jump's test holds, 8 bits. */
  readonly jt: number;
  /** Instructions to skip when it does not hold, 8 bits. */
  readonly jf: number;
  /** Operand: constant, offset, memory slot or length of an unconditional jump, 32 bits unsigned. */
  readonly k: number;
}

/** Runs from its first instruction; jumps lead forward only, so every program ends. */
export type Program = readonly Instruction[];

/** Longest program (BPF_MAXINSNS). */
export const MAX_INSTRUCTIONS = 4096;
/** Slots of the scratch memory, 32 bits each (BPF_MEMWORDS). */
export const MEMORY_SLOTS = 16;
/** `ret` value that keeps a whole frame. */
export const KEEP_ALL = 0xffffffff;

/** Bits 0-2 of a code. */
export const Class = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, ret: 6, misc: 7 } as const;

/** Bits 3-4 of a load: word (4 bytes), half word (2), byte. */
export const Size = { w: 0x00, h: 0x08, b: 0x10 } as const;

/** Bits 5-7 of a load. */
export const Mode = { imm: 0x00, abs: 0x20, ind: 0x40, mem: 0x60, len: 0x80, msh: 0xa0 } as const;

/** Bits 4-7 of an arithmetic instruction. */
export const Alu = {
  add: 0x00,
  sub: 0x10,
  mul: 0x20,
  div: 0x30,
  or: 0x40,
  and: 0x50,
  lsh: 0x60,
  rsh: 0x70,
  neg: 0x80,
  mod: 0x90,
  xor: 0xa0,
} as const;

/** Bits 4-7 of a jump. Comparisons are unsigned; `jset` tests for common bits. */
export const Jump = { ja: 0x00, jeq: 0x10, jgt: 0x20, jge: 0x30, jset: 0x40 } as const;

/** Bit 3: the second operand is the constant k or the register X. */
export const Source = { k: 0x00, x: 0x08 } as const;

/** Bits 3-4 of a return: the constant k, or the accumulator. */
export const Return = { k: 0x00, a: 0x10 } as const;

/** Bits 3-7 of the register moves. */
export const Misc = { tax: 0x00, txa: 0x80 } as const;

/** Loads from here on read ancillary data instead of the frame (SKF_AD_OFF, -0x1000). */
export const ANCILLARY_OFFSET = 0xfffff000;
/** Loads from here on are relative to the network header (SKF_NET_OFF, -0x100000). */
export const NETWORK_OFFSET = 0xfff00000;

/** The offsets k of absolute loads that read what is known about a frame (SKF_AD_*). */
export const Ancillary = {
  protocol: ANCILLARY_OFFSET + 0,
  packetType: ANCILLARY_OFFSET + 4,
  interfaceIndex: ANCILLARY_OFFSET + 8,
  netlinkAttribute: ANCILLARY_OFFSET + 12,
  nestedNetlinkAttribute: ANCILLARY_OFFSET + 16,
  mark: ANCILLARY_OFFSET + 20,
  queue: ANCILLARY_OFFSET + 24,
  hardwareType: ANCILLARY_OFFSET + 28,
  hash: ANCILLARY_OFFSET + 32,
  cpu: ANCILLARY_OFFSET + 36,
  /** Not a load: A ^= X. */
  xorX: ANCILLARY_OFFSET + 40,
  vlanTag: ANCILLARY_OFFSET + 44,
  vlanPresent: ANCILLARY_OFFSET + 48,
  payloadOffset: ANCILLARY_OFFSET + 52,
  random: ANCILLARY_OFFSET + 56,
  vlanProtocol: ANCILLARY_OFFSET + 60,
} as const;

/** An instruction that does not branch. */
export function statement(code: number, k = 0): Instruction {
  return { code, jt: 0, jf: 0, k: k >>> 0 };
}

/** A conditional jump: skips jt instructions when the test holds, else jf. */
export function jump(code: number, k: number, jt: number, jf: number): Instruction {
  return { code, jt, jf, k: k >>> 0 };
}

/** True for jeq, jgt, jge and jset with either source. The code must be one of the kernel's. */
export function isConditional(code: number): boolean {
  return (code & 7) === Class.jmp && (code & 0xf0) !== Jump.ja;
}
