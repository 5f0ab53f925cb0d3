import dgram from 'node:dgram';
import type { QuipuHost } from '../host/host.js';
import type { UdpSocketOptions } from '../host/udp-socket.js';

/** From now on `dgram.createSocket` makes sockets of the host. */
export function mapDgram(host: QuipuHost): void {
  const createSocket = (given: UdpSocketOptions['type'] | UdpSocketOptions, listener?: () => void) => {
    const socket = host.udp(typeof given === 'string' ? { type: given } : given);
    if (listener) socket.on('message', listener);
    return socket;
  };
  dgram.createSocket = createSocket as unknown as typeof dgram.createSocket;
}
