import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatIpv6, parseIpv6 } from './ipv6.js';
import {
  emitNdpNeighbour,
  emitRouterSolicitation,
  findNdpOption,
  isNdp,
  NDP_ADVERTISEMENT,
  NDP_SOLICITATION,
  ndpOptionEnd,
  ndpOptionsAt,
  OPTION_PREFIX,
  OPTION_SOURCE_MAC,
  prefixOption,
  solicitedNodeGroup,
} from './ndp.js';

const mac = Uint8Array.of(2, 0, 0, 0, 0, 9);
const target = parseIpv6('fe80::1:2')!;

test.each([NDP_SOLICITATION, NDP_ADVERTISEMENT])('type %i is written as it is read', (type) => {
  const bytes = new Uint8Array(64).fill(0xee);
  const length = emitNdpNeighbour(bytes, 4, type, 0x60, target, mac);
  expect([length, isNdp(bytes, 4, length)]).toEqual([32, true]);
  expect([...bytes.subarray(4, 12), formatIpv6(bytes, 12)]).toEqual([
    type,
    0,
    0,
    0,
    0x60,
    0,
    0,
    0,
    'fe80::1:2',
  ]);
  expect([...bytes.subarray(28, 36)]).toEqual([type - 134, 1, ...mac]);
  expect(emitNdpNeighbour(bytes, 4, type, 0, target, null)).toBe(24);
});

test('a router solicitation, with and without hardware address', () => {
  const bytes = new Uint8Array(16);
  expect(emitRouterSolicitation(bytes, 0, null)).toBe(8);
  expect(emitRouterSolicitation(bytes, 0, mac)).toBe(16);
  expect([isNdp(bytes, 0, 16), findNdpOption(bytes, ndpOptionsAt(133), 16, OPTION_SOURCE_MAC)]).toEqual([
    true,
    8,
  ]);
});

test('a prefix is read; 0xffffffff stays itself', () => {
  const option = [OPTION_PREFIX, 4, 48, 0x80, 255, 255, 255, 255, 0, 0, 0, 9, 0, 0, 0, 0, ...target];
  expect(prefixOption(Uint8Array.from(option), 0)).toEqual({
    ...{
      bits: 48,
      onLink: true,
      autonomous: false,
      validSeconds: 0xffffffff,
      preferredSeconds: 9,
      prefix: target,
    },
  });
});

test('the group of an address', () => {
  expect(formatIpv6(solicitedNodeGroup(parseIpv6('2001:db8::12:3456')!))).toBe('ff02::1:ff12:3456');
});

test('whatever passes, all of its options can be walked and end where it ends', () => {
  fc.assert(
    fc.property(fc.integer({ min: 130, max: 140 }), fc.uint8Array({ maxLength: 80 }), (type, body) => {
      const bytes = Uint8Array.of(type, 0, ...body);
      if (!isNdp(bytes, 0, bytes.length)) return;
      let at = ndpOptionsAt(type);
      while (at < bytes.length) {
        expect(findNdpOption(bytes, at, bytes.length, bytes[at])).toBe(at);
        expect(ndpOptionEnd(bytes, at)).toBeGreaterThan(at);
        at = ndpOptionEnd(bytes, at);
      }
      expect(at).toBe(bytes.length);
    }),
    { seed: 4861, numRuns: 5000 },
  );
});

test.each([
  ['::', new Array(16).fill(0)],
  ['::1', [...new Array(15).fill(0), 1]],
  ['1::', [0, 1, ...new Array(14).fill(0)]],
  ['2001:DB8::a:0:1', [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 1]],
  ['::ffff:10.0.0.1', [...new Array(10).fill(0), 255, 255, 10, 0, 0, 1]],
  ['1:2:3:4:5:6:7:8', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
])('%s is an address', (text, bytes) => {
  expect([...(parseIpv6(text) ?? [])]).toEqual(bytes);
});

test.each([
  '',
  ':',
  ':::',
  '1',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  '12345::',
  'g::',
  '10.0.0.1::',
  '1::10.0.0',
  '1::10.0.0.256',
  '::1%eth0',
  ' ::1',
  '1:',
])('"%s" is none', (text) => {
  expect(parseIpv6(text)).toBe(null);
});

test('every address is read as it was written', () => {
  const part = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(part, { minLength: 16, maxLength: 16 }), (bytes) => {
      expect([...(parseIpv6(formatIpv6(Uint8Array.from(bytes))) ?? [])]).toEqual(bytes);
    }),
    { seed: 5952, numRuns: 1000 },
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-f:.]{0,45}$/), (text) => {
      const address = parseIpv6(text);
      if (address !== null) expect(parseIpv6(formatIpv6(address))).toEqual(address);
    }),
    { seed: 4291, numRuns: 3000 },
  );
});
