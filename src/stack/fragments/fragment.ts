import { readU16 } from '../../wire/bytes.js';
import {
  IPV4_MORE_FRAGMENTS,
  IPV4_SOURCE,
  ipv4Fragment,
  ipv4HeaderLength,
  ipv4Id,
  ipv4Protocol,
  isIpv4Fragment,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../../wire/ipv4.js';
import { IPV6_HEADER, IPV6_SOURCE } from '../../wire/ipv6.js';
import {
  hasMoreIpv6Fragments,
  IPV6_FRAGMENT_HEADER,
  ipv6FragmentAt,
  ipv6FragmentId,
  ipv6FragmentOffset,
  PROTOCOL_IPV6_FRAGMENT,
} from '../../wire/ipv6-fragment.js';
import { isNdpType } from '../../wire/ndp.js';

/** Least that a first fragment must hold of the protocol behind: its header without options. */
const LEAST_TCP = 20;
const LEAST_OTHER = 8;
const MOST_BYTES = 65_535;
const EXTENSIONS = [0, 43, 60];

/** What is wrong with a fragment by itself. */
export type FragmentFault = 'malformed' | 'tiny' | 'discovery';

/** What a fragment says of itself; places count from the packet's beginning. */
export interface Fragment {
  readonly isFour: boolean;
  /** Names the datagram among those of all hosts (RFC 791 §3.2, RFC 8200 §4.5). */
  readonly key: string;
  readonly source: string;
  /** Length of the headers that all fragments have, and of a fragment header behind them. */
  readonly headers: number;
  readonly dataAt: number;
  readonly length: number;
  /** Where the data belong in the whole. */
  readonly from: number;
  readonly isLast: boolean;
  /** Protocol, or extension header, of the data's beginning. */
  readonly protocol: number;
}

/** True when the packet is a fragment of any kind, an atomic one too. */
export function isFragment(bytes: Uint8Array, start: number, length: number): boolean {
  if (bytes[start] >>> 4 === 4) return isIpv4Fragment(bytes, start);
  return ipv6FragmentAt(bytes, start, length) !== 0;
}

/** Reads a fragment whose IP header is sound. */
export function readFragment(bytes: Uint8Array, start: number, length: number): Fragment | FragmentFault {
  const isFour = bytes[start] >>> 4 === 4;
  const one = isFour ? read4(bytes, start, length) : read6(bytes, start, length);
  const isAtomic = one.from === 0 && one.isLast;
  if (one.length === 0 && !isAtomic) return 'malformed';
  if (!one.isLast && (one.length & 7) !== 0) return 'malformed';
  const headers = isFour ? one.headers : one.headers - IPV6_HEADER;
  if (headers + one.from + one.length > MOST_BYTES) return 'malformed';
  return judge(bytes, start + one.dataAt, one) ?? one;
}

function read4(bytes: Uint8Array, start: number, length: number): Fragment {
  const headers = ipv4HeaderLength(bytes, start);
  const word = ipv4Fragment(bytes, start);
  const source = textOf(bytes, start + IPV4_SOURCE, 4);
  const protocol = ipv4Protocol(bytes, start);
  return {
    ...{ isFour: true, source, headers, dataAt: headers, length: length - headers, protocol },
    key: `${textOf(bytes, start + IPV4_SOURCE, 8)}${protocol} ${ipv4Id(bytes, start)}`,
    from: (word & 0x1fff) << 3,
    isLast: (word & IPV4_MORE_FRAGMENTS) === 0,
  };
}

function read6(bytes: Uint8Array, start: number, length: number): Fragment {
  const headers = ipv6FragmentAt(bytes, start, length);
  const at = start + headers;
  const dataAt = headers + IPV6_FRAGMENT_HEADER;
  return {
    ...{ isFour: false, headers, dataAt, length: length - dataAt, protocol: bytes[at] },
    source: textOf(bytes, start + IPV6_SOURCE, 16),
    key: `${textOf(bytes, start + IPV6_SOURCE, 32)}${ipv6FragmentId(bytes, at)}`,
    from: ipv6FragmentOffset(bytes, at),
    isLast: !hasMoreIpv6Fragments(bytes, at),
  };
}

/**
 * First fragments that leave out part of a header, and such as would overwrite one (RFC 1858 §3, RFC 3128, RFC 7112), are nobody's
 * honest traffic; nor does anybody cut neighbour discovery (RFC 6980).
 */
function judge(bytes: Uint8Array, at: number, one: Fragment): FragmentFault | null {
  let { protocol, length } = one;
  let here = at;
  if (one.isFour) {
    if (one.from === 8 && protocol === PROTOCOL_TCP) return 'tiny';
  } else if (one.from === 0) {
    for (let i = 0; i < 8 && EXTENSIONS.includes(protocol); i++) {
      const size = (bytes[here + 1] + 1) << 3;
      if (length < 8 || size > length) return 'tiny';
      protocol = bytes[here];
      here += size;
      length -= size;
    }
    if (protocol === PROTOCOL_IPV6_FRAGMENT || EXTENSIONS.includes(protocol)) return 'malformed';
    if (protocol === PROTOCOL_ICMPV6 && length > 0 && isNdpType(bytes[here])) return 'discovery';
  }
  if (one.from !== 0 || one.isLast) return null;
  const known = protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP || protocol === PROTOCOL_ICMPV6;
  if (protocol === PROTOCOL_TCP && length < LEAST_TCP) return 'tiny';
  return (known || one.isFour) && length < LEAST_OTHER ? 'tiny' : null;
}

/** Bytes as characters: a key for a Map. */
function textOf(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i += 2) text += String.fromCharCode(readU16(bytes, at + i));
  return text;
}
