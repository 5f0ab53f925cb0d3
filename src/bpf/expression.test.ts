import fc from 'fast-check';
import { expect, describe as suite, test } from 'vitest';
import { filterFrame, randomExpression } from '../testing/random-expression.js';
import { tape } from '../testing/random-program.js';
import { describeProgram } from './describe.js';
import type { Condition } from './expression/condition.js';
import { condition } from './expression/generate.js';
import { parseExpression } from './expression/parser.js';
import { compare, type Value, Values } from './expression/values.js';
import { compileExpression } from './expression.js';
import type { FilterInput } from './input.js';
import { interpret } from './interpreter.js';
import { Alu, type Program, statement } from './opcodes.js';
import { BpfError, parseTuples } from './tuples.js';
import { validate } from './validate.js';

const META = {
  protocol: 0,
  packetType: 0,
  interfaceIndex: 0,
  mark: 0,
  queue: 0,
  hardwareType: 1,
  hash: 0,
  cpu: 0,
};
const UNTAGGED = { vlanPresent: 0, vlanTag: 0, vlanProtocol: 0 };

function input(bytes: Uint8Array): FilterInput {
  return { ...META, ...UNTAGGED, bytes, start: 0, length: bytes.length };
}

function accepts(text: string, bytes: Uint8Array): boolean {
  return interpret(compileExpression(text), input(bytes), () => 0) !== 0;
}

/** A frame of 100 bytes with bytes put at offsets. */
function frame(puts: Readonly<Record<number, readonly number[]>>): Uint8Array {
  const bytes = new Uint8Array(100);
  for (const [at, values] of Object.entries(puts)) bytes.set(values, Number(at));
  return bytes;
}

/** IPv4 from 10.1.2.3 to 192.168.0.9, UDP 53 to 4000. */
const DNS = frame({
  0: [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45],
  23: [17],
  26: [10, 1, 2, 3, 192, 168, 0, 9, 0, 53, 0x0f, 0xa0],
});

suite('the program', () => {
  test('is as short as one would write it', () => {
    expect(describeProgram(compileExpression('ip and udp port 53'))).toMatchInlineSnapshot(`
      "(000) ldh [12]
      (001) jeq #0x800 jt 2 jf 12
      (002) ldb [23]
      (003) jeq #0x11 jt 4 jf 12
      (004) ldh [20]
      (005) jset #0x1fff jt 12 jf 6
      (006) ldx 4*([14]&0xf)
      (007) ldh [x + 14]
      (008) jeq #0x35 jt 11 jf 9
      (009) ldh [x + 16]
      (010) jeq #0x35 jt 11 jf 12
      (011) ret #4294967295
      (012) ret #0"
    `);
  });

  // Lengths of `tcpdump -d` (libpcap 1.10.3), or less.
  test.each([
    ['tcp', 12],
    ['port 53', 24],
    ['host 1.2.3.4', 14],
    ['tcp port 80 or udp port 53', 33],
    ['host 1.2.3.4 or host 5.6.7.8', 17],
    ['port (80 or 81)', 27],
    ['vlan and vlan 3 and tcp port 80', 31],
    ['tcp or udp or icmp', 15],
    ['(ip[2:2] - ((ip[0] & 0xf) << 2)) - ((tcp[12] & 0xf0) >> 2) != 0', 20],
    ['ip or not ip', 1],
  ])('%s takes at most %i instructions', (text, most) => {
    expect(compileExpression(text).length).toBeLessThanOrEqual(most);
  });

  test('may have jumps farther than an instruction reaches', () => {
    const hosts = Array.from({ length: 700 }, (_, i) => `src host 10.0.${i >> 8}.${i & 255}`);
    const text = `(${hosts.join(' or ')}) and udp`;
    expect(validate(compileExpression(text))).toBeNull();
    expect(compileExpression(text).length).toBeGreaterThan(700);
    expect([accepts(text, DNS), accepts(`${text} or src host 10.1.2.3`, DNS)]).toEqual([false, true]);
    const last = Uint8Array.from(DNS);
    last.set([10, 0, 2, 187], 26);
    expect(accepts(text, last)).toBe(true);
  });
});

