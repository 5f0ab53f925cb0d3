import type { SocketEndRow, SocketRow, TcpInfo } from '../../../control/host-words.js';
import { table } from '../../shared/table.js';

/** How ss(8) calls a state, where that is not our own word in capitals. */
const STATES: Readonly<Record<string, string>> = {
  established: 'ESTAB',
  'syn-received': 'SYN-RECV',
  open: 'UNCONN',
};

/** The columns of ss(8); with `info` a line for each connection about what TCP knows of it. */
export function socketsText(rows: readonly SocketRow[], info: boolean): string {
  const head = ['Netid', 'State', 'Recv-Q', 'Send-Q', 'Local Address:Port', 'Peer Address:Port'];
  const cells = rows.map((row) => [
    ...[row.protocol, stateText(row), `${row.receiveQueue}`, `${row.sendQueue}`],
    ...[endText(row.local), row.remote === null ? '*:*' : endText(row.remote)],
  ]);
  const lines = table([head, ...cells], ['left', 'left', 'right', 'right']).split('\n');
  return lines
    .map((line, i) => {
      const known = i === 0 ? undefined : rows[i - 1]?.info;
      return info && known ? `${line}\n${infoText(known)}` : line;
    })
    .join('\n');
}

function stateText({ state, remote }: SocketRow): string {
  if (state === 'open' && remote !== null) return STATES.established;
  return STATES[state] ?? state.toUpperCase();
}

function endText({ address, port }: SocketEndRow): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What ss -i says, by the names that it has for it: times in milliseconds, sizes in bytes, windows in segments. */
export function infoText(info: TcpInfo): string {
  const millis = (micros: number) => (micros / 1000).toFixed(3).replace(/\.?0+$/, '');
  const segments = (bytes: number) => Math.round(bytes / info.segmentSize);
  const words: readonly [string, string | number | null][] = [
    ['rtt', `${millis(info.smoothedRoundTrip)}/${millis(info.roundTripVariation)}`],
    ['minrtt', millis(info.leastRoundTrip)],
    ['rto', millis(info.retransmissionTimeout)],
    ['mss', info.segmentSize],
    ['cwnd', segments(info.congestionWindow)],
    ['ssthresh', info.slowStartThreshold === null ? null : segments(info.slowStartThreshold)],
    ['bytes_sent', info.bytesOut],
    ['bytes_received', info.bytesIn],
    ['segs_out', info.segmentsOut],
    ['segs_in', info.segmentsIn],
    ['unacked', segments(info.inFlight) || null],
    ['retrans', info.retransmitted || null],
    ['dsack_dups', info.duplicates || null],
    ['snd_wnd', info.peerWindow],
    ['rcv_wnd', info.ownWindow],
  ];
  const told = words.flatMap(([name, value]) => (value === null ? [] : [`${name}:${value}`]));
  const options = info.options.map((name) => OPTIONS[name]);
  return `\t ${[...options, info.congestion, ...told].join(' ')}`;
}

const OPTIONS = { timestamps: 'ts', sack: 'sack', 'window-scaling': 'wscale', ecn: 'ecn' } as const;
