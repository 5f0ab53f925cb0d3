import { release } from 'node:os';
import { QuipuError } from '../contract/error.js';
import { BpfCommand, bpf, checkBpf, loadProgram, updateMap } from './bpf-call.js';
import { Errno } from './errno.js';
import { libc } from './libc.js';
import { osError } from './os-error.js';

// linux/bpf.h
const BPF_MAP_TYPE_XSKMAP = 17;
const BPF_PROG_TYPE_XDP = 6;
const BPF_XDP = 37;
const BPF_FUNC_REDIRECT_MAP = 51;
const XDP_PASS = 2;
/** In struct xdp_md. */
const RX_QUEUE_INDEX = 16;
// linux/if_link.h
const XDP_FLAGS_SKB_MODE = 2;
const XDP_FLAGS_DRV_MODE = 4;

/** Brings a device's incoming frames to an AF_XDP socket until it is closed or the process dies. */
export interface XdpRedirect {
  /** Lets the kernel have the frames again. Safe to call twice. */
  close(): void;
}

/**
 * Attaches a program that hands the frames of the device's queue 0 to the AF_XDP socket, and those of other queues to
 * the kernel: in the driver where it can do that. Nothing is pinned: the kernel detaches it when the last descriptor is
 * gone, even after SIGKILL. The index is looked up in this thread's namespace. Throws QuipuError no-support (Linux
 * before 5.9), no-privilege, no-device, in-use, link-failed.
 */
export function redirectTo(socketFd: number, device: string, interfaceIndex: number): XdpRedirect {
  const what = `cannot take the frames of ${device} by XDP`;
  checkBpf(what);
  const c = libc();
  // One entry of four-byte keys and values: queue 0, the socket.
  const mapFd = bpf(BpfCommand.mapCreate, [BPF_MAP_TYPE_XSKMAP, 4, 4, 1]);
  if (mapFd < 0) throw refusal(what, device, -mapFd);
  let programFd = -1;
  try {
    const put = updateMap(mapFd, 0, socketFd);
    if (put < 0) throw refusal(what, device, -put);
    programFd = loadProgram({ type: BPF_PROG_TYPE_XDP, name: 'quipu_xdp', code: redirect(mapFd) });
    if (programFd < 0) throw refusal(what, device, -programFd);
    return attach(programFd, mapFd, what, device, interfaceIndex);
  } catch (error) {
    c.close(mapFd);
    throw error;
  } finally {
    if (programFd >= 0) c.close(programFd); // the link holds the program
  }
}

function attach(programFd: number, mapFd: number, what: string, device: string, index: number): XdpRedirect {
  const link = (mode: number) => bpf(BpfCommand.linkCreate, [programFd, index, BPF_XDP, mode]);
  let fd = link(XDP_FLAGS_DRV_MODE);
  // A driver that knows nothing of XDP: later then, in front of the kernel's protocols (generic XDP).
  if (fd === -Errno.EOPNOTSUPP) fd = link(XDP_FLAGS_SKB_MODE);
  if (fd < 0) throw refusal(what, device, -fd);
  let open = true;
  return {
    close() {
      if (!open) return;
      open = false;
      libc().close(fd);
      libc().close(mapFd);
    },
  };
}

/** Calls bpf_redirect_map(map, the frame's queue, XDP_PASS) and answers what it answers. */
function redirect(mapFd: number): readonly (readonly number[])[] {
  const fd = [mapFd & 0xff, (mapFd >> 8) & 0xff, (mapFd >> 16) & 0xff, mapFd >>> 24];
  return [
    [0x61, 0x12, RX_QUEUE_INDEX, 0, 0, 0, 0, 0], // r2 = context.rx_queue_index
    [0x18, 0x11, 0, 0, ...fd], // r1 = the map of this descriptor, in two halves
    [0, 0, 0, 0, 0, 0, 0, 0],
    [0xb7, 0x03, 0, 0, XDP_PASS, 0, 0, 0], // r3: what to answer when the map has no socket
    [0x85, 0, 0, 0, BPF_FUNC_REDIRECT_MAP, 0, 0, 0],
    [0x95, 0, 0, 0, 0, 0, 0, 0], // exit
  ];
}

function refusal(what: string, device: string, failed: number): QuipuError {
  switch (failed) {
    case Errno.EPERM:
    case Errno.EACCES:
      return osError(what, failed, 'it needs root or CAP_NET_ADMIN and CAP_BPF');
    case Errno.EBUSY:
    case Errno.EEXIST: {
      const remedy = `"bpftool net" or "ip link show ${device}" names it: take it off, or use another io`;
      return new QuipuError('in-use', `${what}: the device has an XDP program already; ${remedy}`);
    }
    case Errno.ERANGE:
      return osError(what, failed, `at most 3000 is safe: ip link set dev ${device} mtu 1500, its peer too`);
    case Errno.EINVAL:
    case Errno.ENOSYS:
    case Errno.EOPNOTSUPP:
      return new QuipuError(
        'no-support',
        `${what}: the device or this kernel (${release()}) cannot; it needs Linux 5.9 or newer with bpf(2) and AF_XDP; use another io`,
      );
    default:
      return osError(what, failed);
  }
}
