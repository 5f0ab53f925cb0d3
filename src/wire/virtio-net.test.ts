import { expect, test } from 'vitest';
import * as vnet from './virtio-net.js';

test('the header is ten little-endian bytes', () => {
  const bytes = new Uint8Array(14).fill(0xee);
  vnet.emitVnetHeader(bytes, 2, vnet.VNET_NEEDS_CSUM, vnet.GSO_TCPV4 | vnet.GSO_ECN, 0x0142, 1448, 34, 16);
  expect(Buffer.from(bytes).toString('hex')).toBe('eeee01814201a80522001000eeee');
  expect(vnet.vnetFlags(bytes, 2)).toBe(1);
  expect(vnet.vnetGsoType(bytes, 2)).toBe(vnet.GSO_TCPV4);
  expect(vnet.vnetHeaderLength(bytes, 2)).toBe(0x0142);
  expect(vnet.vnetGsoSize(bytes, 2)).toBe(1448);
  expect(vnet.vnetChecksumStart(bytes, 2)).toBe(34);
  expect(vnet.vnetChecksumOffset(bytes, 2)).toBe(16);
  vnet.clearVnetHeader(bytes, 2);
  expect(Buffer.from(bytes).toString('hex')).toBe('eeee00000000000000000000eeee');
});
