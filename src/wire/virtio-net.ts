/**
 * virtio_net_hdr as PACKET_VNET_HDR and IFF_VNET_HDR use it (VIRTIO 1.2 §5.1.6, without num_buffers). The kernel
 * writes it in the machine's byte order; every machine that Node runs on is little-endian.
 */
export const VNET_HEADER = 10;

/** Flag: the checksum is partial, see `completePartial`. */
export const VNET_NEEDS_CSUM = 1;
/** Flag: the checksum has been verified. */
export const VNET_DATA_VALID = 2;

export const GSO_NONE = 0;
export const GSO_TCPV4 = 1;
/** IP fragmentation of one long datagram. */
export const GSO_UDP = 3;
export const GSO_TCPV6 = 4;
/** A row of datagrams of equal size. */
export const GSO_UDP_L4 = 5;
/** Bit beside the type: the TCP stream uses ECN. */
export const GSO_ECN = 0x80;

function readU16le(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8);
}

function writeU16le(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}

export function vnetFlags(bytes: Uint8Array, offset: number): number {
  return bytes[offset] & 0xff;
}

/** One of GSO_*, the ECN bit taken away. */
export function vnetGsoType(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 1] & ~GSO_ECN;
}

/** Bytes of the headers that each segment repeats: a hint, do not trust it. */
export function vnetHeaderLength(bytes: Uint8Array, offset: number): number {
  return readU16le(bytes, offset + 2);
}

/** Payload bytes of each segment. */
export function vnetGsoSize(bytes: Uint8Array, offset: number): number {
  return readU16le(bytes, offset + 4);
}

/** Where the checksum begins, from the frame's first byte. */
export function vnetChecksumStart(bytes: Uint8Array, offset: number): number {
  return readU16le(bytes, offset + 6);
}

/** Where its field lies, from there. */
export function vnetChecksumOffset(bytes: Uint8Array, offset: number): number {
  return readU16le(bytes, offset + 8);
}

export function emitVnetHeader(
  bytes: Uint8Array,
  offset: number,
  flags: number,
  gsoType: number,
  headerLength: number,
  gsoSize: number,
  checksumStart: number,
  checksumOffset: number,
): void {
  bytes[offset] = flags;
  bytes[offset + 1] = gsoType;
  writeU16le(bytes, offset + 2, headerLength);
  writeU16le(bytes, offset + 4, gsoSize);
  writeU16le(bytes, offset + 6, checksumStart);
  writeU16le(bytes, offset + 8, checksumOffset);
}

/** Writes the header of a frame that needs nothing. */
export function clearVnetHeader(bytes: Uint8Array, offset: number): void {
  for (let i = 0; i < VNET_HEADER; i++) bytes[offset + i] = 0;
}
