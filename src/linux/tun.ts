import { QuipuError } from '../contract/error.js';
import { Errno } from './errno.js';
import { errno, libc } from './libc.js';
import { deviceNameFault, NetDevices } from './netdev.js';
import { osError } from './os-error.js';

const O_RDWR_NONBLOCK_CLOEXEC = 0x2 | 0x800 | 0x80000;
// linux/if_tun.h
const TUNSETIFF = 0x400454ca;
const TUNGETIFF = 0x800454d2;
const IFF_TUN = 0x1;
const IFF_TAP = 0x2;
const IFF_NO_PI = 0x1000;

/** A device of ours: what the kernel sends through it is read from the descriptor, and the other way round. */
export interface TunDevice {
  readonly fd: number;
  readonly name: string;
}

/**
 * Makes a TAP (Ethernet frames) or TUN (IP packets) device in this thread's namespace, down and with a
 * random address. It vanishes with its descriptor. Throws QuipuError: name-taken, no-privilege,
 * no-support, bad-config.
 */
export function openTun(kind: 'tap' | 'tun', name: string): TunDevice {
  const fault = deviceNameFault(name);
  if (fault) throw new QuipuError('bad-config', `${JSON.stringify(name)} cannot name a device: it ${fault}`);
  // TUNSETIFF would join an existing persistent device: ours are always new.
  const devices = new NetDevices();
  const taken = devices.indexOrZero(name) !== 0;
  devices.close();
  if (taken) throw new QuipuError('name-taken', `there is a device ${name} already; choose another name`);
  const c = libc();
  const fd = c.open('/dev/net/tun', O_RDWR_NONBLOCK_CLOEXEC, 0);
  if (fd < 0) {
    const failed = errno();
    if (failed === Errno.ENOENT || failed === Errno.ENODEV || failed === Errno.ENXIO) {
      throw new QuipuError(
        'no-support',
        `cannot make ${kind} device ${name}: no /dev/net/tun; load it with \`modprobe tun\``,
      );
    }
    throw osError(`cannot open /dev/net/tun for ${name}`, failed);
  }
  const request = requestFor(name);
  request.writeUInt16LE((kind === 'tap' ? IFF_TAP : IFF_TUN) | IFF_NO_PI, 16);
  if (c.ioctl(fd, TUNSETIFF, request) !== 0) {
    const failed = errno();
    c.close(fd);
    throw osError(
      `cannot make ${kind} device ${name}`,
      failed,
      failed === Errno.EPERM ? 'it needs root or CAP_NET_ADMIN' : '',
    );
  }
  return { fd, name };
}

/** Name that the descriptor's device has now; null when the device was deleted. */
export function tunName(fd: number): string | null {
  const request = requestFor('');
  if (libc().ioctl(fd, TUNGETIFF, request) !== 0) return null;
  const end = request.indexOf(0);
  return request.toString('utf8', 0, end < 0 || end > 16 ? 16 : end);
}

function requestFor(name: string): Buffer {
  const request = Buffer.from(new ArrayBuffer(40));
  request.write(name, 0, 15, 'utf8');
  return request;
}
