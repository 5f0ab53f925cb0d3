import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Passes bytes between a client's connection and a host's socket: each direction with an end of its own, no faster than they
 * are taken. Who is cut off cuts the other off: the client by the end of its connection, the host's peer by a reset; a client
 * that goes after its end closes the socket. Both must allow half-open ends.
 */
export function join(client: Duplex, socket: Socket): void {
  client.pipe(socket);
  socket.pipe(client);
  whenCutOff(client, () => {
    if (client.readableEnded) socket.destroy();
    else cutOff(socket);
  });
  whenCutOff(socket, () => client.destroy());
}

/** Ends a socket by a reset, so that its peer does not take what it has for all. */
export function cutOff(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}

function whenCutOff(stream: Duplex, work: () => void): void {
  stream.on('error', work);
  stream.on('close', () => {
    if (!stream.readableEnded || !stream.writableFinished) work();
  });
}
