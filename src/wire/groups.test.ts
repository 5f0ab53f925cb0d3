import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areRecords, emitRecord, floatingCode, RecordType, recordEnd, recordLength } from './group-record.js';
import * as igmp from './igmp.js';
import * as mld from './mld.js';
import { emitRouterAlert6, hasRouterAlert6 } from './router-alert.js';

const seed = { seed: 20261120, numRuns: 500 };

test('times of queries: as they are, then with an exponent (RFC 3376 §4.1.1, RFC 3810 §5.1.3)', () => {
  expect([0, 1, 127, 128, 0x8f, 0x90, 0xff].map((code) => floatingCode(code, 4))).toEqual([
    ...[0, 1, 127, 128, 248, 256, 31_744],
  ]);
  expect([0, 32_767, 32_768, 0xffff].map((code) => floatingCode(code, 12))).toEqual([
    ...[0, 32_767, 32_768, 8_387_584],
  ]);
});

test('reports with records, written and read, of both families', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.nat(20), fc.nat(255), (isFour, count, fill) => {
      const size = isFour ? 4 : 16;
      const group = new Uint8Array(size).fill(fill);
      const bytes = new Uint8Array(8 + count * recordLength(size) + 1);
      const length = bytes.length - 1;
      for (let i = 0; i < count; i++)
        emitRecord(bytes, 8 + i * recordLength(size), RecordType.toExclude, group);
      if (isFour) {
        igmp.emitIgmpReport3(bytes, 0, count, length - 8);
        expect(igmp.isIgmp(bytes, 0, length) && igmp.isIgmpChecksumRight(bytes, 0, length)).toBe(true);
        expect(count > 0 && igmp.isIgmp(bytes, 0, length - 1)).toBe(false);
      } else {
        mld.emitMldReport2(bytes, 0, count);
        expect(mld.isMld(bytes, 0, length)).toBe(true);
        expect(count > 0 && mld.isMld(bytes, 0, length - 1)).toBe(false);
      }
      let at = 8;
      for (let i = 0; i < count; i++) at = recordEnd(bytes, at, size);
      expect(at).toBe(length);
    }),
    seed,
  );
});

test('versions of queries, and how long an answer may wait', () => {
  const four = (code: number, length: number) => {
    const bytes = new Uint8Array(length);
    bytes.set([igmp.IGMP_QUERY, code]);
    expect(igmp.isIgmp(bytes, 0, length)).toBe(length === 8 || length >= 12);
    return [igmp.igmpQueryVersion(bytes, 0, length), igmp.igmpMaxDelay(bytes, 0, length)];
  };
  expect([four(0, 8), four(100, 8), four(0x90, 12)]).toEqual([
    [1, 10_000_000],
    [2, 10_000_000],
    [3, 25_600_000],
  ]);
  four(1, 10);
  const six = new Uint8Array(28);
  six.set([mld.MLD_QUERY, 0, 0, 0, 0x27, 0x10]);
  expect([24, 26, 28].map((length) => mld.isMld(six, 0, length))).toEqual([true, false, true]);
  expect([24, 28].map((length) => [mld.mldQueryVersion(length), mld.mldMaxDelay(six, 0, length)])).toEqual([
    [1, 10_000_000],
    [2, 10_000_000],
  ]);
  six[27] = 1; // a source that is not there
  expect(mld.isMld(six, 0, 28)).toBe(false);
});

test('old messages', () => {
  const bytes = new Uint8Array(24);
  igmp.emitIgmp(bytes, 0, igmp.IGMP_LEAVE, Uint8Array.of(239, 1, 2, 3));
  expect([igmp.isIgmp(bytes, 0, 8), igmp.isIgmpChecksumRight(bytes, 0, 8)]).toEqual([true, true]);
  expect([...bytes.subarray(0, 8)]).toEqual([0x17, 0, 0xf7, 0xfa, 239, 1, 2, 3]);
  mld.emitMld(bytes, 0, mld.MLD_DONE, new Uint8Array(16).fill(0xff));
  expect(mld.isMld(bytes, 0, 24)).toBe(true);
  expect([bytes[0], bytes[mld.MLD_GROUP - 1], bytes[mld.MLD_GROUP]]).toEqual([132, 0, 0xff]);
});

test('the router alert is found where it is', () => {
  const bytes = new Uint8Array(80);
  emitRouterAlert6(bytes, 40, 58);
  expect(hasRouterAlert6(bytes, 0, 48)).toBe(true);
  expect(hasRouterAlert6(bytes, 0, 47)).toBe(false);
  bytes.set([58, 1, 1, 2, 0, 0, 0, 5, 2, 0, 0], 40); // padding first
  expect(hasRouterAlert6(bytes, 0, 56)).toBe(true);
  bytes[50] = 1; // not for MLD
  expect(hasRouterAlert6(bytes, 0, 56)).toBe(false);
  bytes[50] = 0;
  expect(hasRouterAlert6(bytes, 0, 56)).toBe(true);
  bytes[6] = 58; // those bytes are no header
  expect(hasRouterAlert6(bytes, 0, 56)).toBe(false);
});

test('any bytes: readers end, and never look further than what they were given', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 90 }),
      fc.constantFrom(0x11, 0x22, 130, 143),
      (any, type) => {
        const bytes = any.slice();
        bytes[0] = type;
        const { length } = bytes;
        const longer = new Uint8Array(length + 100).fill(255);
        longer.set(bytes);
        expect(igmp.isIgmp(longer, 0, length)).toBe(igmp.isIgmp(bytes, 0, length));
        expect(mld.isMld(longer, 0, length)).toBe(mld.isMld(bytes, 0, length));
        expect(hasRouterAlert6(longer, 0, length)).toBe(hasRouterAlert6(bytes, 0, length));
        expect(areRecords(bytes, 8, length, 0xffff, 4)).toBe(false);
        expect(igmp.igmpMaxDelay(bytes, 0, length)).toBeLessThanOrEqual(3_174_400_000);
        expect(mld.mldMaxDelay(bytes, 0, length)).toBeLessThanOrEqual(8_387_584_000);
      },
    ),
    seed,
  );
});
