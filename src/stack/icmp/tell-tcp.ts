import { readU32 } from '../../wire/bytes.js';
import { IPV4_HEADER } from '../../wire/ipv4.js';
import { IPV6_HEADER } from '../../wire/ipv6.js';
import type { Host } from '../host.js';
import type { TcpFailure } from '../tcp/connection.js';
import type { Ends } from '../tcp/ends.js';
import type { Tcp } from '../tcp/tcp.js';
import type { Complaint } from './complaints.js';
import type { Notice } from './notice.js';

const TCP_HEADER = 20;

/**
 * Tells TCP of an ICMP error about a segment between `ends`. False: it was not believed, since what it quotes is not on its way.
 * A call that nobody has answered fails by it; a connection keeps the reason for the case that it times out (RFC 1122
 * §4.2.3.9): what was agreed upon does not end by a packet that anybody may send (RFC 5927 §5.2).
 */
export function tellTcp(tcp: Tcp, host: Host, ends: Ends, notice: Notice): boolean {
  const { bytes, complaint, remoteAt, addressLength, mtu } = notice;
  const seq = readU32(bytes, notice.transportAt + 4) | 0;
  if (complaint === 'too-big') {
    const headers = (addressLength === 4 ? IPV4_HEADER : IPV6_HEADER) + TCP_HEADER;
    // The whole host learns it, but only by an error that is about something, and about its routes.
    const believed = tcp.pathNarrowed(ends, seq, mtu - headers);
    if (believed && !tcp.leavesByCircuit(ends))
      host.narrow(bytes.slice(remoteAt, remoteAt + addressLength), mtu);
    return believed;
  }
  const { failure, hard } = meaning[complaint];
  return tcp.unreachable(ends, seq, failure, hard);
}

/** What a call that is not answered yet fails with; not `hard`: it may pass meanwhile. */
const meaning: Readonly<Record<Exclude<Complaint, 'too-big'>, { failure: TcpFailure; hard: boolean }>> = {
  'no-port': { failure: 'ECONNREFUSED', hard: true },
  'no-protocol': { failure: 'ECONNREFUSED', hard: true },
  'no-route': { failure: 'ENETUNREACH', hard: true },
  'no-neighbour': { failure: 'EHOSTUNREACH', hard: true },
  prohibited: { failure: 'EHOSTUNREACH', hard: true },
  expired: { failure: 'EHOSTUNREACH', hard: false },
  incomplete: { failure: 'EHOSTUNREACH', hard: false },
  'bad-header': { failure: 'EHOSTUNREACH', hard: false },
};
