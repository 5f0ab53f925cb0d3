import type { UdpEnd } from '../../stack/udp/socket.js';
import { addressText } from './inet-text.js';

/** An error as Node's system errors are. */
export function udpError(code: string, syscall: string, at: UdpEnd | null = null): Error {
  const end = at === null ? null : { address: addressText(at.address), port: at.portNumber };
  const where = end === null ? '' : ` ${end.address}:${end.port}`;
  return Object.assign(new Error(`${syscall} ${code}${where}`), { code, syscall, ...end });
}

/** The socket is not in the state for it. */
export function stateError(code: string, text: string): Error {
  return Object.assign(new Error(text), { code });
}
