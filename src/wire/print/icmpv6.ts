import { ICMP_CHECKSUM, ICMP_HEADER, ICMPV6_ECHO_REPLY, ICMPV6_ECHO_REQUEST } from '../icmp.js';
import {
  ICMPV6_PARAMETER_PROBLEM,
  ICMPV6_TIME_EXCEEDED,
  ICMPV6_TOO_BIG,
  ICMPV6_UNREACHABLE,
} from '../icmp-message.js';
import { PROTOCOL_IPV6_INSIDE } from '../ipip.js';
import { PROTOCOL_ICMPV6 } from '../ipv4.js';
import { isMldType } from '../mld.js';
import { isNdpType } from '../ndp.js';
import type { Stretch } from './layer.js';
import { printMld } from './mld.js';
import { printNdp } from './ndp.js';
import type { LayerWriter } from './writer.js';

const UNREACHABLE = [
  'no-route',
  'prohibited',
  'scope',
  'address',
  'port',
  'policy',
  'reject-route',
  'source-route',
];
const EXCEEDED = ['hop-limit', 'reassembly'];
const PROBLEM = ['field', 'next-header', 'option', 'fragment'];

/** RFC 4443, 4861 and 3810; the rest by number. */
export function printIcmpv6(w: LayerWriter): Stretch | null {
  w.protocol = 'ICMPv6';
  // Router and listener messages are longer, but none is shorter than this.
  if (!w.needs(ICMP_HEADER, 'header')) {
    w.broken();
    return null;
  }
  w.takes(ICMP_HEADER);
  const type = w.u8('type', 0);
  const code = w.u8('code', 1);
  w.verify(ICMP_CHECKSUM, w.room, w.pseudoSum(PROTOCOL_ICMPV6, w.room));
  const front = `${w.ends()}ICMPv6`;
  const len = `len ${w.room}`;
  if (type === ICMPV6_ECHO_REQUEST || type === ICMPV6_ECHO_REPLY) {
    const kind = type === ICMPV6_ECHO_REQUEST ? 'echo-request' : 'echo-reply';
    w.text = `${front} ${kind} id ${w.u16('id', 4)} seq ${w.u16('sequence', 6)} ${len}`;
    return null;
  }
  const error = errorText(w, type, code);
  if (error !== '') {
    w.text = `${front} ${error} ${len}`;
    if (w.room === ICMP_HEADER) return null;
    return w.next('ipv6', PROTOCOL_IPV6_INSIDE, ICMP_HEADER, { depth: w.depth + 1, ip: null });
  }
  if (isNdpType(type)) {
    if (code !== 0) w.fault(`code ${code}`, 1);
    const { text, quotedAt } = printNdp(w, type);
    w.text = `${front} ${text} ${len}`;
    return quotedAt === 0
      ? null
      : w.next('ipv6', PROTOCOL_IPV6_INSIDE, quotedAt, { depth: w.depth + 1, ip: null });
  }
  const what = isMldType(type) ? printMld(w, type) : `type ${type} code ${code}`;
  w.text = `${front} ${what} ${len}`;
  return null;
}

/** What an error says; empty for other types. */
function errorText(w: LayerWriter, type: number, code: number): string {
  if (type === ICMPV6_UNREACHABLE) return `unreachable ${UNREACHABLE[code] ?? `code ${code}`}`;
  if (type === ICMPV6_TOO_BIG) return `too-big mtu ${w.u32('mtu', 4)}`;
  if (type === ICMPV6_TIME_EXCEEDED) return `time-exceeded ${EXCEEDED[code] ?? `code ${code}`}`;
  if (type !== ICMPV6_PARAMETER_PROBLEM) return '';
  return `parameter-problem ${PROBLEM[code] ?? `code ${code}`} at ${w.u32('pointer', 4)}`;
}
