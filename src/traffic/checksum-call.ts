import { IPV4_SOURCE } from '../wire/ipv4.js';
import { IPV6_SOURCE } from '../wire/ipv6.js';
import type { ChecksumCall, ChecksumDraft } from './packet-draft.js';

export type CallKind = 'plain' | 'udp' | 'tcp' | 'udp6' | 'tcp6' | 'icmp6';

/** Protocol numbers of the pseudo-header. */
const PROTOCOLS: Readonly<Record<Exclude<CallKind, 'plain'>, number>> = {
  udp: 17,
  tcp: 6,
  udp6: 17,
  tcp6: 6,
  icmp6: 58,
};

interface Places {
  /** Of the checksum itself. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/**
 * A checksum function: `plain` sums the bytes from the first place to the second one, both included, cut at the
 * packet's end; the others sum what follows the second place, and a pseudo-header made of the addresses of the IP
 * header at the first one.
 */
export function checksumCall(
  kind: CallKind,
  places: Places,
  fault: (message: string) => Error,
): ChecksumCall {
  const { at, from, to } = places;
  const complete = (packetLength: number): ChecksumDraft => {
    if (kind === 'plain') {
      if (from >= packetLength)
        throw fault(`byte ${from} is behind the packet's end, byte ${packetLength - 1}`);
      const length = Math.min(to, packetLength - 1) - from + 1;
      return { at, ranges: [{ at: from, length }], constant: 0, zeroAsOnes: false };
    }
    const six = kind.endsWith('6');
    const addresses = six ? { at: from + IPV6_SOURCE, length: 32 } : { at: from + IPV4_SOURCE, length: 8 };
    if (to >= packetLength || addresses.at + addresses.length > packetLength) {
      throw fault(`the headers at ${from} and ${to} do not fit the packet's ${packetLength} bytes`);
    }
    return overPseudoHeader(at, addresses, PROTOCOLS[kind], { at: to, length: packetLength - to });
  };
  return { at, complete };
}

/** The checksum of a transport protocol over its bytes and the pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1). */
export function overPseudoHeader(
  at: number,
  addresses: { readonly at: number; readonly length: number },
  protocol: number,
  body: { readonly at: number; readonly length: number },
): ChecksumDraft {
  const constant = protocol + body.length;
  return { at, ranges: [addresses, body], constant, zeroAsOnes: protocol === PROTOCOLS.udp };
}
