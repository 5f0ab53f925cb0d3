import { ICMP_HEADER, icmpCode, icmpType } from '../../wire/icmp.js';
import { icmpNextHopMtu, icmpv6Mtu } from '../../wire/icmp-message.js';
import {
  IPV4_DESTINATION,
  IPV4_HEADER,
  IPV4_SOURCE,
  ipv4Fragment,
  ipv4HeaderLength,
  ipv4Protocol,
  ipv4TotalLength,
} from '../../wire/ipv4.js';
import {
  IPV6_DESTINATION,
  IPV6_HEADER,
  IPV6_SOURCE,
  ipv6HeaderLength,
  ipv6PayloadLength,
  ipv6Protocol,
} from '../../wire/ipv6.js';
import {
  IPV6_FRAGMENT_HEADER,
  ipv6FragmentOffset,
  PROTOCOL_IPV6_FRAGMENT,
} from '../../wire/ipv6-fragment.js';
import { type Complaint, complaint4, complaint6 } from './complaints.js';

/** A path that carries less than these need not be believed in (RFC 1191 §3 asks 68 of IPv4, which only attackers use; RFC 8201 §4). */
const SMALLEST_MTU4 = 576;
const SMALLEST_MTU6 = 1280;
/** What links carry (RFC 1191 §7): what to try when a router does not say. */
const PLATEAUS = [32_000, 17_914, 8166, 4352, 2002, 1492, 1006];
/** Of a transport header that much is quoted at least (RFC 792): port numbers, TCP's sequence number, an echo's identifier. */
const TRANSPORT_QUOTED = 8;
const FRAGMENT_OFFSET = 0x1fff;

/** An ICMP error that came, and the packet of ours that it quotes. One object for a block, filled anew for each. */
export interface Notice {
  complaint: Complaint;
  /** What the way carries, bytes; 0 unless the complaint is `too-big`. */
  mtu: number;
  bytes: Uint8Array;
  /** 4 or 16. */
  addressLength: number;
  /** Who tells. */
  tellerAt: number;
  /** Source and destination of the quoted packet: our end and the peer's. */
  localAt: number;
  remoteAt: number;
  protocol: number;
  /** Where the quoted transport header begins: eight bytes of it are there at least. */
  transportAt: number;
}

export function noNotice(): Notice {
  return {
    ...{ complaint: 'no-port', mtu: 0, bytes: new Uint8Array(0), addressLength: 4, tellerAt: 0, localAt: 0 },
    ...{ remoteAt: 0, protocol: 0, transportAt: 0 },
  };
}

/**
 * Reads the ICMP error of `size` bytes at `at`, in the IP packet at `start`, whose checksums are right. Nothing that it says is
 * believed before it has been compared with what was sent. False, with `notice` undefined: not understood, too little is
 * quoted, what it quotes is a fragment but the first, or it tells an MTU that no honest router tells.
 */
export function readNotice(
  bytes: Uint8Array,
  start: number,
  at: number,
  size: number,
  notice: Notice,
): boolean {
  const isFour = bytes[start] >>> 4 === 4;
  const quoted = at + ICMP_HEADER;
  const length = size - ICMP_HEADER;
  const said = isFour
    ? complaint4(icmpType(bytes, at), icmpCode(bytes, at))
    : complaint6(icmpType(bytes, at), icmpCode(bytes, at));
  if (said === null || length < (isFour ? IPV4_HEADER : IPV6_HEADER)) return false;
  if (bytes[quoted] >>> 4 !== (isFour ? 4 : 6)) return false;
  notice.bytes = bytes;
  notice.complaint = said;
  notice.addressLength = isFour ? 4 : 16;
  notice.tellerAt = start + (isFour ? IPV4_SOURCE : IPV6_SOURCE);
  notice.localAt = quoted + (isFour ? IPV4_SOURCE : IPV6_SOURCE);
  notice.remoteAt = quoted + (isFour ? IPV4_DESTINATION : IPV6_DESTINATION);
  if (!(isFour ? readQuoted4(bytes, quoted, length, notice) : readQuoted6(bytes, quoted, length, notice))) {
    return false;
  }
  notice.mtu = 0;
  if (said !== 'too-big') return true;
  // It has to be less than the packet that it is about was long, else that would have gone through.
  const total = isFour ? ipv4TotalLength(bytes, quoted) : IPV6_HEADER + ipv6PayloadLength(bytes, quoted);
  const told = isFour ? icmpNextHopMtu(bytes, at) : icmpv6Mtu(bytes, at);
  notice.mtu = isFour && told === 0 ? plateauBelow(total) : told;
  return notice.mtu >= (isFour ? SMALLEST_MTU4 : SMALLEST_MTU6) && notice.mtu < total;
}

/** The next lower size that links have, for a packet that was too long; not below what is believed. */
function plateauBelow(total: number): number {
  return PLATEAUS.find((size) => size < total) ?? SMALLEST_MTU4;
}

function readQuoted4(bytes: Uint8Array, at: number, length: number, notice: Notice): boolean {
  const header = ipv4HeaderLength(bytes, at);
  if (header < IPV4_HEADER || header + TRANSPORT_QUOTED > length) return false;
  if ((ipv4Fragment(bytes, at) & FRAGMENT_OFFSET) !== 0) return false;
  notice.protocol = ipv4Protocol(bytes, at);
  notice.transportAt = at + header;
  return true;
}

/** Behind a fragment header, which datagrams of ours that were cut have, only the first fragment has a transport header. */
function readQuoted6(bytes: Uint8Array, at: number, length: number, notice: Notice): boolean {
  let header = ipv6HeaderLength(bytes, at, length);
  if (header === 0) return false;
  notice.protocol = ipv6Protocol(bytes, at, header);
  if (notice.protocol === PROTOCOL_IPV6_FRAGMENT) {
    if (header + IPV6_FRAGMENT_HEADER > length || ipv6FragmentOffset(bytes, at + header) !== 0) return false;
    notice.protocol = bytes[at + header];
    header += IPV6_FRAGMENT_HEADER;
  }
  notice.transportAt = at + header;
  return header + TRANSPORT_QUOTED <= length;
}
