import {
  Alu,
  ANCILLARY_OFFSET,
  Ancillary,
  Class,
  type Instruction,
  isConditional,
  Jump,
  Mode,
  Return,
} from './opcodes.js';

/** Names of bpfc for the first ten, of the kernel's bpf_asm for those that came later. */
const ANCILLARY_NAMES: Readonly<Record<number, string>> = {
  [Ancillary.protocol]: '#proto',
  [Ancillary.packetType]: '#type',
  [Ancillary.interfaceIndex]: '#ifidx',
  [Ancillary.netlinkAttribute]: '#nla',
  [Ancillary.nestedNetlinkAttribute]: '#nlan',
  [Ancillary.mark]: '#mark',
  [Ancillary.queue]: '#queue',
  [Ancillary.hardwareType]: '#hatype',
  [Ancillary.hash]: '#rxhash',
  [Ancillary.cpu]: '#cpu',
  [Ancillary.xorX]: '#xor_x',
  [Ancillary.vlanTag]: '#vlan_tci',
  [Ancillary.vlanPresent]: '#vlan_avail',
  [Ancillary.payloadOffset]: '#poff',
  [Ancillary.random]: '#rand',
  [Ancillary.vlanProtocol]: '#vlan_tpid',
};

const LOADS: Readonly<Record<number, string>> = { 0: 'ld', 8: 'ldh', 16: 'ldb' };
const ALU_NAMES = new Map<number, string>(Object.entries(Alu).map(([name, code]) => [code, name]));
const JUMP_NAMES = new Map<number, string>(Object.entries(Jump).map(([name, code]) => [code, name]));

/**
 * One line of assembler for one instruction, for logs: `ldh [12]`, `jeq #0x800 jt 2 jf 3`, `ret #65535`.
 * Jumps show the index of the instruction they lead to, so the instruction's own must be given.
 * Codes that no valid program holds are shown as a tuple.
 */
export function describe(instruction: Instruction, index: number): string {
  const { code, jt, jf, k } = instruction;
  const operand = code & 0x08 ? 'x' : `#0x${k.toString(16)}`;
  switch (code & 7) {
    case Class.ld:
    case Class.ldx:
      return load(code, k);
    case Class.st:
      return `st M[${k}]`;
    case Class.stx:
      return `stx M[${k}]`;
    case Class.alu: {
      const name = ALU_NAMES.get(code & 0xf0);
      if (name === undefined) break;
      return name === 'neg' ? name : `${name} ${operand}`;
    }
    case Class.jmp: {
      const name = JUMP_NAMES.get(code & 0xf0);
      if (name === undefined) break;
      if (!isConditional(code)) return `ja ${index + 1 + k}`;
      return `${name} ${operand} jt ${index + 1 + jt} jf ${index + 1 + jf}`;
    }
    case Class.ret:
      return code & Return.a ? 'ret a' : `ret #${k}`;
    default:
      return code & 0x80 ? 'txa' : 'tax';
  }
  return tuple(instruction);
}

/** A program as numbered lines, like the verbose output of bpfc. */
export function describeProgram(program: readonly Instruction[]): string {
  return program
    .map((instruction, index) => `(${String(index).padStart(3, '0')}) ${describe(instruction, index)}`)
    .join('\n');
}

function load(code: number, k: number): string {
  const mode = code & 0xe0;
  const name = (code & 7) === Class.ldx ? 'ldx' : (LOADS[code & 0x18] ?? 'ld');
  switch (mode) {
    case Mode.imm:
      return `${name} #0x${k.toString(16)}`;
    case Mode.abs:
      return `${name} ${k >= ANCILLARY_OFFSET ? (ANCILLARY_NAMES[k] ?? `[${k | 0}]`) : `[${k}]`}`;
    case Mode.ind:
      return `${name} [x + ${k}]`;
    case Mode.mem:
      return `${name} M[${k}]`;
    case Mode.len:
      return `${name} #len`;
    default:
      return `ldx 4*([${k}]&0xf)`;
  }
}

function tuple({ code, jt, jf, k }: Instruction): string {
  return `{ 0x${code.toString(16)}, ${jt}, ${jf}, 0x${k.toString(16)} }`;
}
