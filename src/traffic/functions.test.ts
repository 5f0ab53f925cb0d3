import { expect, test } from 'vitest';
import { trafficFrames } from '../testing/traffic-frames.js';
import { internetChecksum } from '../wire/checksum.js';
import { readTraffic } from './read-traffic.js';

const one = (text: string) => trafficFrames(text, 1)[0];

test.each([
  ['0, 255, 0x1f, x1f, 0b11, b11, 017, 00', '00ff1f1f03030f00'],
  ["'a', 'Z', a, Z, ' ', '\\x7f', '\\n', '\\'', '\\\\', '\\'", '615a615a207f0a275c5c'],
  ['"abc", "\\x00\\xff", "a\\x41", ""', '61626300ff615c783431'],
  ['"ö"', 'c3b6'],
  ['fill(0xca, 3), fill(1 2), fill(0,0)', 'cacaca0101'],
  ['seqinc(254,4), seqinc(1,3,5), seqinc(7,2,0)', 'feff000101060b0707'],
  ['seqdec(1,4), seqdec(9,3,5)', '0100fffe0904ff'],
  ['c8(1), c16(2), c32(3), c64(4)', '010002000000030000000000000004'],
  ['const8(-1), const16(-1), const32(-1), const64(-1)', 'ff'.repeat(15)],
  ['c64(0xffffffffffffffff), c64(1<<63)', `${'ff'.repeat(8)}8000000000000000`],
  ['c16(1+2*3), c16(7-2-1), c16(100/7), c16(100%7), c16(12&10|1^3)', '00090004000e0002000a'],
  ['c16((1<<8)-1>>4), c16(-5/2), c16(-8>>1), c16(2*-3), c16(--3)', '000ffffefffcfffa0003'],
  ['fill((1+1), (2*2)), rnd(0), drnd(0)', '02020202'],
  ['csumip(2,5), 1,2,3,4', 'fbf901020304'],
  ['csum16(5 2), 1,2,3,4', 'fbf901020304'],
  ['1,2,3,4, csumicmp(0,3)', '01020304fbf9'],
  ['1,2,3, csumip4(0,2)', '010203fbfd'],
  ['1,2,3,4, csumicmp4(0,999)', '01020304fbf9'],
])('{ %s }', (elements, hex) => {
  expect(one(`{ ${elements} }`)).toBe(hex);
});

test.each([
  ['dinc(1,5)', ['02', '03', '04', '05', '01', '02']],
  ['dinc(1,5,2)', ['03', '05', '02', '04', '01', '03']],
  ['dinc(250,255,7)', ['fb', 'fc', 'fd', 'fe', 'ff', 'fa']],
  ['dinc(7,7)', ['07', '07', '07']],
  ['dinc(1,3,0)', ['01', '01']],
  ['ddec(1,5)', ['04', '03', '02', '01', '05', '04']],
  ['ddec(1,5,2)', ['03', '01', '04', '02', '05', '03']],
  ['ddec(0,255)', ['fe', 'fd']],
  ['ddec(1,3,3)', ['03', '03']],
])('%s counts before it is sent, and wraps within its bounds', (text, values) => {
  expect(trafficFrames(`{ ${text} }`, values.length)).toEqual(values);
});

test('checksums over pseudo-headers sum to nothing with them', () => {
  const four = '0x45,0,c16(31),c32(0),64,17,c16(0),10,0,0,1,10,0,0,2';
  const six = '0x60,0,0,0,c16(11),17,64,seqinc(1,32)';
  const cases = [
    [`{ ${four}, c16(5),c16(6),c16(11),csumudp(0,20),"abc" }`, 20, 12, 8, 17],
    [`{ ${four}, c16(5),c16(6),c64(0),c32(7),csumtcp(0,20),c16(0),"abc" }`, 20, 12, 8, 6],
    [`{ ${six}, c16(5),c16(6),c16(11),csumudp6(0,40),"abc" }`, 40, 8, 32, 17],
    [`{ ${six}, c16(5),c16(6),c64(0),c32(7),csumtcp6(40,0),c16(0),"abc" }`, 40, 8, 32, 6],
    [`{ ${six}, 128,0,csumicmp6(0,40),"abc" }`, 40, 8, 32, 58],
  ] as const;
  for (const [text, body, addresses, length, protocol] of cases) {
    const bytes = Buffer.from(one(text), 'hex');
    const pseudo = Buffer.concat([
      bytes.subarray(addresses, addresses + length),
      Buffer.from([0, protocol, 0, bytes.length - body]),
      bytes.subarray(body),
    ]);
    expect(internetChecksum(pseudo, 0, pseudo.length), text).toBe(0);
  }
});

test('a UDP checksum that comes to 0 is sent as 0xffff', () => {
  const text = (port: string) => `{ c64(0), c64(0), c32(0), ${port}, c16(0), c16(8), csumudp(0,20) }`;
  const sum = Number.parseInt(one(text('c16(0)')).slice(-4), 16);
  expect(one(text(`c16(${sum})`)).slice(-4)).toBe('ffff');
  expect(one(text(`c16(${sum})`).replace('csumudp', 'csumtcp')).slice(-4)).not.toBe('0000');
});

