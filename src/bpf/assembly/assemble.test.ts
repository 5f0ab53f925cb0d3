import { describe, expect, test } from 'vitest';
import { statement } from '../opcodes.js';
import { validate } from '../validate.js';
import { type Assembled, assemble } from './assemble.js';

/** Throws with all faults. */
function assembled(text: string): Assembled {
  const result = assemble(text);
  if ('faults' in result) throw new Error(faults(text).join('\n'));
  return result;
}

/** `code jt jf k`, numbers decimal, instructions separated by ` | `. */
function numbers(text: string): string {
  return assembled(text)
    .program.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k}`)
    .join(' | ');
}

function faults(text: string): string[] {
  const result = assemble(text);
  return 'faults' in result
    ? result.faults.map(({ line, column, length, message }) => `${line}:${column}+${length} ${message}`)
    : [];
}

// By hand from linux/bpf_common.h, so that a slip in the table of the language does not prove itself.
test.each([
  ['ld [4]', '32 0 0 4'],
  ['ldh [0x10]', '40 0 0 16'],
  ['ldb [017]', '48 0 0 15'],
  ['ld [x + 4]', '64 0 0 4'],
  ['ldh [x+4]', '72 0 0 4'],
  ['LDB [ %X + 0b11 ]', '80 0 0 3'],
  ['ldb [x - 1]', '80 0 0 4294967295'],
  ['ldb [x + -1]', '80 0 0 4294967295'],
  ['ld [-4]', '32 0 0 4294967292'],
  ['ld M[3]', '96 0 0 3'],
  ['ldx m[15]', '97 0 0 15'],
  ['ld #-1', '0 0 0 4294967295'],
  ['ldi 7', '0 0 0 7'],
  ['ldi #7', '0 0 0 7'],
  ['ldx # 7', '1 0 0 7'],
  ['ldxi +7', '1 0 0 7'],
  ['ld len', '128 0 0 0'],
  ['ldx #pktlen', '129 0 0 0'],
  ['ldx 4 * ( [14] & 15 )', '177 0 0 14'],
  ['ldxb 4*([-1048576]&0xf)', '177 0 0 4293918720'],
  ['ldh #proto', '40 0 0 4294963200'],
  ['ld #TYPE', '32 0 0 4294963204'],
  ['ld Q', '32 0 0 4294963224'],
  ['ld vlan_tpid', '32 0 0 4294963260'],
  ['st M[1]', '2 0 0 1'],
  ['stx M[1]', '3 0 0 1'],
  ['add #1', '4 0 0 1'],
  ['add x', '12 0 0 0'],
  ['sub #1', '20 0 0 1'],
  ['mul %x', '44 0 0 0'],
  ['div #3', '52 0 0 3'],
  ['or x', '76 0 0 0'],
  ['and #0xff', '84 0 0 255'],
  ['lsh #1', '100 0 0 1'],
  ['rsh x', '124 0 0 0'],
  ['neg', '132 0 0 0'],
  ['mod #5', '148 0 0 5'],
  ['xor x', '172 0 0 0'],
  ['ret #0xffffffff', '6 0 0 4294967295'],
  ['ret %a', '22 0 0 0'],
  ['ret x', '14 0 0 0'],
  ['tax', '7 0 0 0'],
  ['txa', '135 0 0 0'],
  ['{ 0xffff, 255, 1, 0x10 }', '65535 255 1 16'],
])('%s is %s', (text, expected) => {
  expect(numbers(text)).toBe(expected);
});

test.each([
  ['jmp b', '5 0 0 1'],
  ['ja a', '5 0 0 0'],
  ['jeq #1, a, b', '21 0 1 1'],
  ['jeq #1, b, a', '21 1 0 1'],
  ['jeq #1, b', '21 1 0 1'],
  ['jeq x, b', '29 1 0 0'],
  ['jgt #1, b', '37 1 0 1'],
  ['jge %x, b, a', '61 1 0 0'],
  ['jset #-1, b', '69 1 0 4294967295'],
  ['jneq #1, b', '21 0 1 1'],
  ['jne x, b', '29 0 1 0'],
  ['jlt #1, b', '53 0 1 1'],
  ['jle x, b', '45 0 1 0'],
])('%s jumps as %s', (text, expected) => {
  expect(numbers(`${text}\na: ret #0\nb: ret #1`)).toBe(`${expected} | 6 0 0 0 | 6 0 0 1`);
});

