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
