import type { Socket } from 'node:net';
import type { Clock, Random } from '../../../contract/clock.js';
import { addressBytes } from '../inet-text.js';
import type { HostUdpSocket } from '../udp-socket.js';
import type { Line, LineUser, NameServer, ResolverEnvironment } from './contract.js';

/** What of a host carries questions. */
export interface ResolverHost {
  udp(type: 'udp4' | 'udp6'): HostUdpSocket;
  connect(to: { host: string; port: number; noDelay: boolean }): Socket;
}

/** Lets a resolver ask over the UDP and TCP of a host, in real time. */
export function environmentOver(host: ResolverHost, clock: Clock, random: Random): ResolverEnvironment {
  return {
    now: () => clock.now(),
    random,
    after: (micros, work) => {
      const timer = setTimeout(work, Math.ceil(micros / 1000));
      return () => clearTimeout(timer);
    },
    datagrams: (server, user) => datagramLine(host, server, user),
    stream: (server, user) => streamLine(host, server, user),
  };
}

/** One port number, taken by chance, for one question; being connected, it is told by ICMP when nobody listens there. */
function datagramLine(host: ResolverHost, { address, port }: NameServer, user: LineUser): Line {
  const socket = host.udp(addressBytes(address)?.length === 16 ? 'udp6' : 'udp4');
  let isOpen = true;
  socket.on('error', () => user.failed());
  socket.on('message', (bytes: Buffer, from: NameServer) => user.heard(bytes, from));
  socket.connect(port, address);
  return {
    send: (bytes) => void socket.once('connect', () => socket.send(bytes)),
    close: () => {
      if (isOpen) socket.close();
      isOpen = false;
    },
  };
}

function streamLine(host: ResolverHost, server: NameServer, user: LineUser): Line {
  const socket = host.connect({ host: server.address, port: server.port, noDelay: true });
  socket.on('error', () => {}); // `close` follows
  socket.on('close', () => user.failed());
  socket.on('data', (bytes) => user.heard(bytes, server));
  return { send: (bytes) => void socket.write(bytes), close: () => void socket.destroy() };
}
