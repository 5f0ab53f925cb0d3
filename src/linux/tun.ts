import { QuipuError } from '../contract/error.js';
import { VNET_HEADER } from '../wire/virtio-net.js';
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
const IFF_VNET_HDR = 0x4000;
const TUNSETOFFLOAD = 0x400454d0;
const TUNSETVNETHDRSZ = 0x400454d8;
/** Checksums and TCP segments are ours to finish: TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6, TUN_F_TSO_ECN. */
const OFFLOADS = 0x01 | 0x02 | 0x04 | 0x08;

/** A device of ours: what the kernel sends through it is read from the descriptor, and the other way round. */
export interface TunDevice {
  readonly fd: number;
  readonly name: string;
}

/**
 * Makes a TAP (Ethernet frames) or TUN (IP packets) device in this thread's namespace, down and with a
 * random address. With `offload` every frame has a virtio-net header in front. It vanishes with its descriptor. Throws QuipuError: name-taken, no-privilege,
 * no-support, bad-config.
 */
export function openTun(kind: 'tap' | 'tun', name: string, offload = false): TunDevice {
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
  const flags = (kind === 'tap' ? IFF_TAP : IFF_TUN) | IFF_NO_PI | (offload ? IFF_VNET_HDR : 0);
  request.writeUInt16LE(flags, 16);
  if (c.ioctl(fd, TUNSETIFF, request) !== 0) {
    const failed = errno();
    c.close(fd);
    throw osError(
      `cannot make ${kind} device ${name}`,
      failed,
      failed === Errno.EPERM ? 'it needs root or CAP_NET_ADMIN' : '',
    );
  }
  if (offload) takeUnfinished(fd, name);
  return { fd, name };
}

/** Lets the kernel hand over frames of up to 64 KiB, and checksums that are not made yet. */
function takeUnfinished(fd: number, name: string): void {
  const c = libc();
  const size = Buffer.from(new ArrayBuffer(4));
  size.writeInt32LE(VNET_HEADER, 0);
  if (c.ioctl(fd, TUNSETVNETHDRSZ, size) === 0 && c.ioctl(fd, TUNSETOFFLOAD, OFFLOADS) === 0) return;
  const failed = errno();
  c.close(fd);
  throw osError(`device ${name} takes no offloads`, failed, 'leave the option offload away');
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
