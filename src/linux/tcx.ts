import { release } from 'node:os';
import { QuipuError } from '../contract/error.js';
import { BpfCommand, bpf, checkBpf, loadProgram } from './bpf-call.js';
import { Errno } from './errno.js';
import { libc } from './libc.js';
import { osError } from './os-error.js';

// linux/bpf.h
const BPF_PROG_TYPE_SCHED_CLS = 3;
const BPF_TCX_INGRESS = 46;
/** Without another program to refer to: in front of all. */
const BPF_F_BEFORE = 1 << 3;
const TCX_DROP = 2;

const DROP = [
  [0xb7, 0, 0, 0, TCX_DROP, 0, 0, 0], // r0 = TCX_DROP
  [0x95, 0, 0, 0, 0, 0, 0, 0], // exit
];

/** Holds a device's incoming frames back from the kernel until it is closed or the process dies. */
export interface IngressDrop {
  readonly fd: number;
  /** Lets the kernel have the frames again. Safe to call twice. */
  close(): void;
}

/**
 * Drops every frame that arrives on the device, behind the packet sockets and in front of the kernel's
 * protocols, by a two-instruction program on its TCX hook. Nothing is pinned: the kernel detaches it when
 * the last descriptor is gone, even after SIGKILL. The index is looked up in this thread's namespace.
 * Throws QuipuError no-support (Linux before 6.6), no-privilege, no-device.
 */
export function dropIngress(device: string, interfaceIndex: number): IngressDrop {
  const what = `cannot withhold the frames of ${device} from the kernel`;
  checkBpf(what);
  const programFd = loadProgram({
    type: BPF_PROG_TYPE_SCHED_CLS,
    name: 'quipu_drop',
    code: DROP,
    attachType: BPF_TCX_INGRESS,
  });
  if (programFd < 0) throw refusal(what, -programFd);
  const attribute = [programFd, interfaceIndex, BPF_TCX_INGRESS, BPF_F_BEFORE];
  const fd = bpf(BpfCommand.linkCreate, attribute);
  const c = libc();
  c.close(programFd); // the link holds the program
  if (fd < 0) throw refusal(what, -fd);

  let open = true;
  return {
    fd,
    close() {
      if (open) c.close(fd);
      open = false;
    },
  };
}

function refusal(what: string, failed: number): QuipuError {
  if (failed === Errno.EPERM || failed === Errno.EACCES) {
    return osError(what, failed, 'exclusive use needs root or CAP_BPF and CAP_NET_ADMIN');
  }
  const [major, minor] = release().split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 6)) {
    return new QuipuError(
      'no-support',
      `${what}: it needs Linux 6.6 or newer (TCX), this is ${release()}; open it without exclusive`,
    );
  }
  if (failed === Errno.EINVAL || failed === Errno.ENOSYS) {
    return new QuipuError(
      'no-support',
      `${what}: this kernel was built without bpf(2) or TCX; open it without exclusive`,
    );
  }
  return osError(what, failed);
}
