import { libc } from './libc.js';

const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_SNDBUFFORCE = 32;

/**
 * Asks for a send buffer of `bytes`, beyond the system's limit (net.core.wmem_max) where CAP_NET_ADMIN allows it. The kernel
 * counts its own overhead too, and takes no less than some 4 KiB.
 */
export function setSendBuffer(fd: number, bytes: number): void {
  const c = libc();
  const value = Buffer.from(new ArrayBuffer(8));
  // The kernel doubles what it is asked for, to have room for its overhead.
  value.writeInt32LE(Math.max(1, Math.min(0x3fff_ffff, Math.floor(bytes / 2))), 0);
  if (c.setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, value, 4) !== 0) {
    c.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, value, 4);
  }
}
