import type { UdpEnd } from '../../stack/udp/socket.js';
import { addressText } from './inet-text.js';
import { netError } from './net-errors.js';

/** An error as `dgram` gives it, with the end that it is about. */
export function udpError(code: string, syscall: string, at: UdpEnd | null = null): Error {
  const end = at === null ? undefined : { address: addressText(at.address), port: at.portNumber };
  return netError(code, syscall, end);
}

/** The socket is not in the state for it. */
export function stateError(code: string, text: string): Error {
  return Object.assign(new Error(text), { code });
}