suite('what is accepted', () => {
  test.each([
    ['udp port 53', true],
    ['udp dst port 53', false],
    ['src port 53 and dst port 4000', true],
    ['portrange 4000-5000', true],
    ['src portrange 5000-54', false],
    ['tcp', false],
    ['net 10.0.0.0/8 or 1.2.3.4', true],
    ['src net 192.168 or dst net 192.168', true],
    ['src and dst net 10.0.0.0/8', false],
    ['host 10.1.2.3 and host 192.168.0.9', true],
    ['not host 10.1.2.3', false],
    ['ether src 2:0:0:0:0:2', true],
    ['ether host 02-00-00-00-00-01', true],
    ['ip[6:2] & 0x1fff == 0', true],
    ['len == 100 && greater 100 && less 0144', true],
    ['ip proto \\udp and ip proto 0x11 and not ip6 proto 17', true],
    // `and` and `or` are of equal rank: (udp or tcp) and dst port 53.
    ['udp or tcp and dst port 53', false],
    ['udp or (tcp and dst port 53)', true],
    ['port 53 or 54 and 4000', true],
    ['UDP and IP', true],
    ['udp[0:2] = 53', true],
    ['udp[4] = ip[4]', true],
    ['udp[4] != ip[4] or arp', false],
    ['broadcast or multicast', false],
  ])('%s: %s', (text, expected) => {
    expect(accepts(text, DNS)).toBe(expected);
  });

  // Bytes 0 to 3 are 2, 3, 5 and 7; 14 is 0x45.
  test.each([
    ['ether[0] * ether[1] = ether[2] + 1', true],
    ['ether[0] * ether[1] - ether[2] * ether[3] = 0 - 29', true],
    ['(ether[3] - ether[2]) * (ether[2] - ether[1]) = ether[1] + 1', true],
    ['ether[ether[0]] = ether[ether[1]] - ether[0]', true],
    ['ether[ether[0] + ether[1] - 3] - (ether[3] % ether[0]) > ether[1]', true],
    ['(ip[0] & 0xf) << 2 = 20', true],
    ['len - ((ip[0] & 0xf) << 2) = 80 and len = 100', true],
    ['((ip[0] & 0xf) << 2) + ether[ether[0]] > len', false],
    ['-ether[0] = 0xfffffffe', true],
    ['1 << ether[2] = 32', true],
    ['ether[3] / ether[0] = 3', true],
    ['ether[3] / (ether[0] - 2) = 0 or ip', false],
    ['ether[0:4] >> 16 = 0x203', true],
  ])('%s: %s', (text, expected) => {
    const bytes = frame({ 0: [2, 3, 5, 7], 12: [8, 0, 0x45] });
    expect(accepts(text, bytes)).toBe(expected);
  });

  test('ports only in first fragments, of IPv6 only right behind its header', () => {
    const later = Uint8Array.from(DNS);
    later[21] = 1;
    expect([accepts('udp', later), accepts('udp port 53', later)]).toEqual([true, false]);
    const version6 = frame({ 12: [0x86, 0xdd], 20: [44], 54: [17], 62: [0, 53] });
    expect([accepts('udp', version6), accepts('udp port 53', version6)]).toEqual([true, false]);
  });

  test('a VLAN tag moves all that is written behind it', () => {
    const tagged = frame({ 12: [0x81, 0, 0x60, 5, 8, 0, 0x45], 27: [6] });
    const results = [
      'vlan 5 and tcp',
      'vlan 6 or tcp',
      'tcp or vlan 6',
      'vlan and ip[9] = 6',
      'vlan 5 and vlan',
    ].map((text) => accepts(text, tagged));
    expect(results).toEqual([true, true, false, true, false]);
  });

  test('a frame too short for a byte that is asked for is refused, whatever comes behind', () => {
    expect([accepts('ether[99] = 0', DNS), accepts('not ether[100] = 1 or ip', DNS)]).toEqual([true, false]);
  });
});

