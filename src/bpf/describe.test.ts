import { expect, test } from 'vitest';
import { udpPortFilter } from './common.js';
import { describe, describeProgram } from './describe.js';
import { parseTuples } from './tuples.js';

test.each([
  ['{ 0x28, 0, 0, 12 }', 'ldh [12]'],
  ['{ 0x28, 0, 0, 0xfffff000 }', 'ldh #proto'],
  ['{ 0x20, 0, 0, 0xfffff03c }', 'ld #vlan_tpid'],
  ['{ 0x20, 0, 0, 0xfffff0f0 }', 'ld [-3856]'],
  ['{ 0x50, 0, 0, 14 }', 'ldb [x + 14]'],
  ['{ 0xb1, 0, 0, 14 }', 'ldx 4*([14]&0xf)'],
  ['{ 0x00, 0, 0, 10 }', 'ld #0xa'],
  ['{ 0x81, 0, 0, 0 }', 'ldx #len'],
  ['{ 0x60, 0, 0, 3 }', 'ld M[3]'],
  ['{ 0x02, 0, 0, 3 }', 'st M[3]'],
  ['{ 0x03, 0, 0, 3 }', 'stx M[3]'],
  ['{ 0x07, 0, 0, 0 }', 'tax'],
  ['{ 0x87, 0, 0, 0 }', 'txa'],
  ['{ 0x54, 0, 0, 255 }', 'and #0xff'],
  ['{ 0x7c, 0, 0, 0 }', 'rsh x'],
  ['{ 0x84, 0, 0, 0 }', 'neg'],
  ['{ 0x05, 0, 0, 2 }', 'ja 4'],
  ['{ 0x15, 0, 1, 0x800 }', 'jeq #0x800 jt 2 jf 3'],
  ['{ 0x4d, 3, 0, 0 }', 'jset x jt 5 jf 2'],
  ['{ 0x06, 0, 0, 0xffff }', 'ret #65535'],
  ['{ 0x16, 0, 0, 0 }', 'ret a'],
  ['{ 0xf5, 1, 2, 3 }', '{ 0xf5, 1, 2, 0x3 }'],
])('%s is %s', (text, line) => {
  expect(describe(parseTuples(text)[0], 1)).toBe(line);
});

test('numbers the lines of a program', () => {
  expect(describeProgram(udpPortFilter(53)).split('\n').slice(0, 2)).toEqual([
    '(000) ldh [12]',
    '(001) jeq #0x800 jt 2 jf 12',
  ]);
});
