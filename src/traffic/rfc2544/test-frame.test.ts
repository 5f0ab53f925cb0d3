import { expect, test } from 'vitest';
import { readU16, readU32 } from '../../wire/bytes.js';
import { isIpv4, isIpv4ChecksumRight } from '../../wire/ipv4.js';
import { isUdp, udpLength } from '../../wire/udp.js';
import { STANDARD_SIZES } from './sizes.js';
import { MARK, reversed, TestFrameAt, TestFrameKind, testFrame } from './test-frame.js';

const addresses = {
  sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 1),
  destinationMac: Uint8Array.of(2, 0, 0, 0, 0, 2),
  sourceIp: Uint8Array.of(198, 18, 0, 2),
  destinationIp: Uint8Array.of(198, 19, 0, 2),
  sourcePort: 0xc020,
  destinationPort: 7,
};
const load = (size: number) =>
  testFrame(addresses, { size, kind: TestFrameKind.load, run: 0xa1b2c3d4, trial: 513, number: 70_000 });

test.each(STANDARD_SIZES)('a frame of %i bytes is a right IPv4 datagram', (size) => {
  const frame = load(size);
  expect(frame.length).toBe(size - 4);
  expect(isIpv4(frame, 14, frame.length - 14)).toBe(true);
  expect(isIpv4ChecksumRight(frame, 14)).toBe(true);
  expect(isUdp(frame, 34, frame.length - 34)).toBe(true);
  expect(udpLength(frame, 34)).toBe(size - 38);
});

test('the smallest frame has room for all that is told', () => {
  const frame = load(64);
  expect(TestFrameAt.end).toBeLessThanOrEqual(frame.length);
  expect(readU16(frame, TestFrameAt.etherType)).toBe(0x0800);
  expect(readU32(frame, TestFrameAt.mark)).toBe(MARK);
  expect(readU32(frame, TestFrameAt.run)).toBe(0xa1b2c3d4);
  expect(readU16(frame, TestFrameAt.trial)).toBe(513);
  expect(frame[TestFrameAt.kind]).toBe(1);
  expect(readU32(frame, TestFrameAt.number)).toBe(70_000);
});

test('the bytes of a frame, as tshark reads them: UDP from 198.18.0.2:49184 to 198.19.0.2:7', () => {
  expect(Buffer.from(load(64)).toString('hex')).toBe(
    '020000000002020000000001' + // addresses
      '0800' +
      '4500002e000040000a11e495c6120002c6130002' + // 46 bytes, don't fragment, 10 hops
      'c0200007001a0000' + // no checksum
      '51524643a1b2c3d40201010000011170' +
      '1011',
  );
});

test('the way back has source and destination the other way round', () => {
  const back = testFrame(reversed(addresses), { size: 64, kind: TestFrameKind.learning, run: 1, trial: 0 });
  expect([...back.subarray(0, 12)]).toEqual([...addresses.sourceMac, ...addresses.destinationMac]);
  expect([...back.subarray(26, 34)]).toEqual([...addresses.destinationIp, ...addresses.sourceIp]);
  expect([readU16(back, 34), readU16(back, 36)]).toEqual([7, 0xc020]);
});
