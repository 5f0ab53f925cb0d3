import { expect, test } from 'vitest';
import type { SocketRow, TcpInfo } from '../../../control/host-words.js';
import { infoText, socketsText } from './sockets-text.js';

const info: TcpInfo = {
  ...{
    smoothedRoundTrip: 1500,
    roundTripVariation: 250,
    leastRoundTrip: 1000,
    retransmissionTimeout: 201_500,
  },
  ...{
    congestionWindow: 14_600,
    slowStartThreshold: null,
    segmentSize: 1460,
    peerWindow: 65_535,
    ownWindow: 262_144,
  },
  ...{
    inFlight: 2920,
    segmentsIn: 7,
    segmentsOut: 9,
    bytesIn: 10,
    bytesOut: 5000,
    retransmitted: 0,
    duplicates: 1,
  },
  ...{ congestion: 'cubic', options: ['timestamps', 'sack', 'window-scaling'] },
};

const rows: SocketRow[] = [
  {
    ...{ protocol: 'tcp', state: 'listen', local: { address: '::', port: 80 }, remote: null },
    ...{ receiveQueue: 1, sendQueue: 511 },
  },
  {
    ...{ protocol: 'tcp', state: 'established', local: { address: '10.0.0.2', port: 80 } },
    ...{ remote: { address: '10.0.0.1', port: 40_000 }, receiveQueue: 0, sendQueue: 2920, info },
  },
  {
    ...{ protocol: 'udp', state: 'open', local: { address: '0.0.0.0', port: 53 }, remote: null },
    ...{ receiveQueue: 0, sendQueue: 0 },
  },
];

test('sockets in the columns of ss', () => {
  expect(socketsText(rows, false)).toBe(`\
Netid  State   Recv-Q  Send-Q  Local Address:Port  Peer Address:Port
tcp    LISTEN       1     511  [::]:80             *:*
tcp    ESTAB        0    2920  10.0.0.2:80         10.0.0.1:40000
udp    UNCONN       0       0  0.0.0.0:53          *:*
`);
  expect(socketsText(rows, true).split('\n')[3]).toBe(infoText(info));
});

test('what TCP knows, by the names of ss', () => {
  expect(infoText(info)).toBe(
    '\t ts sack wscale cubic rtt:1.5/0.25 minrtt:1 rto:201.5 mss:1460 cwnd:10 bytes_sent:5000 bytes_received:10' +
      ' segs_out:9 segs_in:7 unacked:2 dsack_dups:1 snd_wnd:65535 rcv_wnd:262144',
  );
});
