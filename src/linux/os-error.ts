import { type ErrorCode, QuipuError } from '../contract/error.js';
import { Errno, errnoText } from './errno.js';

/**
 * The QuipuError for a refused system call: one sentence made of what was tried, why it failed and,
 * where one is known, the remedy. `what` reads like `cannot open device eth0`.
 */
export function osError(what: string, errno: number, remedy = ''): QuipuError {
  const code = codeOf(errno);
  const advice =
    remedy || (code === 'no-privilege' ? 'run it as root or with CAP_NET_RAW and CAP_NET_ADMIN' : '');
  return new QuipuError(code, `${what}: ${errnoText(errno)}${advice ? `; ${advice}` : ''}`);
}

function codeOf(errno: number): ErrorCode {
  switch (errno) {
    case Errno.EPERM:
    case Errno.EACCES:
      return 'no-privilege';
    case Errno.ENODEV:
    case Errno.ENXIO:
      return 'no-device';
    case Errno.ENOSYS:
    case Errno.ENOPROTOOPT:
    case Errno.EPROTONOSUPPORT:
    case Errno.EOPNOTSUPP:
    case Errno.EAFNOSUPPORT:
      return 'no-support';
    default:
      return 'link-failed';
  }
}
