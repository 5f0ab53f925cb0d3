import { QuipuError } from '../contract/error.js';

/** Where the daemon listens when nobody says otherwise. */
export const DEFAULT_SOCKET = '/run/quipu.sock';

/** `--socket`, else QUIPU_SOCKET, else the default; without root, a place in XDG_RUNTIME_DIR. */
export function socketPath(
  option: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  root: boolean,
): string {
  if (option !== undefined && option !== '') return option;
  const { QUIPU_SOCKET, XDG_RUNTIME_DIR } = environment;
  if (QUIPU_SOCKET) return QUIPU_SOCKET;
  return root ? DEFAULT_SOCKET : `${XDG_RUNTIME_DIR || '/tmp'}/quipu.sock`;
}

/** sun_path of unix(7), its final zero left out. */
const MAX_SOCKET_PATH = 107;

/** Throws QuipuError when no socket can have this path: the system would cut it short without a word. */
export function checkSocketPath(path: string): void {
  const length = Buffer.byteLength(path);
  if (length > MAX_SOCKET_PATH) {
    throw new QuipuError(
      'bad-request',
      `the socket path ${path} has ${length} bytes, longer than ${MAX_SOCKET_PATH} bytes: choose another with --socket`,
    );
  }
}
