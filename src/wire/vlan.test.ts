import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  hasVlanTag,
  insertVlanTag,
  stripVlanTag,
  vlanId,
  vlanInnerType,
  vlanPriority,
  vlanTci,
} from './vlan.js';

test('a tag goes between addresses and type, and comes off again', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 14, maxLength: 80 }),
      fc.constantFrom(0x8100, 0x88a8),
      fc.nat(0xffff),
      (frame, tpid, tci) => {
        const bytes = new Uint8Array(8 + frame.length);
        bytes.set(frame, 8);
        insertVlanTag(bytes, 8, tpid, tci);
        expect(bytes.subarray(4, 16)).toEqual(frame.subarray(0, 12));
        expect(bytes.subarray(20)).toEqual(frame.subarray(12));
        expect(hasVlanTag(bytes, 4, frame.length + 4)).toBe(true);
        expect(vlanTci(bytes, 4)).toBe(tci);
        expect(vlanInnerType(bytes, 4)).toBe((frame[12] << 8) | frame[13]);
        stripVlanTag(bytes, 4);
        expect(bytes.subarray(8)).toEqual(frame);
      },
    ),
    { seed: 20261120, numRuns: 200 },
  );
});

test('a tag needs its room and its TPID', () => {
  const frame = new Uint8Array(18);
  expect(hasVlanTag(frame, 0, 18)).toBe(false);
  frame[12] = 0x81;
  expect(hasVlanTag(frame, 0, 18)).toBe(true);
  expect(hasVlanTag(frame, 0, 17)).toBe(false);
  expect([vlanPriority(0xafff), vlanId(0xafff)]).toEqual([5, 0xfff]);
});
