import { describe, expect, test } from 'vitest';
import { seededRandom } from '../testing/random.js';
import { trafficFrames } from '../testing/traffic-frames.js';
import { MAX_TOTAL, readTraffic } from './read-traffic.js';
import { TrafficError } from './traffic.js';

const read = (text: string) => readTraffic(text, { random: seededRandom(1) });

test('packets, with comments, separators and CPUs', () => {
  const text = `# shell
; assembler
// C++
/* C */ { 1, 2 3,4,
5 /* between */ 6 }{7}
cpu(1): { 8 }

cpu(3-2):{ 9, } cpu( 0 : 1 ) : { 10 }`;
  const { packets, warnings } = read(text);
  expect(packets.map(({ bytes }) => [...bytes])).toEqual([[1, 2, 3, 4, 5, 6], [7], [8], [9], [10]]);
  expect(packets.map(({ line }) => line)).toEqual([4, 5, 6, 8, 8]);
  expect(packets.map(({ cpus }) => cpus)).toEqual([
    undefined,
    undefined,
    { first: 1, last: 1 },
    { first: 2, last: 3 },
    { first: 0, last: 1 },
  ]);
  expect(warnings).toEqual([]);
});

test('no packets are no fault', () => {
  for (const text of ['', ' \n', '# nothing', '/**/']) expect(read(text).packets).toEqual([]);
});

test('a packet changes if something in it does', () => {
  const texts = [
    '{ 1, rnd(3), udp() }',
    '{ drnd(0) }{1}',
    '{ drnd() }',
    '{ udp(dp=dinc()) }',
    '{ 1, dinc(1,2) }',
  ];
  const changes = texts.map((text) => {
    try {
      return read(text).packets.map((packet) => packet.changes);
    } catch (error) {
      return error instanceof TrafficError ? error.message : error;
    }
  });
  expect(changes).toEqual([[false], 'this packet has no bytes', [true], [true], [true]]);
});

test('bytes are one array all along, and still when nothing changes', () => {
  const [still, counter] = read('{ 1, 2, udp() } { dinc(0,255) }').packets;
  const before = [...still.bytes];
  const { bytes } = counter;
  for (let i = 0; i < 5; i++) {
    still.advance();
    counter.advance();
  }
  expect([...still.bytes]).toEqual(before);
  expect(counter.bytes).toBe(bytes);
  expect([...bytes]).toEqual([6]);
});

test('two readings of a text count for themselves', () => {
  const text = '{ dinc(1,9), udp(dp=dinc(5,7)) }';
  const [one] = read(text).packets;
  one.advance();
  expect(trafficFrames(text, 3)).toEqual(trafficFrames(text, 3));
  expect([...read(text).packets[0].bytes][0]).toBe(2);
});

describe('faults say what and where', () => {
  test.each<[string, number, number, number, string]>([
    ['1', 1, 1, 1, "expected '{' at the beginning of a packet, found '1'"],
    ['{1}\n  }', 2, 3, 1, "expected '{' at the beginning of a packet, found '}'"],
    ['{', 1, 2, 1, "the packet has no end: '}' is missing"],
    ['{ 1,\n', 2, 1, 1, "the packet has no end: '}' is missing"],
    ['{}', 1, 2, 1, 'this packet has no bytes'],
    ['{ 1,, 2 }', 1, 5, 1, "expected a number, a string, a function, a header or '}', found ','"],
    ['{ , 1 }', 1, 3, 1, "found ','"],
    ['{ fill(1,2)fill(1,2) }', 1, 12, 4, "expected ',' or a space before 'fill'"],
    ['{ "a""b" }', 1, 6, 3, "expected ',' or a space before '\"b\"'"],
    ['{ 12ab }', 1, 3, 4, "'12ab' is no number; separate elements by a comma or a space"],
    ['{ 0x }', 1, 3, 2, "'0x' is no number"],
    ['{ 0b12 }', 1, 3, 4, "'0b12' is no number"],
    ['{ 089 }', 1, 3, 3, "'089' begins with 0, so it is octal, but has other digits"],
    ['{ 0x1ffffffffffffffff }', 1, 3, 19, 'does not fit 64 bits'],
    [`{ ${'9'.repeat(5000)} }`, 1, 3, 5000, 'does not fit 64 bits'],
    ['{ nonsense }', 1, 3, 8, "there is no function and no header 'nonsense'"],
    ['{ 1\n"abc }', 2, 1, 1, 'this string has no end: " is missing'],
    ["{ 'ab' }", 1, 3, 1, "a single quote holds one character, such as 'a', '\\n' or '\\x41'"],
    ["{ 'ö' }", 1, 3, 3, "'ö' takes more than one byte: write it as a string"],
    ['{ /* 1 }', 1, 3, 2, 'this comment has no end: */ is missing'],
    ['{ @ }', 1, 3, 1, '"@" means nothing here'],
    ['{ 🙂 }', 1, 3, 2, '"🙂" means nothing here'],
    ['{ 1.2.3.4 }', 1, 3, 7, "found '1.2.3.4'"],
    ['{ ipv4(da=1.2.3.256) }', 1, 11, 9, "'1.2.3.256' is no IPv4 address"],
    ['{ eth(da=1:2:3:4:5:678) }', 1, 10, 13, "'1:2:3:4:5:678' is no hardware address and no IPv6 address"],
    ['{ ipv6(da=1::2::3) }', 1, 11, 7, 'is no hardware address and no IPv6 address'],
    ['cpu 1: {1}', 1, 5, 1, "expected '(' behind cpu, found '1'"],
    ['cpu(a-"x"): {1}', 1, 7, 3, 'expected the number of a CPU, found \'"x"\''],
    ['cpu(70000): {1}', 1, 5, 5, 'there is no CPU with such a number'],
    ['cpu(1) {1}', 1, 8, 1, "expected ':' behind the CPUs of a packet, found '{'"],
    ['cpu(1): 1', 1, 9, 1, "expected '{' behind the CPUs of a packet, found '1'"],
    ['{ cpu(1): 2 }', 1, 3, 3, "there is no function and no header 'cpu'"],
  ])('%j', (text, line, column, length, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(expect.objectContaining({ name: 'TrafficError', line, column, length }));
  });
});

test('pieces of any length are told apart, and refused, without running out of stack', () => {
  expect(() => read(`{ ${'a:'.repeat(5e6)} }`)).toThrow('is no hardware address and no IPv6 address');
  expect(() => read(`{ dns(ans(data="${'a'.repeat(200_000)}")) }`)).toThrow('would be longer than 65536');
});

test('packets of more than 64 MiB together are refused before they are made', () => {
  const packet = '{fill(0,65000)}';
  const most = Math.floor(MAX_TOTAL / 65000);
  const error = (() => {
    try {
      return read(`${packet}\n`.repeat(most + 1));
    } catch (fault) {
      return fault;
    }
  })();
  expect(error).toMatchObject({ name: 'TrafficError', line: most + 1, column: 1 });
});

test('what the preprocessor should have done is noticed', () => {
  const { packets, warnings } = read('#include <stddef.h>\n# include is a word\n{ 1 }');
  expect(packets.length).toBe(1);
  expect(warnings).toEqual([
    '1:1: a line that begins with # is a comment unless the preprocessor runs before (--cpp)',
    '2:1: a line that begins with # is a comment unless the preprocessor runs before (--cpp)',
  ]);
  expect(read('# comment\n{ 1 }').warnings).toEqual([]);
});

test('warnings come to an end', () => {
  expect(read(`{ ${'300,'.repeat(1000)} }`).warnings.length).toBe(50);
});
