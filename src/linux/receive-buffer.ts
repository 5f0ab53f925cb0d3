import { libc } from './libc.js';

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;

/**
 * Asks for a receive buffer beyond the system's limit (net.core.rmem_max), which takes CAP_NET_ADMIN,
 * and within it without. Answers the bytes that the kernel granted; it counts its own overhead too.
 */
export function growReceiveBuffer(fd: number, bytes: number): number {
  const c = libc();
  const value = Buffer.from(new ArrayBuffer(8));
  // The kernel doubles what it is asked for, to have room for its overhead.
  value.writeInt32LE(Math.max(1, Math.floor(bytes / 2)), 0);
  if (c.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, value, 4) !== 0) {
    c.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, value, 4);
  }
  const length = Buffer.from(new ArrayBuffer(8));
  length.writeUInt32LE(4, 0);
  return c.getsockopt(fd, SOL_SOCKET, SO_RCVBUF, value, length) === 0 ? value.readInt32LE(0) : 0;
}
