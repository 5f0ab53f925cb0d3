import { SendStop } from '../contract/link.js';
import { Errno } from './errno.js';

/** Which `SendStop` an error number of a send is; 0 (no error) is `none`. */
export function sendStop(errno: number): number {
  switch (errno) {
    case 0:
      return SendStop.none;
    case Errno.EAGAIN:
    case Errno.ENOBUFS:
    case Errno.ENOMEM:
      return SendStop.full;
    case Errno.EMSGSIZE:
      return SendStop.tooLong;
    case Errno.ENETDOWN: // the device is not up
    case Errno.ENXIO: // a packet socket whose device was removed
    case Errno.ENODEV:
    case Errno.EIO: // a TAP device that is not up
    case Errno.EBADFD: // a TAP device that was deleted
    case Errno.EBADF:
    case Errno.ENETUNREACH:
    case Errno.EHOSTUNREACH:
      return SendStop.down;
    default:
      return SendStop.refused;
  }
}
