import { readU16 } from '../wire/bytes.js';
import { isVersion4 } from '../wire/ip.js';
import { IPV4_DESTINATION, IPV4_SOURCE } from '../wire/ipv4.js';
import { IPV6_DESTINATION, IPV6_SOURCE } from '../wire/ipv6.js';
import type { Notice } from './icmp/notice.js';

/** Both ends of a packet that came, as they lie in its headers. */
interface PacketEnds {
  bytes: Uint8Array;
  /** 4 or 16. */
  addressLength: number;
  localAt: number;
  remoteAt: number;
  localPort: number;
  remotePort: number;
}

/** Those of a packet to us whose TCP or UDP header lies at `at`: both begin with their port numbers. */
export function readPacketEnds(ends: PacketEnds, bytes: Uint8Array, start: number, at: number): void {
  const isFour = isVersion4(bytes, start);
  ends.bytes = bytes;
  ends.addressLength = isFour ? 4 : 16;
  ends.localAt = start + (isFour ? IPV4_DESTINATION : IPV6_DESTINATION);
  ends.remoteAt = start + (isFour ? IPV4_SOURCE : IPV6_SOURCE);
  ends.localPort = readU16(bytes, at + 2);
  ends.remotePort = readU16(bytes, at);
}

/** Those of the packet of ours that an ICMP error quotes. */
export function readNoticeEnds(ends: PacketEnds, bytes: Uint8Array, notice: Notice): void {
  ends.bytes = bytes;
  ends.addressLength = notice.addressLength;
  ends.localAt = notice.localAt;
  ends.remoteAt = notice.remoteAt;
  ends.localPort = readU16(bytes, notice.transportAt);
  ends.remotePort = readU16(bytes, notice.transportAt + 2);
}
