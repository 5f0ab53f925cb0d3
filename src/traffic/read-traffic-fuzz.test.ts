import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../testing/random.js';
import { internetChecksum } from '../wire/checksum.js';
import { FUNCTIONS } from './functions.js';
import { HEADER_SHAPES } from './headers.js';
import { readTraffic } from './read-traffic.js';
import { type Traffic, TrafficError } from './traffic.js';

const runs = (numRuns: number) => ({ seed: 20261120, numRuns });

/** Traffic or its fault, never anything else; what is made is used once. */
function attempt(text: string): Traffic | TrafficError {
  try {
    const traffic = readTraffic(text, { random: seededRandom(7) });
    for (const packet of traffic.packets) {
      const length = packet.bytes.length;
      packet.advance();
      expect(packet.bytes.length).toBe(length);
    }
    return traffic;
  } catch (error) {
    if (!(error instanceof TrafficError)) throw error;
    const lines = text.split('\n');
    expect(error.line).toBeGreaterThan(0);
    expect(error.line).toBeLessThanOrEqual(lines.length);
    expect(error.column).toBeGreaterThan(0);
    expect(error.column).toBeLessThanOrEqual(lines[error.line - 1].length + 1);
    expect(error.length).toBeGreaterThan(0);
    expect(error.message.length).toBeLessThan(300);
    return error;
  }
}

const EXAMPLES = [
  '{ eth(da=11:22:33:44:55:66), ipv4(daddr=1.2.3.4), udp(dp=7, sp=dinc(1,9)), "Hello", drnd(3) }',
  'cpu(0-3): { fill(0xff, 6), 0x00, 0x02, 0xb3, drnd(3), c16(0x800), csumip(14, 33), csumtcp(14,34), fill(1,40) }',
  '{ vlan(id=dinc(), 1ad), mpls(label=3), ipv6(sa=fe80::1, da[3]=drnd()), tcp(syn, seq=drnd(1,5)), "x" /* c */ }',
  '# c\n{ arp(op=reply, sip=1.2.3.4) }\n{ pfc(prio(3)=1, time(3)=0b11) } { pause() } { icmpv6(echorequest), seqinc(1,2,3) }',
];
const pieces = [
  ...FUNCTIONS.keys(),
  ...HEADER_SHAPES.flatMap(({ names, fields }) => [...names, ...fields.flatMap((field) => field.names)]),
  ...[
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    ':',
    ',',
    '=',
    ' ',
    '\n',
    '+',
    '-',
    '*',
    '/',
    '%',
    '<<',
    '>>',
    '&',
    '|',
    '^',
  ],
  ...[
    '0',
    '1',
    '65535',
    '65537',
    '0xffffffffffffffff',
    '0x',
    "'a'",
    '"',
    "'",
    '"a"',
    'cpu',
    '#',
    '/*',
    '*/',
    '//',
  ],
  ...['1.2.3.4', '1:2:3:4:5:6', 'fe80::1', '::', '()', '(1,2)', '(0,255,3)', '=dinc()', '=drnd(1,5)'],
];

test('any text is traffic or a fault with its place', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })), (text) => {
      attempt(text);
      attempt(`{ ${text} }`);
      attempt(`{ udp(${text}) }`);
    }),
    runs(150),
  );
});

test('any sequence of its pieces is traffic or a fault with its place', () => {
  const token = fc.constantFrom(...pieces);
  fc.assert(
    fc.property(fc.array(token, { maxLength: 30 }), (tokens) => {
      attempt(`{ ${tokens.join('')} }`);
      attempt(tokens.join(' '));
    }),
    runs(1200),
  );
});

test('examples with a few characters or pieces changed are traffic or a fault, and some are traffic', () => {
  let good = 0;
  const change = fc.record({ at: fc.nat(200), drop: fc.nat(3), put: fc.constantFrom('', ...pieces) });
  fc.assert(
    fc.property(fc.constantFrom(...EXAMPLES), fc.array(change, { maxLength: 3 }), (example, changes) => {
      let text = example;
      for (const { at, drop, put } of changes) text = text.slice(0, at) + put + text.slice(at + drop);
      if (!(attempt(text) instanceof TrafficError)) good++;
    }),
    runs(1000),
  );
  expect(good).toBeGreaterThan(150);
});

test('texts that ask for much are refused, or done in time', () => {
  for (const text of [
    '{ fill(0,4000000000) }',
    '{ drnd(4000000000) }',
    '{ rnd(18446744073709551615) }',
    `{ ${'('.repeat(100_000)} }`,
    `{ c16(${'-'.repeat(100_000)}1) }`,
    `{ c64(${'1*'.repeat(50_000)}1) }`,
    `{ ${'9'.repeat(1_000_000)} }`,
    `{ "${'\\'.repeat(100_000)} }`,
    `/*${'*'.repeat(100_000)}`,
    `{ ${'1:'.repeat(50_000)} }`,
    '{'.repeat(100_000),
    `{ ${'udp(),'.repeat(9000)} }`,
    `{ ${'dinc(0,255),'.repeat(66_000)} }`,
    `{ ${'1 '.repeat(65_537)} }`,
    '#'.repeat(200_000),
    '# \n'.repeat(100_000),
  ]) {
    attempt(text);
  }
  const dense = attempt(`{ ${'drnd(1),1,1,'.repeat(16_000)} ${'csum16(0,60000),'.repeat(250)} }`);
  expect(dense).not.toBeInstanceOf(TrafficError);
});

