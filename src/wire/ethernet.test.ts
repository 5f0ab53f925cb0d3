import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  destinationClass,
  emitEthernet,
  ethernetType,
  formatMac,
  isEthernet,
  isMulticast,
  macEquals,
  parseMac,
  setEthernetType,
  vlinkId,
  vlinkType,
} from './ethernet.js';

const seed = { seed: 20261120, numRuns: 200 };
const mac = fc.uint8Array({ minLength: 6, maxLength: 6 });

test('a header is what was emitted', () => {
  fc.assert(
    fc.property(mac, mac, fc.nat(0xffff), fc.nat(8), (destination, source, type, offset) => {
      const bytes = new Uint8Array(32);
      emitEthernet(bytes, offset, destination, source, type);
      expect(macEquals(bytes, offset, destination, 0)).toBe(true);
      expect(macEquals(bytes, offset + 6, source, 0)).toBe(true);
      expect(ethernetType(bytes, offset)).toBe(type);
      expect(bytes.subarray(offset + 14).every((byte) => byte === 0)).toBe(true);
    }),
    seed,
  );
});

test('MAC addresses keep their text', () => {
  fc.assert(
    fc.property(mac, (bytes) => {
      expect(parseMac(formatMac(bytes))).toEqual(bytes);
    }),
    seed,
  );
  expect(formatMac(Uint8Array.of(0, 0, 2, 0, 0, 0, 0, 0xab), 2)).toBe('02:00:00:00:00:ab');
  expect(parseMac('02-00-5E-00-00-FF')).toEqual(Uint8Array.of(2, 0, 0x5e, 0, 0, 0xff));
  for (const text of ['', '02:00:00:00:00', '02:00:00:00:00:0', '02:00-00:00:00:00', '0g:00:00:00:00:00']) {
    expect(parseMac(text), text).toBeNull();
  }
});

test('a destination is host, broadcast, multicast or other', () => {
  const own = parseMac('02:00:00:00:00:0a')!;
  expect(destinationClass(own, 0, own)).toBe(0);
  expect(destinationClass(parseMac('ff:ff:ff:ff:ff:ff')!, 0, own)).toBe(1);
  expect(destinationClass(parseMac('33:33:00:00:00:16')!, 0, own)).toBe(2);
  for (let i = 0; i < 6; i++) {
    const nearly = new Uint8Array(6).fill(0xff);
    nearly[i] = 0xfd;
    expect(destinationClass(nearly, 0, own)).toBe(2);
  }
  expect(destinationClass(parseMac('02:00:00:00:00:0b')!, 0, own)).toBe(3);
  expect(destinationClass(parseMac('02:00:00:00:00:0b')!, 0, null)).toBe(0);
  expect(isMulticast(own, 0)).toBe(false);
});

test('tagged vlinks use EtherType 0xAC00 | id', () => {
  expect(vlinkType(10)).toBe(0xac0a);
  for (let id = 0; id < 256; id++) expect(vlinkId(vlinkType(id))).toBe(id);
  expect(vlinkId(0x0800)).toBe(-1);
  expect(vlinkId(0xad00)).toBe(-1);
  const bytes = new Uint8Array(14);
  setEthernetType(bytes, 0, vlinkType(255));
  expect([...bytes.subarray(12)]).toEqual([0xac, 0xff]);
});

test('a header needs fourteen bytes', () => {
  expect(isEthernet(13)).toBe(false);
  expect(isEthernet(14)).toBe(true);
});