test('rnd is drawn once, drnd for every sending, each byte from all values', () => {
  const frames = trafficFrames('{ rnd(8), drnd(8), rnd(), drnd() }', 3000).map((hex) =>
    Buffer.from(hex, 'hex'),
  );
  const still = [0, 1, 2, 3, 4, 5, 6, 7, 16];
  for (const at of still) expect(new Set(frames.map((frame) => frame[at])).size).toBe(1);
  expect(new Set(still.map((at) => frames[0][at])).size).toBeGreaterThan(3);
  for (const at of [8, 9, 10, 11, 12, 13, 14, 15, 17]) {
    expect(new Set(frames.map((frame) => frame[at])).size).toBe(256);
  }
  for (const length of [1, 2, 3, 5]) {
    const ends = trafficFrames(`{ 9, drnd(${length}), 9 }`, 50);
    expect(new Set(ends.map((hex) => hex.slice(0, 2) + hex.slice(-2)))).toEqual(new Set(['0909']));
  }
});

test.each([
  ['fill(1)', 3, 'fill takes 2 numbers, not 1'],
  ['fill(1,2,3)', 12, 'fill takes 2 numbers'],
  ['fill 1', 8, "expected '(' behind fill, found '1'"],
  ['fill(1,-2)', 10, "expected a number or ')' in fill(), found '-'"],
  ['fill(0,4000000000)', 3, 'fill makes 0 to 65536 bytes, not 4000000000'],
  ['fill(0,65536),1', 17, 'longer than 65536 bytes'],
  ['rnd(65537)', 3, 'rnd makes'],
  ['drnd((-1))', 3, 'drnd makes'],
  ['seqinc(1,2,3,4)', 16, 'seqinc takes 2 or 3 numbers'],
  ['rnd(1 2)', 9, 'rnd takes one number'],
  ['fill(1', 10, "expected a number or ')' in fill(), found '}'"],
  ['fill(1"a"', 9, "expected ')' behind the arguments of fill"],
  ['seqdec(1,99999)', 3, 'seqdec makes'],
  ['dinc(1)', 3, 'dinc takes 2 or 3 numbers, not 1'],
  ['dinc(5,1)', 3, 'from a smallest to a largest value: 5 > 1'],
  ['ddec(5,1)', 3, 'ddec counts'],
  ['c16()', 7, "expected a number, found ')'"],
  ['c16(1', 9, "expected ')' behind the expression of c16, found '}'"],
  ['c16(1/0)', 8, 'divides by zero'],
  ['c16(1%0)', 8, 'divides by zero'],
  ['c16(1<<64)', 8, '0 to 63 bits'],
  ['c16(1<<-1)', 8, '0 to 63 bits'],
  [`c16(${'('.repeat(300)}1`, 258, 'nested more than 250 deep'],
  ['csumip(1,1)', 3, 'csumip needs two places, not twice 1'],
  ['csumip(1)', 3, 'csumip takes 2 numbers, not 1'],
  ['csumip(100,200)', 3, "byte 100 is behind the packet's end, byte 1"],
  ['csumudp(0,8)', 3, 'the headers at 0 and 8 do not fit'],
  ['csumtcp6(0,20), fill(0,20)', 3, 'do not fit'],
])('{ %s } is a fault at column %i: %s', (elements, column, message) => {
  const read = () => readTraffic(`{ ${elements} }`, { random: () => 0 });
  expect(read).toThrow(message);
  expect(read).toThrow(expect.objectContaining({ name: 'TrafficError', line: 1, column }));
});

test('no packet has more than 256 checksum functions', () => {
  const text = (count: number) => `{ fill(1,9), ${'csumip(0,8),'.repeat(count)} }`;
  expect(one(text(256)).length).toBe(2 * (9 + 512));
  expect(() => one(text(257))).toThrow('256 checksum functions at most');
});

test.each([
  ['300', '1:3: 300 does not fit a byte: its lowest 8 bits, 44, are taken'],
  ['fill(256,1)', '1:3: 256 does not fit a byte: its lowest 8 bits, 0, are taken'],
  ['c8(256)', '1:3: 256 does not fit 8 bits: the lowest are taken'],
  ['c16(-32769)', '1:3: -32769 does not fit 16 bits: the lowest are taken'],
  ['c16(1+2*3)', '1:7: operators apply from left to right here, whatever their rank in C: set parentheses'],
  ['"a\\n"', '1:3: a backslash in a string is sent as it stands, unless all of it is written as \\xHH'],
])('{ %s } warns: %s', (elements, warning) => {
  expect(readTraffic(`{ ${elements} }`, { random: () => 0 }).warnings).toEqual([warning]);
});

test('what C would compute alike is no reason for a warning', () => {
  const text = '{ 255, c8(255), c8(-128), c32(0xffffffff), c16(2*3+1), c16(8-4+1), c16(6<<1&12|1) }';
  expect(readTraffic(text, { random: () => 0 }).warnings).toEqual([]);
});