/** Adds what of a header's checksum is not its own: the pseudo-header. */
function verify(
  bytes: Uint8Array,
  at: number,
  addresses: readonly [number, number],
  protocol: number,
): number {
  const body = bytes.subarray(at);
  const tail = Uint8Array.of(0, protocol, body.length >> 8, body.length & 0xff);
  const pseudo = Uint8Array.of(
    ...bytes.subarray(addresses[0], addresses[0] + addresses[1]),
    ...tail,
    ...body,
  );
  return internetChecksum(pseudo, 0, pseudo.length);
}

test('checksums are right in every sending, whatever changes', () => {
  const change = fc.constantFrom(
    '',
    ', drnd(7)',
    ', dinc(0,255), 1',
    ', fill(7,40), drnd(1)',
    ', drnd(90), 5',
  );
  const ports = fc.constantFrom('', 'sp=drnd()', 'sp=dinc(1,3), dp=7', 'dp=drnd(5,9), sp=9', 'dp[1]=dinc()');
  const hosts = fc.constantFrom('', 'sa=dinc()', 'da=drnd(), sa[1]=dinc(5)', 'da[1:2]=drnd()');
  const kind = fc.constantFrom('udp', 'tcp', 'icmpv4');
  fc.assert(
    fc.property(kind, fc.boolean(), hosts, ports, change, change, (name, six, host, port, first, second) => {
      const below = six && name !== 'icmpv4' ? 'ipv6' : 'ipv4';
      const fields = name === 'icmpv4' ? 'seq=dinc()' : port;
      const text = `{ ${below}(${host}), ${name}(${fields})${first}, 9, "text"${second} }`;
      const [packet] = readTraffic(text, { random: seededRandom(3) }).packets;
      const at = below === 'ipv6' ? 54 : 34;
      for (let i = 0; i < 20; i++) {
        const { bytes } = packet;
        if (below === 'ipv4') expect(internetChecksum(bytes, 14, 20)).toBe(0);
        const addresses = below === 'ipv6' ? ([22, 32] as const) : ([26, 8] as const);
        const sum =
          name === 'icmpv4'
            ? internetChecksum(bytes, at, bytes.length - at)
            : verify(bytes, at, addresses, name === 'udp' ? 17 : 6);
        expect(sum, text).toBe(0);
        packet.advance();
      }
    }),
    runs(200),
  );
});

test('a checksum over very many places that change is right too', () => {
  for (const [count, gap] of [
    [10, '1,1,'],
    [33, '1,1,'],
    [200, '1,2,3,'],
    [200, ''],
  ] as const) {
    const text = `{ ${`drnd(1),${gap}`.repeat(count)} csum16(1,65535) }`;
    const [packet] = readTraffic(text, { random: seededRandom(5) }).packets;
    for (let i = 0; i < 5; i++) {
      const { bytes } = packet;
      const length = bytes.length - 1;
      // A sum that begins at an odd place has its checksum at one too when the length is even.
      const odd = length % 2 === 1;
      const copy = odd ? bytes.slice(1, -2) : bytes.slice(1);
      const sum = internetChecksum(copy, 0, copy.length);
      expect(odd ? sum : 0).toBe(odd ? bytes[length - 1] * 256 + bytes[length] : sum);
      packet.advance();
    }
  }
});

test('the checksums of a tunnel are those of its content, whatever of it changes', () => {
  const inner = 'eth(), ipv4(sa=dinc()), udp(sp=drnd(), dp=9), drnd(6), "x"';
  const text = `{ ipv4(), udp(dp=4789), c64(0), ${inner} }`;
  const [packet] = readTraffic(text, { random: seededRandom(5) }).packets;
  for (let i = 0; i < 10; i++) {
    const { bytes } = packet;
    expect(verify(bytes, 34, [26, 8], 17)).toBe(0);
    expect(internetChecksum(bytes, 64, 20)).toBe(0);
    expect(verify(bytes, 84, [76, 8], 17)).toBe(0);
    packet.advance();
  }
});

test('functions that sum what other checksums are in come after them', () => {
  const [packet] = readTraffic('{ udp(sp=dinc()), drnd(5), csum16(0,200) }', {
    random: seededRandom(5),
  }).packets;
  for (let i = 0; i < 10; i++) {
    const { bytes } = packet;
    // An odd number of bytes stands before the last sum: it is added with its bytes swapped.
    const rest = internetChecksum(bytes, 0, bytes.length - 2);
    expect(bytes[bytes.length - 2] * 256 + bytes[bytes.length - 1]).toBe(rest);
    packet.advance();
  }
  const [inner] = readTraffic('{ udp(), 1, 2, dinc(0,255), 3, csum16(42,45) }', {
    random: seededRandom(5),
  }).packets;
  for (let i = 0; i < 10; i++) {
    expect(internetChecksum(inner.bytes, 42, 6)).toBe(0);
    expect(verify(inner.bytes, 34, [26, 8], 17)).toBe(0);
    inner.advance();
  }
});
