import type { TcpInfo } from '../../../control/host-words.js';
import type { Connection } from '../../../stack/tcp/connection.js';
import { LONGEST_TIMEOUT } from '../../../stack/tcp/round-trip.js';

/** How a connection is doing. */
export function tcpInfo(c: Connection): TcpInfo {
  const { rtt, congestion, board, counts } = c;
  const finite = (value: number) => (Number.isFinite(value) ? value : 0);
  return {
    smoothedRoundTrip: Math.round(rtt.smoothed),
    roundTripVariation: Math.round(rtt.variation),
    leastRoundTrip: finite(rtt.smallest),
    retransmissionTimeout: Math.round(Math.min(rtt.timeout * 2 ** c.backoff, LONGEST_TIMEOUT)),
    congestionWindow: Math.round(congestion.window),
    slowStartThreshold: Number.isFinite(congestion.threshold) ? Math.round(congestion.threshold) : null,
    segmentSize: c.segment,
    peerWindow: c.sndWnd,
    ownWindow: Math.max(0, (c.rcvAdvertised - c.rcvNxt) | 0),
    inFlight: board.inFlight,
    ...{ segmentsIn: counts.segmentsIn, segmentsOut: counts.segmentsOut },
    ...{ bytesIn: counts.bytesIn, bytesOut: counts.bytesOut },
    ...{ retransmitted: counts.retransmitted, duplicates: counts.duplicates },
    congestion: congestion.name,
    options: [
      ...(c.timestamps ? (['timestamps'] as const) : []),
      ...(c.sackAllowed ? (['sack'] as const) : []),
      ...(c.scaling ? (['window-scaling'] as const) : []),
      ...(c.ecn ? (['ecn'] as const) : []),
    ],
  };
}
