/**
 * The words of the BPF language: McCanne & Jacobson 1993, the Linux extensions, and the spellings of netsniff-ng's bpfc
 * and of the kernel's bpf_asm. Parser, disassembler, documentation and editors' syntax files go by these tables.
 */
import { Alu, Ancillary, Class, Jump, Misc, Mode, Return, Size, Source } from '../opcodes.js';

/** What stands behind an instruction's name, as it is written in tables. */
export type Operand =
  | ''
  | '#k'
  | 'k'
  | 'x'
  | 'a'
  | '[k]'
  | '[x + k]'
  | 'M[k]'
  | '4*([k]&0xf)'
  | '#len'
  | 'extension'
  | 'L'
  | '#k,Lt'
  | '#k,Lt,Lf'
  | 'x,Lt'
  | 'x,Lt,Lf';

export interface Mnemonic {
  readonly name: string;
  /** What it can be followed by, and the code of the instruction then. */
  readonly codes: Readonly<Partial<Record<Operand, number>>>;
  /** The machine has no such jump: it is the opposite one with its branches exchanged. */
  readonly opposite: boolean;
  readonly summary: string;
}

/** In the order of the manual's table. */
export const MNEMONICS: readonly Mnemonic[] = [
  load('ld', Size.w, 'load a word into A', {
    'M[k]': Class.ld | Mode.mem,
    '#k': Class.ld | Mode.imm,
    '#len': Class.ld | Mode.len,
  }),
  plain('ldi', 'load a constant into A', { '#k': Class.ld | Mode.imm, k: Class.ld | Mode.imm }),
  load('ldh', Size.h, 'load a half word into A'),
  load('ldb', Size.b, 'load a byte into A'),
  plain('ldx', 'load a word into X', {
    'M[k]': Class.ldx | Mode.mem,
    '#k': Class.ldx | Mode.imm,
    '#len': Class.ldx | Mode.len,
    '4*([k]&0xf)': Class.ldx | Size.b | Mode.msh,
  }),
  plain('ldxi', 'load a constant into X', { '#k': Class.ldx | Mode.imm, k: Class.ldx | Mode.imm }),
  plain('ldxb', 'load the length of an IP header into X', { '4*([k]&0xf)': Class.ldx | Size.b | Mode.msh }),
  plain('st', 'store A in M[]', { 'M[k]': Class.st }),
  plain('stx', 'store X in M[]', { 'M[k]': Class.stx }),
  plain('jmp', 'go to a label', { L: Class.jmp | Jump.ja }),
  plain('ja', 'go to a label', { L: Class.jmp | Jump.ja }),
  test('jeq', Jump.jeq, 'jump if A = k or X'),
  oppositeTest('jneq', Jump.jeq, 'jump if A ≠ k or X'),
  oppositeTest('jne', Jump.jeq, 'jump if A ≠ k or X'),
  oppositeTest('jlt', Jump.jge, 'jump if A < k or X'),
  oppositeTest('jle', Jump.jgt, 'jump if A ≤ k or X'),
  test('jgt', Jump.jgt, 'jump if A > k or X'),
  test('jge', Jump.jge, 'jump if A ≥ k or X'),
  test('jset', Jump.jset, 'jump if A and k or X have a bit in common'),
  arithmetic('add', Alu.add, 'A + k or X'),
  arithmetic('sub', Alu.sub, 'A - k or X'),
  arithmetic('mul', Alu.mul, 'A × k or X'),
  arithmetic('div', Alu.div, 'A / k or X'),
  arithmetic('mod', Alu.mod, 'remainder of A / k or X'),
  plain('neg', '-A', { '': Class.alu | Alu.neg }),
  arithmetic('and', Alu.and, 'A and k or X, bit by bit'),
  arithmetic('or', Alu.or, 'A or k or X, bit by bit'),
  arithmetic('xor', Alu.xor, 'A exclusive or k or X, bit by bit'),
  arithmetic('lsh', Alu.lsh, 'A shifted left by k or X bits'),
  arithmetic('rsh', Alu.rsh, 'A shifted right by k or X bits'),
  plain('tax', 'copy A to X', { '': Class.misc | Misc.tax }),
  plain('txa', 'copy X to A', { '': Class.misc | Misc.txa }),
  // The paper has ret x, Linux refuses it.
  plain('ret', 'end; the value says how many bytes of the frame to keep', {
    '#k': Class.ret | Return.k,
    a: Class.ret | Return.a,
    x: Class.ret | Source.x,
  }),
];

