import { formatIpv4, parseIpv4 } from '../../wire/ipv4.js';
import { formatIpv6, parseIpv6 } from '../../wire/ipv6.js';

/** Four or sixteen bytes of an address; null when the text is none. */
export function addressBytes(text: string): Uint8Array | null {
  return parseIpv4(text) ?? parseIpv6(text);
}

export function addressText(bytes: Uint8Array): string {
  return bytes.length === 4 ? formatIpv4(bytes) : formatIpv6(bytes);
}

export function familyText(bytes: Uint8Array): 'IPv4' | 'IPv6' {
  return bytes.length === 4 ? 'IPv4' : 'IPv6';
}
