import { isMapped, unmapped } from '../../stack/mapped.js';
import { formatIpv4, parseIpv4 } from '../../wire/ipv4.js';
import { formatIpv6, parseIpv6 } from '../../wire/ipv6.js';

/** Four or sixteen bytes of an address; null when the text is none. */
export function addressBytes(text: string): Uint8Array | null {
  return parseIpv4(text) ?? parseIpv6(text);
}

/** Text of an address; IPv4 addresses in IPv6 form keep their dots (RFC 5952 §5). */
export function addressText(bytes: Uint8Array): string {
  if (isMapped(bytes)) return `::ffff:${formatIpv4(unmapped(bytes))}`;
  return bytes.length === 4 ? formatIpv4(bytes) : formatIpv6(bytes);
}

export function familyText(bytes: Uint8Array): 'IPv4' | 'IPv6' {
  return bytes.length === 4 ? 'IPv4' : 'IPv6';
}
