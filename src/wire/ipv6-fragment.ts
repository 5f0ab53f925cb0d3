import { readU32 } from './bytes.js';
import { IPV6_HEADER, ipv6HeaderLength, ipv6Protocol } from './ipv6.js';
import { IPV6_FRAGMENT_HEADER, PROTOCOL_IPV6_FRAGMENT } from './ipv6-cut.js';

/** Where the fragment header of a packet is, from the packet's start; 0: it has none within `length`. */
export function ipv6FragmentAt(bytes: Uint8Array, offset: number, length: number): number {
  const headers = ipv6HeaderLength(bytes, offset, length);
  if (headers === 0 || ipv6Protocol(bytes, offset, headers) !== PROTOCOL_IPV6_FRAGMENT) return 0;
  return headers + IPV6_FRAGMENT_HEADER <= length ? headers : 0;
}

export function hasMoreIpv6Fragments(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + 3] & 1) !== 0;
}

export function ipv6FragmentId(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + 4);
}

/** Place, from the packet's start, of the field that names what follows the first `headers` bytes of headers. */
export function nextHeaderFieldAt(bytes: Uint8Array, offset: number, headers: number): number {
  let field = 6;
  for (let at = IPV6_HEADER; at < headers; at += (bytes[offset + at + 1] + 1) << 3) field = at;
  return field;
}
