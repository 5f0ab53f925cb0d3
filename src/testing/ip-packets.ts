import { readU16 } from '../wire/bytes.js';
import { internetChecksum } from '../wire/checksum.js';
import { completeIpv4, emitIpv4, isIpv4ChecksumRight, parseIpv4 } from '../wire/ipv4.js';

export interface IpPacketOptions {
  readonly source?: string;
  readonly destination?: string;
  readonly ttl?: number;
  readonly protocol?: number;
  readonly tos?: number;
  readonly id?: number;
  /** Flags and fragment offset; default 0: it may be cut. */
  readonly fragment?: number;
  /** Bytes of options, a multiple of four. */
  readonly options?: readonly number[];
  readonly payload?: Uint8Array;
}

/** An IPv4 packet without a link header: UDP, 10.0.0.2 to 10.0.1.2, time to live 64, 26 bytes of payload unless told otherwise. */
export function ipv4Packet(given: IpPacketOptions = {}): Uint8Array {
  const { source = '10.0.0.2', destination = '10.0.1.2', ttl = 64, protocol = 17 } = given;
  const { tos = 0, id = 7, fragment = 0, options = [] } = given;
  const payload = given.payload ?? Uint8Array.from({ length: 26 }, (_, i) => i);
  const packet = new Uint8Array(20 + options.length + payload.length);
  emitIpv4(packet, 0, packet.length, id, ttl, protocol, parseIpv4(source)!, parseIpv4(destination)!);
  packet[0] = 0x40 | (5 + options.length / 4);
  packet[1] = tos;
  packet.set([fragment >> 8, fragment & 0xff], 6);
  packet.set(options, 20);
  packet.set(payload, 20 + options.length);
  completeIpv4(packet, 0);
  return packet;
}

/** Payload of an ICMP echo request, checksum included. */
export function echoRequest(length = 24, type = 8): Uint8Array {
  const icmp = Uint8Array.from({ length }, (_, i) => (i < 8 ? 0 : i));
  icmp[0] = type;
  const sum = internetChecksum(icmp, 0, length);
  icmp.set([sum >> 8, sum & 0xff], 2);
  return icmp;
}

/** What an ICMP message says; fails a test by throwing when a checksum or length in it is wrong. */
export function readIcmp(packet: Uint8Array) {
  if (!isIpv4ChecksumRight(packet, 0)) throw new Error('the header checksum is wrong');
  if (readU16(packet, 2) !== packet.length) throw new Error('the total length is wrong');
  if (internetChecksum(packet, 20, packet.length - 20) !== 0) throw new Error('the ICMP checksum is wrong');
  return {
    source: packet.slice(12, 16).join('.'),
    destination: packet.slice(16, 20).join('.'),
    type: packet[20],
    code: packet[21],
    second: new DataView(packet.buffer, packet.byteOffset).getUint32(24),
    quoted: packet.slice(28),
  };
}
