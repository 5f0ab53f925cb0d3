import { readU16, writeU16, writeU32 } from '../wire/bytes.js';
import { internetChecksum } from '../wire/checksum.js';
import { emitIcmpEcho } from '../wire/icmp.js';
import { ipv4HeaderLength, ipv4PseudoSum } from '../wire/ipv4.js';
import { completeTcp, emitTcp, TCP_HEADER } from '../wire/tcp.js';
import { completeUdp, emitUdp, UDP_HEADER } from '../wire/udp.js';
import { ICMP, TCP, UDP } from './ip-frames.js';
import { ipv4Packet } from './ip-packets.js';

/** `10.0.0.1:1234`; for ICMP the number is ignored at the second end. */
type End = string;

export interface PacketOptions {
  readonly data?: Uint8Array;
  readonly id?: number;
  /** IPv4 options, a multiple of four bytes. */
  readonly options?: readonly number[];
  /** Flags and offset word; default 0: may be cut. */
  readonly fragment?: number;
  readonly tos?: number;
}

/** An IPv4 packet with right checksums and no link header. */
export function ipPacket(
  from: string,
  to: string,
  protocol: number,
  payload: Uint8Array,
  o: PacketOptions = {},
): Uint8Array {
  return ipv4Packet({ id: 1, ...o, source: from, destination: to, protocol, payload });
}

const split = (end: End): [string, number] => {
  const [address, number = '0'] = end.split(':');
  return [address, Number(number)];
};

export function udpPacket(from: End, to: End, o: PacketOptions = {}): Uint8Array {
  const { data = Uint8Array.of(1, 2, 3) } = o;
  const [[source, sourcePort], [target, targetPort]] = [split(from), split(to)];
  const payload = new Uint8Array(UDP_HEADER + data.length);
  emitUdp(payload, 0, sourcePort, targetPort, payload.length);
  payload.set(data, UDP_HEADER);
  const packet = ipPacket(source, target, UDP, payload, o);
  const at = ipv4HeaderLength(packet, 0);
  completeUdp(packet, at, payload.length, ipv4PseudoSum(packet, 0, UDP, payload.length));
  return packet;
}

export function tcpPacket(from: End, to: End, flags: number, o: PacketOptions = {}): Uint8Array {
  const { data = new Uint8Array(0) } = o;
  const [[source, sourcePort], [target, targetPort]] = [split(from), split(to)];
  const payload = new Uint8Array(TCP_HEADER + data.length);
  emitTcp(payload, 0, sourcePort, targetPort, 1000, 2000, flags, 500);
  payload.set(data, TCP_HEADER);
  const packet = ipPacket(source, target, TCP, payload, o);
  const at = ipv4HeaderLength(packet, 0);
  completeTcp(packet, at, payload.length, ipv4PseudoSum(packet, 0, TCP, payload.length));
  return packet;
}

/** The first end's number is the identifier. */
export function echoPacket(from: End, to: End, type: number, o: PacketOptions = {}): Uint8Array {
  const { data = Uint8Array.of(7, 8, 9) } = o;
  const [[source, id], [target]] = [split(from), split(to)];
  const payload = new Uint8Array(8 + data.length);
  payload.set(data, 8);
  emitIcmpEcho(payload, 0, type, id, 1, data.length);
  return ipPacket(source, target, ICMP, payload, o);
}

/** An ICMP error that quotes the first bytes of a packet. */
export function errorPacket(from: string, to: string, type: number, quoted: Uint8Array): Uint8Array {
  const payload = new Uint8Array(8 + quoted.length);
  payload[0] = type;
  payload.set(quoted, 8);
  writeU32(payload, 4, 0);
  writeU16(payload, 2, internetChecksum(payload, 0, payload.length));
  return ipPacket(from, to, ICMP, payload);
}

/** The ends of a packet as `protocol source:port > destination:port`. */
export function endsOf(packet: Uint8Array): string {
  const at = ipv4HeaderLength(packet, 0);
  const address = (from: number) => packet.subarray(from, from + 4).join('.');
  if (packet[9] === ICMP) {
    const quoted = packet[at] === 0 || packet[at] === 8 ? `id ${readU16(packet, at + 4)}` : '';
    const inner = quoted === '' ? `(${endsOf(packet.subarray(at + 8))})` : quoted;
    return `icmp ${address(12)} > ${address(16)} ${inner}`;
  }
  const name = packet[9] === TCP ? 'tcp' : 'udp';
  return `${name} ${address(12)}:${readU16(packet, at)} > ${address(16)}:${readU16(packet, at + 2)}`;
}

/** What is wrong with the checksums of a whole packet, and of a whole one that it quotes; empty when all are right. */
export function checksumFaults(packet: Uint8Array): string[] {
  const faults: string[] = [];
  const at = ipv4HeaderLength(packet, 0);
  const length = readU16(packet, 2) - at;
  if (internetChecksum(packet, 0, at) !== 0) faults.push('IPv4 header');
  if (packet[9] === ICMP) {
    if (internetChecksum(packet, at, length) !== 0) faults.push('ICMP');
    const quoted = packet.subarray(at + 8);
    const isError = packet[at] !== 0 && packet[at] !== 8;
    if (isError && quoted.length >= readU16(quoted, 2))
      faults.push(...checksumFaults(quoted).map((one) => `quoted ${one}`));
  } else {
    const none = packet[9] === UDP && readU16(packet, at + 6) === 0;
    const sum = ipv4PseudoSum(packet, 0, packet[9], length);
    if (!none && internetChecksum(packet, at, length, sum) !== 0) faults.push('transport');
  }
  return faults;
}

/** A MAC header with EtherType IPv4 in front of a packet. */
export function onEthernet(packet: Uint8Array): Uint8Array {
  return Uint8Array.of(2, 0, 0, 0, 0, 0xa, 2, 0, 0, 0, 0, 0xb, 8, 0, ...packet);
}
