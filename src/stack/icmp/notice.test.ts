import { expect, test } from 'vitest';
import { writeU16 } from '../../wire/bytes.js';
import { ICMP_HEADER, ICMP_UNREACHABLE } from '../../wire/icmp.js';
import { completeIpv4, emitIpv4, IPV4_HEADER, PROTOCOL_ICMP, PROTOCOL_UDP } from '../../wire/ipv4.js';
import { noNotice, readNotice } from './notice.js';

const [here, there] = [Uint8Array.of(10, 0, 0, 1), Uint8Array.of(10, 0, 0, 2)];
const FRAGMENTATION_NEEDED = 4;

/** The MTU that is read from a router's error about a packet of `total` bytes; null: it is not believed. */
function mtuRead(total: number, told: number): number | null {
  const at = IPV4_HEADER;
  const size = ICMP_HEADER + IPV4_HEADER + 8;
  const bytes = new Uint8Array(at + size);
  emitIpv4(bytes, 0, bytes.length, 1, 64, PROTOCOL_ICMP, there, here);
  bytes.set([ICMP_UNREACHABLE, FRAGMENTATION_NEEDED], at);
  writeU16(bytes, at + 6, told);
  emitIpv4(bytes, at + ICMP_HEADER, total, 1, 64, PROTOCOL_UDP, here, there);
  completeIpv4(bytes, at + ICMP_HEADER);
  const notice = noNotice();
  return readNotice(bytes, 0, at, size, notice) ? notice.mtu : null;
}

test('a router that does not say what it carries: the next lower size that links have (RFC 1191 §7), not below 576', () => {
  const totals = [65_535, 32_000, 8166, 1500, 1492, 1006, 577];
  expect(totals.map((total) => mtuRead(total, 0))).toEqual([32_000, 17_914, 4352, 1492, 1006, 576, 576]);
  expect(mtuRead(576, 0)).toBeNull();
});

test('what it says counts, if an honest router may say it', () => {
  expect([576, 1400, 1499].map((told) => mtuRead(1500, told))).toEqual([576, 1400, 1499]);
  expect([1, 68, 575, 1500, 9000].map((told) => mtuRead(1500, told))).toEqual([null, null, null, null, null]);
});