export const mnemonicOf: ReadonlyMap<string, Mnemonic> = new Map(
  MNEMONICS.map((mnemonic) => [mnemonic.name, mnemonic]),
);

export interface Extension {
  /** All spellings, without `#`; the first is the one that the disassembler writes. */
  readonly names: readonly string[];
  /** The offset that stands for it. */
  readonly k: number;
  readonly summary: string;
}

/** What Linux knows about a frame, read by loads of offsets beyond any frame (linux/filter.h: SKF_AD_*). */
export const EXTENSIONS: readonly Extension[] = [
  { names: ['proto', 'pto'], k: Ancillary.protocol, summary: 'EtherType' },
  {
    names: ['type'],
    k: Ancillary.packetType,
    summary: '0 to us, 1 broadcast, 2 multicast, 3 to another host, 4 outgoing',
  },
  { names: ['ifidx', 'ifx'], k: Ancillary.interfaceIndex, summary: 'index of the interface' },
  {
    names: ['nla'],
    k: Ancillary.netlinkAttribute,
    summary: 'offset of the Netlink attribute of type X, searched from offset A on',
  },
  {
    names: ['nlan'],
    k: Ancillary.nestedNetlinkAttribute,
    summary: 'the same inside the attribute at offset A',
  },
  { names: ['mark'], k: Ancillary.mark, summary: 'mark of the packet' },
  { names: ['queue', 'que', 'q'], k: Ancillary.queue, summary: 'queue of the device' },
  { names: ['hatype', 'hat'], k: Ancillary.hardwareType, summary: 'hardware type: 1 Ethernet, 772 loopback' },
  { names: ['rxhash', 'rxh'], k: Ancillary.hash, summary: 'hash made on reception' },
  { names: ['cpu'], k: Ancillary.cpu, summary: 'CPU that runs the filter' },
  { names: ['vlant', 'vlan_tci'], k: Ancillary.vlanTag, summary: 'VLAN tag that is not in the frame' },
  {
    names: ['vlanp', 'vlan_avail', 'vlan_pr'],
    k: Ancillary.vlanPresent,
    summary: '1 if there is such a tag, else 0',
  },
  { names: ['poff'], k: Ancillary.payloadOffset, summary: 'offset of the payload behind the headers' },
  { names: ['rand', 'random'], k: Ancillary.random, summary: 'a random number' },
  { names: ['vlan_tpid'], k: Ancillary.vlanProtocol, summary: 'EtherType of the VLAN tag' },
  { names: ['xor_x'], k: Ancillary.xorX, summary: 'no load: A exclusive or X' },
];

export const extensionOf: ReadonlyMap<string, number> = new Map(
  EXTENSIONS.flatMap(({ names, k }) => names.map((name) => [name, k] as const)),
);

/** Spellings of the length of the frame, which is an instruction of its own. */
export const LENGTH_NAMES: readonly string[] = ['len', 'pktlen'];

function plain(name: string, summary: string, codes: Mnemonic['codes']): Mnemonic {
  return { name, codes, opposite: false, summary };
}

function load(name: string, size: number, summary: string, more: Mnemonic['codes'] = {}): Mnemonic {
  const absolute = Class.ld | size | Mode.abs;
  const codes = { '[k]': absolute, '[x + k]': Class.ld | size | Mode.ind, extension: absolute, ...more };
  return plain(name, summary, codes);
}

function arithmetic(name: string, operation: number, summary: string): Mnemonic {
  const code = Class.alu | operation;
  return plain(name, summary, { '#k': code, x: code | Source.x });
}

function test(name: string, operation: number, summary: string): Mnemonic {
  const code = Class.jmp | operation;
  const x = code | Source.x;
  return plain(name, summary, { '#k,Lt': code, '#k,Lt,Lf': code, 'x,Lt': x, 'x,Lt,Lf': x });
}

function oppositeTest(name: string, operation: number, summary: string): Mnemonic {
  const code = Class.jmp | operation;
  return { name, codes: { '#k,Lt': code, 'x,Lt': code | Source.x }, opposite: true, summary };
}
