import type { Frame } from '../../contract/frame.js';
import { writeU16 } from '../../wire/bytes.js';
import { ICMP_HEADER } from '../../wire/icmp.js';
import { emitIcmp } from '../../wire/icmp-message.js';
import { completeIpv4, emitIpv4, IPV4_HEADER, PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../../wire/ipv4.js';
import { emitIpv6, IPV6_HEADER, ipv6PseudoSum } from '../../wire/ipv6.js';
import type { ComplaintCode } from './complaints.js';

/** Longest errors, IP header included (RFC 1812 §4.3.2.3; the smallest MTU of IPv6, RFC 4443 §2.4(c)). */
const LONGEST4 = 576;
const LONGEST6 = 1280;
/** Precedence "internetwork control" (RFC 1812 §4.3.2.5). */
const CONTROL = 0xc0;

/** What an error is sent with. */
export interface ComplaintHeader {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly hopLimit: number;
  /** Of IPv4, 16 bits. */
  readonly identification: number;
  /** MTU, or pointer as it is in the message's second word. */
  readonly second: number;
}

/**
 * Writes into a fresh frame, which has room for `room` bytes, an error about the packet of `length` bytes at `start`, quoting as
 * much of it as may be.
 */
export function writeComplaint(
  into: Frame,
  room: number,
  bytes: Uint8Array,
  start: number,
  length: number,
  said: ComplaintCode,
  header: ComplaintHeader,
): void {
  const isFour = header.source.length === 4;
  const front = isFour ? IPV4_HEADER : IPV6_HEADER;
  const longest = Math.min(isFour ? LONGEST4 : LONGEST6, room) - front - ICMP_HEADER;
  const quoted = Math.min(length, longest);
  const at = into.start;
  const icmp = at + front;
  into.length = front + ICMP_HEADER + quoted;
  into.bytes.set(bytes.subarray(start, start + quoted), icmp + ICMP_HEADER);
  const { source, destination, hopLimit, second } = header;
  let pseudo = 0;
  if (isFour) {
    emitIpv4(
      ...([into.bytes, at, into.length, header.identification, hopLimit] as const),
      ...([PROTOCOL_ICMP, source, destination] as const),
    );
    into.bytes[at + 1] = CONTROL;
    writeU16(into.bytes, at + 6, 0); // may be cut: nobody would hear of it
    completeIpv4(into.bytes, at);
  } else {
    emitIpv6(into.bytes, at, ICMP_HEADER + quoted, PROTOCOL_ICMPV6, hopLimit, source, destination);
    pseudo = ipv6PseudoSum(into.bytes, at, PROTOCOL_ICMPV6, ICMP_HEADER + quoted);
  }
  emitIcmp(into.bytes, icmp, said.type, said.code, second, quoted, pseudo);
}
