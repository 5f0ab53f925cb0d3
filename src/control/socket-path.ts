import { QuipuError } from '../contract/error.js';

/** Where the daemon listens when nobody says otherwise. */
export const DEFAULT_SOCKET = '/run/quipu.sock';

/**
 * `--socket`, else QUIPU_SOCKET, else the default; for others than root a place in XDG_RUNTIME_DIR, or a name with their
 * number in /tmp.
 */
export function socketPath(
  option: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  uid: number,
): string {
  if (option !== undefined && option !== '') return option;
  const { QUIPU_SOCKET, XDG_RUNTIME_DIR } = environment;
  if (QUIPU_SOCKET) return QUIPU_SOCKET;
  if (uid === 0) return DEFAULT_SOCKET;
  return XDG_RUNTIME_DIR ? `${XDG_RUNTIME_DIR}/quipu.sock` : `/tmp/quipu-${uid}.sock`;
}

/** sun_path of unix(7), its final zero left out. */
const MAX_SOCKET_PATH = 107;

/**
 * Throws QuipuError when no socket can have this path: the system would cut it short without a word. `remedy` says how to have
 * another.
 */
export function checkSocketPath(path: string, remedy: string): void {
  const length = Buffer.byteLength(path);
  if (length > MAX_SOCKET_PATH) {
    throw new QuipuError(
      'bad-request',
      `the socket path ${path} has ${length} bytes, longer than ${MAX_SOCKET_PATH} bytes: ${remedy}`,
    );
  }
}

/** What a host may be called. */
export const HOST_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;

/** Where a host of the daemon at `daemonSocket` listens. A name with a slash is the path of a host's socket itself. */
export function hostSocketPath(daemonSocket: string, name: string): string {
  if (name.includes('/')) return name;
  return `${daemonSocket.replace(/\.sock$/, '')}-host-${name}.sock`;
}
