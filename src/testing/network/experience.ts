import { ETHERNET_HEADER, ETHERTYPE_IPV4, ETHERTYPE_IPV6, ethernetType } from '../../wire/ethernet.js';
import { ipv4HeaderLength, ipv4Protocol, ipv4TotalLength, PROTOCOL_TCP } from '../../wire/ipv4.js';
import { IPV6_HEADER, ipv6NextHeader, ipv6PayloadLength } from '../../wire/ipv6.js';
import {
  TCP_FIN,
  TCP_RST,
  tcpAcknowledgement,
  tcpFlags,
  tcpHeaderLength,
  tcpSequence,
  tcpWindow,
} from '../../wire/tcp.js';
import type { Tap } from './capture.js';
import type { Fate } from './conditions.js';
import type { Network } from './network.js';

/** The end that a segment tells of: its number behind the FIN, and what it acknowledges. */
interface Farewell {
  readonly end: number;
  readonly acknowledged: number;
}

/** What many networks, each with one connection, went through: in how many of them each thing happened. */
export class Experience {
  readonly happened: Partial<Record<Fate | 'zero-window' | 'closed-at-once', number>> = {};
  /** The largest share of frames that a wire lost. */
  mostLoss = 0;

  /** Looks at a network from now on; answers what is to be called when it is over. */
  watch(network: Network): () => void {
    const seen = new Set<keyof Experience['happened']>();
    const farewells = new Map<boolean, Farewell>();
    const tap: Tap = (wire, there, _time, bytes, fate) => {
      seen.add(fate);
      const at = wire === 0 ? tcpAt(bytes) : 0;
      if (at === 0) return;
      const flags = tcpFlags(bytes, at);
      if (tcpWindow(bytes, at) === 0 && (flags & TCP_RST) === 0) seen.add('zero-window');
      if ((flags & TCP_FIN) !== 0 && !farewells.has(there)) farewells.set(there, farewell(bytes, at));
    };
    network.taps.push(tap);
    return () => {
      const [one, other] = farewells.values();
      if (one && other && one.acknowledged !== other.end && other.acknowledged !== one.end)
        seen.add('closed-at-once');
      for (const what of seen) this.happened[what] = (this.happened[what] ?? 0) + 1;
      for (const lane of network.wires.flatMap((wire) => wire.lanes))
        this.mostLoss = Math.max(this.mostLoss, lane.conditions.loss);
    };
  }
}

/** Where the TCP header of a frame is; 0: it has none. */
function tcpAt(bytes: Uint8Array): number {
  const type = ethernetType(bytes, 0);
  const at = ETHERNET_HEADER;
  if (type === ETHERTYPE_IPV4 && ipv4Protocol(bytes, at) === PROTOCOL_TCP)
    return at + ipv4HeaderLength(bytes, at);
  return type === ETHERTYPE_IPV6 && ipv6NextHeader(bytes, at) === PROTOCOL_TCP ? at + IPV6_HEADER : 0;
}

function farewell(bytes: Uint8Array, at: number): Farewell {
  const ip = ETHERNET_HEADER;
  const isIpv4 = ethernetType(bytes, 0) === ETHERTYPE_IPV4;
  const end = ip + (isIpv4 ? ipv4TotalLength(bytes, ip) : IPV6_HEADER + ipv6PayloadLength(bytes, ip));
  const payload = end - at - tcpHeaderLength(bytes, at);
  return { end: (tcpSequence(bytes, at) + payload + 1) >>> 0, acknowledged: tcpAcknowledgement(bytes, at) };
}
