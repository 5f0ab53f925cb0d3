import { ChecksumState, type Frame } from '../../contract/frame.js';
import { ipv4HeaderLength } from '../../wire/ipv4.js';
import { IPV6_HEADER } from '../../wire/ipv6.js';
import { TCP_CHECKSUM, tcpHeaderLength } from '../../wire/tcp.js';
import {
  clearVnetHeader,
  emitVnetHeader,
  GSO_NONE,
  GSO_TCPV4,
  GSO_TCPV6,
  VNET_DATA_VALID,
  VNET_NEEDS_CSUM,
  vnetFlags,
  vnetGsoSize,
  vnetGsoType,
} from '../../wire/virtio-net.js';

/** Takes over what the kernel says of a frame that came. */
export function noteOffload(header: Uint8Array, frame: Frame): void {
  const flags = vnetFlags(header, 0);
  if (flags & VNET_NEEDS_CSUM) frame.checksum = ChecksumState.open;
  else if (flags & VNET_DATA_VALID) frame.checksum = ChecksumState.verified;
  frame.segmentSize = vnetGsoType(header, 0) === GSO_NONE ? 0 : vnetGsoSize(header, 0);
}

/** Tells the kernel what is left to be done for a frame: TCP's checksum, and the cutting. */
export function writeOffload(header: Uint8Array, frame: Frame, linkHeader: number): void {
  if (frame.checksum !== ChecksumState.open) {
    clearVnetHeader(header, 0);
    return;
  }
  const { bytes } = frame;
  const ip = frame.start + linkHeader;
  const isFour = bytes[ip] >>> 4 === 4;
  const transport = linkHeader + (isFour ? ipv4HeaderLength(bytes, ip) : IPV6_HEADER);
  const headers = transport + tcpHeaderLength(bytes, frame.start + transport);
  const type = frame.segmentSize === 0 ? GSO_NONE : isFour ? GSO_TCPV4 : GSO_TCPV6;
  emitVnetHeader(header, 0, VNET_NEEDS_CSUM, type, headers, frame.segmentSize, transport, TCP_CHECKSUM);
}