suite('faults have a place', () => {
  test.each([
    ['', 1, 1, /found its end/],
    ['tcp port', 1, 9, /port number/],
    ['tcp and', 1, 8, /found its end/],
    ['port http', 1, 6, /'http'; names are not looked up/],
    ['host example.org', 1, 6, /'example.org'; names/],
    ['udp and\n  (port 53 or frob)', 2, 15, /'frob' is no word/],
    ['(tcp', 1, 5, /expected '\)'/],
    ['tcp)', 1, 4, /expected 'and', 'or'/],
    ['net 10.1.2.3/8', 1, 5, /bits outside its mask/],
    ['net 10.0.0.0/33', 1, 14, /0 to 32 bits/],
    ['host 10.0.0.0/8', 1, 15, /write net/],
    ['host 300.1.1.1', 1, 6, /0 to 255/],
    ['host 1::2::3', 1, 6, /no IPv6/],
    ['host 2:0:0:0:0:1', 1, 6, /needs 'ether'/],
    ['ip host ::1', 1, 9, /no IPv6 addresses/],
    ['port 70000', 1, 6, /0 to 65535/],
    ['port 1-5', 1, 7, /portrange/],
    ['arp port 5', 1, 1, /arp has no ports/],
    ['tcp host 1.2.3.4', 1, 1, /tcp has no hosts/],
    ['tcp or 80', 1, 8, /write host, net, port/],
    ['ip[1:3] = 1', 1, 6, /1, 2 or 4 bytes/],
    ['len / 0 = 1', 1, 5, /divides by 0/],
    ['ip[0] << 32 = 1', 1, 7, /shifts by 32/],
    ['ip[0]', 1, 6, /comparison/],
    ['ip[-1] = 1', 1, 1, /begin at 0/],
    ['vlan 4096', 1, 6, /0 to 4095/],
    ['port 089', 1, 6, /octal/],
    ['len = 4294967296', 1, 7, /too large/],
    ['ether', 1, 1, /alone says nothing/],
    ['gateway 1.2.3.4', 1, 1, /not supported/],
    ['ip or\n mpls 5', 2, 2, /not supported; docs\/filters/],
    ['stp[0] = 1', 1, 1, /bytes of stp cannot be read/],
    ['1 = 2', 1, 1, /no frame/],
    ['ip and ip6', 1, 1, /no frame/],
    ['tcp @ udp', 1, 5, /"@"/],
  ])('%j', (text, line, column, message) => {
    const attempt = () => compileExpression(text);
    expect(attempt).toThrow(BpfError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(new RegExp(`^line ${line}, column ${column}: `));
  });

  test('hostile text costs neither stack nor much time', () => {
    for (const text of [
      '('.repeat(60_000),
      'not '.repeat(16_000),
      `${'('.repeat(20_000)}tcp${')'.repeat(20_000)}`,
      `len = ${'-'.repeat(60_000)}1`,
      `len = ${'1 ^ '.repeat(15_000)}1`,
      `len = ${'ip['.repeat(20_000)}0`,
      'ip or arp and '.repeat(4_000).slice(0, -5),
      'host 1.2.3.4 or '.repeat(5_000),
      'tcp'.padEnd(70_000),
    ]) {
      expect(() => compileExpression(text)).toThrow(BpfError);
    }
    const ports = Array.from({ length: 6_000 }, (_, i) => `port ${i}`).join(' or ');
    expect(() => compileExpression(ports.slice(0, 65_530).replace(/ or [^r]*$/, ''))).toThrow(
      /4096 instructions/,
    );
  });

  test('any text gives a program or a BpfError', () => {
    const words =
      'tcp udp ip vlan port host src dst and or not ( ) [ ] : = > & - / 1 53 10.0.0.1 ::1 len \u{1f600} \\'.split(
        ' ',
      );
    const text = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 3 })), { maxLength: 6 });
    let programs = 0;
    fc.assert(
      fc.property(text, (pieces) => {
        try {
          expect(validate(compileExpression(pieces.join(' ')))).toBeNull();
          programs++;
        } catch (error) {
          if (!(error instanceof BpfError)) throw error;
        }
      }),
      { seed: 20261120, numRuns: 600 },
    );
    expect(programs).toBeGreaterThan(5);
  });
});

/** What a condition says of a frame that is long enough, straight from its meaning: nothing shared, nothing skipped. */
function holds(part: Condition, bytes: Uint8Array): boolean {
  switch (part.kind) {
    case 'all':
      return part.parts.every((one) => holds(one, bytes));
    case 'any':
      return part.parts.some((one) => holds(one, bytes));
    case 'not':
      return !holds(part.part, bytes);
    default: {
      const { left, comparison, right } = part.test;
      return compare(comparison, valueOn(left, bytes), valueOn(right, bytes));
    }
  }
}

function valueOn(value: Value, bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  switch (value.kind) {
    case 'constant':
      return value.k;
    case 'length':
      return bytes.length;
    case 'header-length':
      return (bytes[value.offset] & 15) * 4;
    case 'load': {
      const at = value.offset + (value.base === null ? 0 : valueOn(value.base, bytes));
      return value.size === 1 ? bytes[at] : value.size === 2 ? view.getUint16(at) : view.getUint32(at);
    }
    default: {
      const values = new Values();
      const [left, right] = [valueOn(value.left, bytes), valueOn(value.right, bytes)];
      if (value.alu === Alu.lsh) return (left << right) >>> 0;
      const folded = values.operation(value.alu, values.constant(left), values.constant(right));
      return folded.kind === 'constant' ? folded.k : Number.NaN;
    }
  }
}

/** What is refused because it accepts no frame, as a program that does so. */
function programOrNothing(text: string): Program {
  try {
    return compileExpression(text);
  } catch (error) {
    if (error instanceof BpfError && /no frame can be so/.test(error.message)) return [statement(0x06, 0)];
    throw error;
  }
}

test('optimised or not, a program says the same of every frame that is long enough', () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(fc.nat(0xffffffff), { minLength: 60, maxLength: 200, size: 'max' }), (numbers) => {
      const next = tape(numbers);
      const text = randomExpression(next, 3);
      const program = programOrNothing(text);
      expect(validate(program)).toBeNull();
      const meaning = condition(new Values(), parseExpression(text), text);
      for (let i = 0; i < 12; i++) {
        const bytes = filterFrame(next);
        const expected = holds(meaning, bytes);
        if (expected) accepted++;
        expect(interpret(program, input(bytes), () => 0) !== 0, text).toBe(expected);
      }
    }),
    { seed: 20261120, numRuns: 120 },
  );
  expect(accepted).toBeGreaterThan(200);
});

test('tuples are no expression, and the other way round', () => {
  expect(() => compileExpression('{ 6, 0, 0, 0 }')).toThrow(BpfError);
  expect(() => parseTuples('tcp')).toThrow(BpfError);
});
