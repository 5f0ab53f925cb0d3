/** What is the same of IPv4 and IPv6, told apart by the version in the first four bits: whoever asks has checked the header. */
import { ipv4HeaderLength, ipv4Protocol, ipv4PseudoSum } from './ipv4.js';
import { ipv6HeaderLength, ipv6Protocol, ipv6PseudoSum } from './ipv6.js';

export function isVersion4(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] >>> 4 === 4;
}

/** Bytes in front of what the packet carries, options and extension headers included; `length`: of the packet as it is here. */
export function ipHeaderLength(bytes: Uint8Array, offset: number, length: number): number {
  return isVersion4(bytes, offset)
    ? ipv4HeaderLength(bytes, offset)
    : ipv6HeaderLength(bytes, offset, length);
}

/** The protocol behind a header of so many bytes. */
export function ipProtocol(bytes: Uint8Array, offset: number, headerLength: number): number {
  return isVersion4(bytes, offset) ? ipv4Protocol(bytes, offset) : ipv6Protocol(bytes, offset, headerLength);
}

/** Folded sum of the pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1); `length`: of what the packet carries. */
export function ipPseudoSum(bytes: Uint8Array, offset: number, protocol: number, length: number): number {
  return isVersion4(bytes, offset)
    ? ipv4PseudoSum(bytes, offset, protocol, length)
    : ipv6PseudoSum(bytes, offset, protocol, length);
}
