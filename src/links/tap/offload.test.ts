import { expect, test } from 'vitest';
import { ChecksumState } from '../../contract/frame.js';
import { makePool } from '../../testing/pool.js';
import {
  emitVnetHeader,
  GSO_NONE,
  GSO_TCPV4,
  GSO_TCPV6,
  VNET_DATA_VALID,
  VNET_HEADER,
  VNET_NEEDS_CSUM,
  vnetChecksumOffset,
  vnetChecksumStart,
  vnetFlags,
  vnetGsoSize,
  vnetGsoType,
  vnetHeaderLength,
} from '../../wire/virtio-net.js';
import { noteOffload, writeOffload } from './offload.js';

/** A frame with `link` bytes in front of an IP header of this version, and TCP with 12 bytes of options. */
function segment(version: 4 | 6, link: number) {
  const frame = makePool({ size: 1, slotSize: 2048, headroom: 128 }).allocate();
  if (frame === null) throw new Error('no frame');
  const ip = version === 4 ? 20 : 40;
  const bytes = new Uint8Array(link + ip + 32 + 100);
  bytes[link] = version === 4 ? 0x45 : 0x60;
  bytes[link + ip + 12] = 8 << 4;
  frame.fill(bytes);
  return frame;
}

const told = (header: Uint8Array) => ({
  flags: vnetFlags(header, 0),
  type: vnetGsoType(header, 0),
  headers: vnetHeaderLength(header, 0),
  size: vnetGsoSize(header, 0),
  start: vnetChecksumStart(header, 0),
  field: vnetChecksumOffset(header, 0),
});

test.each([
  { version: 4, link: 14, size: 1448, type: GSO_TCPV4, start: 34, headers: 66 },
  { version: 4, link: 0, size: 0, type: GSO_NONE, start: 20, headers: 52 },
  { version: 6, link: 14, size: 1428, type: GSO_TCPV6, start: 54, headers: 86 },
] as const)('the kernel is told what to finish: IPv$version behind $link bytes, segments of $size', (one) => {
  const frame = segment(one.version, one.link);
  frame.checksum = ChecksumState.open;
  frame.segmentSize = one.size;
  const header = new Uint8Array(VNET_HEADER).fill(0xee);
  writeOffload(header, frame, one.link);
  const { type, headers, size, start } = one;
  expect(told(header)).toEqual({ flags: VNET_NEEDS_CSUM, type, headers, size, start, field: 16 });
});

test('a frame that is finished is sent as it is', () => {
  const header = new Uint8Array(VNET_HEADER).fill(0xee);
  writeOffload(header, segment(4, 14), 14);
  expect([...header]).toEqual(Array(VNET_HEADER).fill(0));
});

test.each([
  { flags: 0, type: GSO_NONE, checksum: ChecksumState.asWritten, size: 0 },
  { flags: VNET_DATA_VALID, type: GSO_NONE, checksum: ChecksumState.verified, size: 0 },
  { flags: VNET_NEEDS_CSUM, type: GSO_TCPV4, checksum: ChecksumState.open, size: 1448 },
])('what the kernel says of a frame that came: flags $flags', ({ flags, type, checksum, size }) => {
  const frame = segment(4, 14);
  const header = new Uint8Array(VNET_HEADER);
  emitVnetHeader(header, 0, flags, type, 66, 1448, 34, 16);
  noteOffload(header, frame);
  expect([frame.checksum, frame.segmentSize]).toEqual([checksum, size]);
});
