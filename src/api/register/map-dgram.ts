import dgram from 'node:dgram';
import type { QuipuHost } from '../host/host.js';
import type { HostUdpSocket, UdpSocketOptions } from '../host/udp-socket.js';

/** From now on `dgram.createSocket` makes sockets of the host. */
export function mapDgram(host: QuipuHost): void {
  const createSocket = (given: UdpSocketOptions['type'] | UdpSocketOptions, listener?: () => void) => {
    const socket = host.udp(typeof given === 'string' ? { type: given } : given);
    if (listener) socket.on('message', listener);
    keepAlive(host, socket);
    return socket;
  };
  dgram.createSocket = createSocket as unknown as typeof dgram.createSocket;
}

/** A socket that is bound keeps the process alive, unless it was told not to. */
function keepAlive(host: QuipuHost, socket: HostUdpSocket): void {
  const { driver } = host.sockets;
  let [isBound, isReferenced] = [false, true];
  const settle = () => {
    if (isBound && isReferenced) driver.hold(socket);
    else driver.letGo(socket);
  };
  const set = (on: boolean) => {
    isReferenced = on;
    settle();
    return socket;
  };
  Object.assign(socket, { ref: () => set(true), unref: () => set(false) });
  socket.once('listening', () => {
    isBound = true;
    settle();
  });
  socket.once('close', () => {
    isBound = false;
    settle();
  });
}