test('blanks, comments and ends of lines stand between words, or not', () => {
  const expected = '21 1 0 1 | 22 0 0 0 | 6 0 0 2';
  for (const text of [
    'jeq #1,L\nret a\nL: ret #2',
    '\r\n\tjeq\v#1 ,\fL\r\nret a L:ret#2 ;',
    'jeq /**/ # /* 2 */ 1, // c\n L /***/ ret a ; ret\n L \n : \n\n ret #2 /* # ; */',
    '#define X 1\n  # note\njeq #1,\n# 12 "other.c"\nL ret a\nL: M1: ret #2\n#',
  ]) {
    expect(numbers(text), text).toBe(expected);
  }
});

test('every instruction knows its place', () => {
  const far = `jne #1, L\n${'neg\n'.repeat(300)}L: ret a`;
  expect(assembled('ld [4]\n  a: neg ret a').places).toEqual([
    { line: 1, column: 1, length: 2 },
    { line: 2, column: 6, length: 3 },
    { line: 2, column: 10, length: 3 },
  ]);
  expect(
    assembled(far)
      .places.slice(0, 3)
      .map(({ line }) => line),
  ).toEqual([1, 1, 2]);
});

describe('a label farther than 255 instructions', () => {
  const over = (count: number, head: string) => `${head}\n${'neg\n'.repeat(count)}far: ret a\nend: ret #1`;
  const start = (text: string) => numbers(text).split(' | ').slice(0, 3);

  test('is reached at 255, and by way of a ja from 256 on', () => {
    expect(start(over(255, 'jeq #1, far'))).toEqual(['21 255 0 1', '132 0 0 0', '132 0 0 0']);
    expect(start(over(256, 'jeq #1, far'))).toEqual(['21 0 1 1', '5 0 0 256', '132 0 0 0']);
    expect(start(over(256, 'jle x, far'))).toEqual(['45 1 0 0', '5 0 0 256', '132 0 0 0']);
    expect(start(over(256, 'jge #1, far, end'))).toEqual(['53 0 1 1', '5 0 0 257', '5 0 0 257']);
  });

  test('may push another one out of reach', () => {
    // Without the first ja, `near` would be 255 away.
    const text = `jeq #1, near\njeq #2, far\n${'neg\n'.repeat(254)}near: ret #1\n${'neg\n'.repeat(50)}far: ret a`;
    expect(start(text)).toEqual(['21 0 1 1', '5 0 0 256', '21 0 1 2']);
  });

  test('does what one nearer does', () => {
    for (const accumulator of [1, 2]) {
      const text = `ld #${accumulator}\n${over(300, 'jeq #1, far, end')}`;
      const { program } = assembled(text);
      expect(validate(program)).toBeNull();
      let pc = 1;
      while ((program[pc].code & 7) === 5) {
        const { code, jt, jf, k } = program[pc];
        pc += 1 + (code === 5 ? k : accumulator === k ? jt : jf);
      }
      expect(program[pc]).toEqual(accumulator === 1 ? statement(0x16) : statement(0x06, 1));
    }
  });
});

