/** ICMP messages about a packet: type and code (RFC 792, RFC 1812 §5.2.7), and what the second word says. */
export const messages = {
  'net-unreachable': { type: 3, code: 0 },
  'host-unreachable': { type: 3, code: 1 },
  'protocol-unreachable': { type: 3, code: 2 },
  'port-unreachable': { type: 3, code: 3 },
  /** The second word's lower half is the MTU of the next hop (RFC 1191 §4). */
  'must-fragment': { type: 3, code: 4 },
  prohibited: { type: 3, code: 13 },
  /** For a host: a router must not send the codes for networks (RFC 1812 §5.2.7.2). The second word is the gateway. */
  redirect: { type: 5, code: 1 },
  'time-exceeded': { type: 11, code: 0 },
  'reassembly-time-exceeded': { type: 11, code: 1 },
} as const;

export type MessageName = keyof typeof messages;
export const messageNames = Object.keys(messages) as [MessageName, ...MessageName[]];
