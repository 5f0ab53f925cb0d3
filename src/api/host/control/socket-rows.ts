import type { SocketEndRow, SocketRow } from '../../../control/host-words.js';
import { Connection } from '../../../stack/tcp/connection.js';
import type { Tcp } from '../../../stack/tcp/tcp.js';
import type { Udp } from '../../../stack/udp/udp.js';
import { addressText } from '../inet-text.js';
import { tcpInfo } from './tcp-info.js';

/** Everything that has a port number: who waits for calls, connections, records of TIME-WAIT, UDP sockets. */
export function socketRows(tcp: Tcp, udp: Udp): SocketRow[] {
  const rows: SocketRow[] = [];
  for (const { listener, calls } of tcp.waiting()) {
    rows.push({
      ...{ protocol: 'tcp', state: 'listen', local: endOf(listener.address, listener.port), remote: null },
      ...{ receiveQueue: calls, sendQueue: listener.backlog },
    });
  }
  for (const entry of tcp.connections()) {
    const { localAddress, localPort, remoteAddress, remotePort } = entry.path;
    const ends = { local: endOf(localAddress, localPort), remote: endOf(remoteAddress, remotePort) };
    if (entry instanceof Connection) {
      const queues = { receiveQueue: entry.inbox.readable, sendQueue: entry.queue.length };
      rows.push({ protocol: 'tcp', state: entry.state, ...ends, ...queues, info: tcpInfo(entry) });
    } else rows.push({ protocol: 'tcp', state: 'time-wait', ...ends, receiveQueue: 0, sendQueue: 0 });
  }
  for (const { address, addressLength, portNumber, peer, queue } of udp.sockets()) {
    rows.push({
      ...{ protocol: 'udp', state: 'open' },
      local: endOf(address ?? new Uint8Array(addressLength), portNumber),
      remote: peer === null ? null : endOf(peer.address, peer.portNumber),
      ...{ receiveQueue: queue.payload, sendQueue: 0 },
    });
  }
  return rows;
}

/** Without an address any of either family is meant. */
function endOf(address: Uint8Array | null, port: number): SocketEndRow {
  return { address: address === null ? '::' : addressText(address), port };
}
