import { ICMP_TIME_EXCEEDED, ICMP_UNREACHABLE } from '../../wire/icmp.js';
import {
  ICMP_PARAMETER_PROBLEM,
  ICMPV6_PARAMETER_PROBLEM,
  ICMPV6_TIME_EXCEEDED,
  ICMPV6_TOO_BIG,
  ICMPV6_UNREACHABLE,
} from '../../wire/icmp-message.js';

/** Why a packet went no further. */
export const complaints = [
  'no-port',
  'no-protocol',
  'no-route',
  'no-neighbour',
  'prohibited',
  'too-big',
  'expired',
  'incomplete',
  'bad-header',
] as const;

export type Complaint = (typeof complaints)[number];

/** How a complaint is said in one family. */
export interface ComplaintCode {
  readonly type: number;
  readonly code: number;
}

/** RFC 792, RFC 1812 §5.2.7; protocol and port: RFC 1122 §3.2.2.1. */
export const codes4: Readonly<Record<Complaint, ComplaintCode>> = {
  'no-route': { type: ICMP_UNREACHABLE, code: 0 },
  'no-neighbour': { type: ICMP_UNREACHABLE, code: 1 },
  'no-protocol': { type: ICMP_UNREACHABLE, code: 2 },
  'no-port': { type: ICMP_UNREACHABLE, code: 3 },
  'too-big': { type: ICMP_UNREACHABLE, code: 4 },
  prohibited: { type: ICMP_UNREACHABLE, code: 13 },
  expired: { type: ICMP_TIME_EXCEEDED, code: 0 },
  incomplete: { type: ICMP_TIME_EXCEEDED, code: 1 },
  'bad-header': { type: ICMP_PARAMETER_PROBLEM, code: 0 },
};

/** RFC 4443 §3. */
export const codes6: Readonly<Record<Complaint, ComplaintCode>> = {
  'no-route': { type: ICMPV6_UNREACHABLE, code: 0 },
  prohibited: { type: ICMPV6_UNREACHABLE, code: 1 },
  'no-neighbour': { type: ICMPV6_UNREACHABLE, code: 3 },
  'no-port': { type: ICMPV6_UNREACHABLE, code: 4 },
  'too-big': { type: ICMPV6_TOO_BIG, code: 0 },
  expired: { type: ICMPV6_TIME_EXCEEDED, code: 0 },
  incomplete: { type: ICMPV6_TIME_EXCEEDED, code: 1 },
  'bad-header': { type: ICMPV6_PARAMETER_PROBLEM, code: 0 },
  'no-protocol': { type: ICMPV6_PARAMETER_PROBLEM, code: 1 },
};

/** What an error of ICMPv4 says; null: nothing that is understood. Codes of old networks are taken with their like (RFC 1122 §3.2.2.1). */
export function complaint4(type: number, code: number): Complaint | null {
  if (type === ICMP_TIME_EXCEEDED) return code === 1 ? 'incomplete' : 'expired';
  if (type === ICMP_PARAMETER_PROBLEM) return 'bad-header';
  if (type !== ICMP_UNREACHABLE) return null;
  if (code === 2) return 'no-protocol';
  if (code === 3) return 'no-port';
  if (code === 4) return 'too-big';
  if (code === 9 || code === 10 || code === 13) return 'prohibited';
  return code === 0 || code === 6 || code === 11 ? 'no-route' : 'no-neighbour';
}

/** What an error of ICMPv6 says; null: nothing that is understood. */
export function complaint6(type: number, code: number): Complaint | null {
  if (type === ICMPV6_TOO_BIG) return 'too-big';
  if (type === ICMPV6_TIME_EXCEEDED) return code === 1 ? 'incomplete' : 'expired';
  if (type === ICMPV6_PARAMETER_PROBLEM) return code === 1 ? 'no-protocol' : 'bad-header';
  if (type !== ICMPV6_UNREACHABLE) return null;
  if (code === 4) return 'no-port';
  if (code === 1 || code === 5 || code === 6) return 'prohibited';
  return code === 0 ? 'no-route' : 'no-neighbour';
}
