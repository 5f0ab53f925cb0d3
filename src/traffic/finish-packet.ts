import { IPV4_CHECKSUM, IPV4_HEADER, IPV4_SOURCE } from '../wire/ipv4.js';
import { IPV6_HEADER, IPV6_SOURCE } from '../wire/ipv6.js';
import { overPseudoHeader } from './checksum-call.js';
import { setDefault } from './headers.js';
import { IPV4, IPV6 } from './network-headers.js';
import type { ChecksumDraft, PacketDraft, PlacedHeader } from './packet-draft.js';
import { ICMPV4, ICMPV6, TCP, UDP } from './transport-headers.js';

/** Protocol numbers of the pseudo-headers. */
const PROTOCOLS = new Map([
  [UDP, 17],
  [TCP, 6],
  [ICMPV6, 58],
]);

/**
 * Fills in the lengths of a packet that is complete, and answers its checksums in the order in which they are to be
 * computed: functions, then headers from the last to the first; functions that cover the checksum of a header last.
 */
export function finishPacket(draft: PacketDraft): ChecksumDraft[] {
  const headerSums: ChecksumDraft[] = [];
  for (const [index, header] of draft.headers.entries()) {
    setLength(draft, header);
    if (header.set.has('csum')) continue;
    const sum = headerChecksum(draft, header, draft.headers[index - 1]);
    if (sum !== null) headerSums.unshift(sum);
  }
  const calls = draft.calls.map((call) => call.complete(draft.length));
  const over = calls.filter((call) => headerSums.some((sum) => covers(call, sum.at)));
  return [...calls.filter((call) => !over.includes(call)), ...headerSums, ...over];
}

function covers(checksum: ChecksumDraft, at: number): boolean {
  return checksum.ranges.some((range) => range.at < at + 2 && at < range.at + range.length);
}

function setLength(draft: PacketDraft, header: PlacedHeader): void {
  const length = draft.length - header.at;
  if (header.shape === IPV4 || header.shape === UDP) setDefault(draft, header, 'len', length);
  if (header.shape === IPV6) setDefault(draft, header, 'len', length - IPV6_HEADER);
}

/** The checksum of a header, over all that follows it; null when it has none. */
function headerChecksum(
  draft: PacketDraft,
  header: PlacedHeader,
  below: PlacedHeader | undefined,
): ChecksumDraft | null {
  const body = { at: header.at, length: draft.length - header.at };
  if (header.shape === IPV4) {
    const range = { at: header.at, length: IPV4_HEADER };
    return { at: header.at + IPV4_CHECKSUM, ranges: [range], constant: 0, zeroAsOnes: false };
  }
  const field = header.shape.fields.find(({ names }) => names[0] === 'csum');
  if (field === undefined) return null;
  const at = header.at + field.at;
  if (header.shape === ICMPV4) return { at, ranges: [body], constant: 0, zeroAsOnes: false };
  const protocol = PROTOCOLS.get(header.shape);
  if (protocol === undefined) return null;
  if (below?.shape === IPV4) {
    return overPseudoHeader(at, { at: below.at + IPV4_SOURCE, length: 8 }, protocol, body);
  }
  if (below?.shape === IPV6) {
    return overPseudoHeader(at, { at: below.at + IPV6_SOURCE, length: 32 }, protocol, body);
  }
  return null;
}