test.each([
  ['', '1:1+1 no instruction found; a program has at least one, such as: ret #-1'],
  ['foo #1', `1:1+3 'foo' is no instruction ("bpfc -d" lists them); a label ends with ':'`],
  ['ldh #3', '1:5+2 ldh takes [k], [x + k] or an extension such as #proto, not #k'],
  ['ldx #proto', '1:5+6 ldx takes M[k], #k, #len or 4*([k]&0xf), not an extension'],
  ['ld 4', '1:4+1 ld takes [k], [x + k], an extension such as #proto, M[k], #k or #len, not k'],
  ['add #', '1:6+1 expected a number or the name of an extension behind #, found the end of the text'],
  ['add\n  #foo', "2:4+3 '#foo' is neither a number nor an extension that Linux has"],
  ['add %b', "1:6+1 expected 'a' or 'x' behind %, found 'b'"],
  ['st [3]', '1:4+3 st takes M[k], not [k]'],
  ['neg #1', "1:5+1 expected an instruction or a label, found '#'"],
  ['ld [y]', "1:5+1 expected an offset or x + an offset, found 'y'"],
  ['ld [% + 4]', "1:7+1 expected 'x' behind %, found '+'"],
  ['ld [%a + 4]', "1:6+1 expected 'x' behind %, found 'a'"],
  ['ld [x 4]', "1:7+1 expected '+' behind x; addresses are written [k] or [x + k], found '4'"],
  ['ld [4', "1:6+1 expected ']' behind the offset, found the end of the text"],
  ['ld M 4', "1:6+1 expected '[' behind M; memory is written M[k], found '4'"],
  ['ldx 5*([14]&0xf)', '1:5+12 the machine knows only 4*([k]&0xf), with just this factor and mask'],
  ['ldx 4*([14]&7)', '1:5+10 the machine knows only 4*([k]&0xf), with just this factor and mask'],
  ['ret #08', '1:6+2 08 is no number; write it decimal, 0x hexadecimal, 0b binary or 0 octal'],
  ['ret #1x', '1:6+2 1x is no number; write it decimal, 0x hexadecimal, 0b binary or 0 octal'],
  ['ret #4294967296', '1:6+10 4294967296 has no room in 32 bits; use -2147483648 to 4294967295 (0xffffffff)'],
  [
    'ret #-2147483649',
    '1:6+11 -2147483649 has no room in 32 bits; use -2147483648 to 4294967295 (0xffffffff)',
  ],
  ['ret "', `1:5+1 expected #k, a or x behind ret, found '"'`],
  ['ret 😀', "1:5+2 expected #k, a or x behind ret, found '😀'"],
  ['jeq #1', "1:7+1 expected ',' and a label behind the operand of jeq, found the end of the text"],
  ['jeq a, b\nb: ret a', '1:5+1 jeq takes #k or x, then labels, not a'],
  [
    'jne #1, b, b\nb: ret a',
    '1:10+1 jne takes one label; use the opposite test for two, with the labels exchanged',
  ],
  ['ja #1', "1:4+1 expected a label to jump to, found '#'"],
  ['ja ret\nret a', "1:4+3 'ret' is an instruction; choose another name for the label"],
  ['Ret: ret a', "1:1+3 'Ret' is an instruction; choose another name for the label"],
  ['ja b\nB: ret a', "1:4+1 there is no label 'b'; there is 'B'"],
  ['ja b\nret a', "1:4+1 there is no label 'b'; write it in front of the instruction to go to"],
  ['b: ret a\nja b', "2:4+1 'b' lies behind; BPF jumps lead forward only, so that every program ends"],
  ['b: ja b', "1:7+1 'b' lies behind; BPF jumps lead forward only, so that every program ends"],
  ['ja b\nb: ret a\nb: ret a', "3:1+1 the label 'b' is there already; every label stands for one place"],
  ['ja b\nret a\nb:', "3:1+1 no instruction follows the label 'b'; end the program with a ret"],
  ['ret a /* x\ny', "1:7+2 the comment '/*' has no end; close it with '*/'"],
  ['{ 1, 2, 3 }', "1:11+1 expected ',' before k; write tuples as { code, jt, jf, k }, found '}'"],
  ['{ 1, 256, 3, 4 }', '1:5+4 jt is 256, which is too large; use 0 to 255'],
])('%j: %s', (text, expected) => {
  expect(faults(text)).toEqual([expected]);
});

test('all faults of a text are told at once, in its order, and what follows is read right', () => {
  const text = 'ja nope\nfoo\nld M[\nhere: ret 3\nret #1 ret ]\nja here\nb: b: ld #1\nret ?\n';
  expect(faults(text).map((fault) => fault.replace(/\+\d+ .*/, ''))).toEqual([
    '1:4',
    '2:1',
    '4:1',
    '4:11',
    '5:12',
    '6:4',
    '7:4',
    '8:5',
  ]);
});

test('at most 20 faults are told, none of them because the rest was not looked at', () => {
  const found = faults(`ja end\n${'foo\n'.repeat(50)}end: ret a`);
  expect(found).toHaveLength(20);
  expect(found.every((fault) => fault.includes('foo'))).toBe(true);
});

test('4096 instructions are a program, with those put in for far labels, one more is told', () => {
  const long = (count: number, head = '') => `${head}${'neg\n'.repeat(count - 1)}end: ret a`;
  expect(assembled(long(4096)).program).toHaveLength(4096);
  expect(faults(long(4097))).toEqual([
    '4097:6+3 this is where the program exceeds 4096 instructions; shorten it',
  ]);
  expect(assembled(long(4094, 'jeq #1, end\n')).program).toHaveLength(4096);
  expect(faults(long(4095, 'jeq #1, end\n'))).toEqual([
    '4096:6+3 this is where the program exceeds 4096 instructions; shorten it',
  ]);
});
