import { constants } from 'node:os';

export interface ErrorEnd {
  readonly address: string;
  readonly port: number;
}

/**
 * An error of the kind that `net` gives: `connect ECONNREFUSED 10.0.0.1:80` with code, errno and syscall, and with address and
 * port where it is about those.
 */
export function netError(code: string, syscall: string, end?: ErrorEnd, says = code): NodeJS.ErrnoException {
  const where = end ? ` ${end.address}:${end.port}` : '';
  const number = new Map(Object.entries(constants.errno)).get(code);
  return Object.assign(new Error(`${syscall} ${says}${where}`), {
    ...(number === undefined ? {} : { errno: -number }),
    ...{ code, syscall },
    ...(end ? { address: end.address, port: end.port } : {}),
  });
}

/** What was written, or is to be, goes nowhere. */
export function closedError(beforeConnection: boolean): Error {
  return beforeConnection
    ? Object.assign(new Error('Socket closed before the connection was established'), {
        code: 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION',
      })
    : Object.assign(new Error('Socket is closed'), { code: 'ERR_SOCKET_CLOSED' });
}
