import dgram from 'node:dgram';
import type { QuipuHost } from '../host/host.js';

/** From now on `dgram.createSocket` makes sockets of the host. */
export function mapDgram(host: QuipuHost): void {
  dgram.createSocket = host.udp.bind(host) as unknown as typeof dgram.createSocket;
}
