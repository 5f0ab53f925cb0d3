/** A program on which bpfc of netsniff-ng and ours differ; the titles stand in docs/bpfc.md, with the reasons. */
export interface PeerCase {
  readonly title: string;
  readonly text: string;
  readonly options?: readonly string[];
  /** Exit code and a part of what the peer prints. */
  readonly peer: { readonly status: number; readonly output: string };
  /** A part of what ours prints, or of its error. */
  readonly ours: string;
}

/** Words of the language that the kernel's bpf_asm or ours have beyond the peer's. */
export const UNKNOWN_TO_PEER: readonly string[] = [
  'vlan_avail',
  'vlan_pr',
  'rand',
  'random',
  'vlan_tpid',
  'xor_x',
].flatMap((name) => [`#${name}`, name]);

const filler = 'add #1\n'.repeat(300);
const taken = (output: string) => ({ status: 0, output });
const refused = { status: 1, output: 'Syntax error at line ' };

export const peerCases: readonly PeerCase[] = [
  {
    title: 'a conditional jump over 256 instructions or more',
    text: `jeq #1, far\n${filler}far: ret a\n`,
    // 300 modulo 256.
    peer: taken('21 44 0 1\n4 0 0 1\n'),
    ours: '21 0 1 1\n5 0 0 300\n4 0 0 1\n',
  },
  {
    title: 'a comment that ends in `**/`',
    text: 'ret #1 /* one **/\nret #2 /* two */\n',
    peer: taken('6 0 0 1\n'),
    ours: '6 0 0 1\n6 0 0 2\n',
  },
  {
    title: 'a label that stands twice',
    text: 'jeq #1, here\nhere: ret #1\nhere: ret #2\n',
    peer: taken('21 0 0 1\n'),
    ours: "p.bpf:3:1: the label 'here' is there already",
  },
  {
    title: 'a `ja` that leads back',
    text: 'here: ld #1\nja here\nret a\n',
    peer: taken('5 0 0 4294967294\n'),
    ours: "p.bpf:2:4: 'here' lies behind",
  },
  {
    title: 'a conditional jump that leads back, with `-b`',
    text: 'here: ld #1\njeq #1, here\nret a\n',
    options: ['-b'],
    peer: taken('21 254 0 1\n'),
    ours: "p.bpf:2:9: 'here' lies behind",
  },
  {
    title: 'a number beyond 32 bits',
    text: 'ret #4294967297\n',
    peer: taken('6 0 0 1\n'),
    ours: 'p.bpf:1:6: 4294967297 has no room in 32 bits',
  },
  {
    title: 'a negative number below -2147483648',
    text: 'ret #-4294967295\n',
    peer: taken('6 0 0 1\n'),
    ours: 'p.bpf:1:6: -4294967295 has no room in 32 bits',
  },
  {
    title: 'an octal number with an 8 or a 9',
    text: 'ret #0189\n',
    peer: taken('6 0 0 1\n'),
    ours: 'p.bpf:1:6: 0189 is no number',
  },
  {
    title: 'a number with a word glued to it',
    text: 'ret #1ret #2\n',
    peer: taken('6 0 0 1\n6 0 0 2\n'),
    ours: 'p.bpf:1:6: 1ret is no number',
  },
  {
    title: 'a memory slot that nothing has filled',
    text: 'ld M[3]\nret a\n',
    peer: taken('96 0 0 3\n'),
    ours: 'p.bpf:1:1: the kernel refuses this: loads memory slot 3',
  },
  {
    title: 'a shift by 32 or more',
    text: 'lsh #32\nret a\n',
    peer: taken('100 0 0 32\n'),
    ours: 'p.bpf:1:1: the kernel refuses this: shifts by 32',
  },
  {
    title: 'a division by the constant 0',
    text: 'ld #1\ndiv #0\nret a\n',
    peer: taken('52 0 0 0\n'),
    ours: 'p.bpf:2:1: the kernel refuses this: divides by the constant 0',
  },
  {
    title: 'a remainder of the constant 0',
    text: 'ld #1\nmod #0\nret a\n',
    peer: taken('148 0 0 0\n'),
    ours: 'p.bpf:2:1: the kernel refuses this: divides by the constant 0',
  },
  {
    title: '`ret x`',
    text: 'ret x\n',
    peer: taken('14 0 0 0\n'),
    ours: 'p.bpf:1:1: the kernel refuses this: code 0xe is no instruction',
  },
  {
    title: 'an offset beyond the known extensions',
    text: 'ld [-4]\nret a\n',
    peer: taken('32 0 0 4294967292\n'),
    ours: 'p.bpf:1:1: the kernel refuses this: 0xfffffffc is no known ancillary offset',
  },
  {
    title: '`-V` with a program that may not run',
    text: 'ld #1\n',
    options: ['-V'],
    peer: taken('Result:\n0 0 0 1\n'),
    ours: 'Validating: is not runnable!\np.bpf:1:1: the kernel refuses this: the last instruction is no ret',
  },
  {
    title: '`ldx #len`, in `-V`',
    text: 'ldx #len\ntxa\nret a\n',
    options: ['-V'],
    peer: taken(' L0: unimp 0x81\n'),
    ours: ' L0: ldx #len\n',
  },
  {
    title: 'extensions that came later, in `-V`',
    text: 'ld [-4036]\nret a\n',
    options: ['-V'],
    peer: taken(' L0: ld [-4036]\n'),
    ours: ' L0: ld vlan_tpid\n',
  },
  {
    title: '`#vlan_avail`, `#vlan_pr`, `#vlan_tpid`, `#rand`, `#random` and `#xor_x`',
    text: 'ld #rand\nret a\n',
    peer: refused,
    ours: '32 0 0 4294963256\n',
  },
  {
    title: '`[x+14]`, without a blank before the number',
    text: 'ldh [x+14]\nret a\n',
    peer: refused,
    ours: '72 0 0 14\n',
  },
  { title: '`[x - 4]`', text: 'ldh [x - 4]\nret a\n', peer: refused, ours: '72 0 0 4294967292\n' },
  {
    title: 'negative numbers other than decimal, and `-0`',
    text: 'ld #-0x10\nadd #-0\nret a\n',
    peer: refused,
    ours: '0 0 0 4294967280\n4 0 0 0\n',
  },
  {
    title: 'labels of one letter, or named like an extension',
    text: 'jeq #1, L, mark\nL: ret #1\nmark: ret #0\n',
    peer: refused,
    ours: '21 0 1 1\n',
  },
  {
    title: 'several labels for one instruction',
    text: 'jeq #1, yes, also\nyes: also: ret #1\n',
    peer: refused,
    ours: '21 0 0 1\n6 0 0 1\n',
  },
  { title: 'comments `// …` and `/***/`', text: 'ret a // c\n/***/\n', peer: refused, ours: '22 0 0 0\n' },
  {
    title: 'a `#` comment that is indented',
    text: 'ld #1\n  # c\nret a\n',
    peer: refused,
    ours: '22 0 0 0\n',
  },
  { title: 'lines that end in CR LF', text: 'ret a\r\n', peer: refused, ours: '22 0 0 0\n' },
  {
    title: 'tuples in place of instructions',
    text: '{ 0x16, 0, 0, 0 },\n',
    peer: refused,
    ours: '22 0 0 0\n',
  },
];
