import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CaptureReader } from './capture-file.js';
import { type CaptureRecord, PcapError } from './capture-record.js';
import { internetChecksum } from './checksum.js';
import {
  ipv4HeaderLength,
  ipv4Protocol,
  ipv4PseudoSum,
  ipv4TotalLength,
  isIpv4ChecksumRight,
} from './ipv4.js';
import { ipv6PayloadLength, ipv6PseudoSum } from './ipv6.js';
import { emitPacketBlock, interfaceDescription, packetBlockLength, sectionHeader } from './pcapng-emit.js';
import { summarize } from './summary.js';

const fixture = new Uint8Array(readFileSync(new URL('../../test/fixtures/veth-http.pcap', import.meta.url)));

function readAll(file: Uint8Array, size: number): CaptureRecord[] {
  const reader = new CaptureReader();
  const got: CaptureRecord[] = [];
  for (let at = 0; at < file.length; at += size) {
    reader.push(file.subarray(at, at + size));
    for (let record = reader.next(); record !== null; record = reader.next()) got.push(record);
  }
  reader.finish();
  return got;
}

/** The same packets as pcapng. */
function toPcapng(records: readonly CaptureRecord[]): Uint8Array {
  const parts = [sectionHeader('Quipu test'), interfaceDescription(1, 'v0')];
  for (const record of records) {
    const meta = { ...record, comment: null };
    const target = new Uint8Array(packetBlockLength(record.bytes.length, meta));
    emitPacketBlock(target, 0, meta, record.bytes, 0, record.bytes.length);
    parts.push(target);
  }
  return Uint8Array.from(Buffer.concat(parts));
}

test('the fixture holds what tshark counted in it', () => {
  const lines = readAll(fixture, 65_536).map(({ bytes }) => summarize(bytes, 0, bytes.length));
  const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
  expect(lines).toHaveLength(80);
  expect(count(/^ARP who-has/)).toBe(2);
  expect(count(/^ARP .* is-at/)).toBe(2);
  expect(count(/^IPv4/)).toBe(62);
  expect(count(/ TCP /)).toBe(30);
  expect(count(/^[^(]* UDP len/)).toBe(17); // one more is quoted
  expect(count(/ ICMP /)).toBe(15);
  expect(count(/^IPv6 .* ICMPv6 /)).toBe(14); // some behind hop-by-hop options
  expect(count(/malformed|short/)).toBe(0);
  expect(lines[2]).toBe('ARP who-has 10.0.0.2 tell 10.0.0.1');
  expect(lines[40]).toMatch(
    /^IPv4 10.0.0.2:80 > 10.0.0.1:\d+ TCP A seq \d+ ack \d+ win \d+ <nop,nop,TS val \d+ ecr \d+> len 0$/,
  );
});

test('real checksums are right by our reckoning', () => {
  let checked = 0;
  for (const { bytes } of readAll(fixture, 65_536)) {
    const type = (bytes[12] << 8) | bytes[13];
    if (type === 0x0800) {
      expect(isIpv4ChecksumRight(bytes, 14)).toBe(true);
      const at = 14 + ipv4HeaderLength(bytes, 14);
      const length = ipv4TotalLength(bytes, 14) + 14 - at;
      const protocol = ipv4Protocol(bytes, 14);
      const pseudo = protocol === 1 ? 0 : ipv4PseudoSum(bytes, 14, protocol, length);
      expect(internetChecksum(bytes, at, length, pseudo)).toBe(0);
      checked++;
    } else if (type === 0x86dd && bytes[20] === 58) {
      const length = ipv6PayloadLength(bytes, 14);
      expect(internetChecksum(bytes, 54, length, ipv6PseudoSum(bytes, 14, 58, length))).toBe(0);
      checked++;
    }
  }
  expect(checked).toBeGreaterThan(65);
});

test.each([1, 3, 1000, 65_536])('both formats give the same records in chunks of %d', (size) => {
  const direct = readAll(fixture, 65_536);
  expect(readAll(fixture, size)).toEqual(direct);
  expect(readAll(toPcapng(direct), size)).toEqual(direct);
});

test('format and link type are known as soon as their bytes have come', () => {
  const reader = new CaptureReader();
  reader.push(fixture.subarray(0, 3));
  expect([reader.format, reader.linkType, reader.next()]).toEqual([null, -1, null]);
  reader.push(fixture.subarray(3, 24));
  expect(reader.next()).toBeNull();
  expect([reader.format, reader.linkType]).toEqual(['pcap', 1]);
  const other = new CaptureReader();
  other.push(toPcapng([]));
  expect(other.next()).toBeNull();
  expect([other.format, other.linkType]).toEqual(['pcapng', 1]);
});

test('too short and foreign files are told apart from good ones', () => {
  for (const bytes of [[], [0xd4], [0xd4, 0xc3, 0xb2]]) {
    const reader = new CaptureReader();
    reader.push(Uint8Array.from(bytes));
    expect(reader.next()).toBeNull();
    expect(() => reader.finish()).toThrow(
      `pcap file of ${bytes.length} bytes ends within its header (at byte 0)`,
    );
  }
  const foreign = new CaptureReader();
  foreign.push(new TextEncoder().encode('<!doctype html>'));
  expect(() => foreign.next()).toThrow(PcapError);
});
