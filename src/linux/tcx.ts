import { arch, release } from 'node:os';
import { QuipuError } from '../contract/error.js';
import { Arena, highWord, type Region } from './arena.js';
import { Errno } from './errno.js';
import { errno, libc } from './libc.js';
import { osError } from './os-error.js';

// linux/bpf.h
const BPF_PROG_LOAD = 5;
const BPF_LINK_CREATE = 28;
const BPF_PROG_TYPE_SCHED_CLS = 3;
const BPF_TCX_INGRESS = 46;
/** Without another program to refer to: in front of all. */
const BPF_F_BEFORE = 1 << 3;
const TCX_DROP = 2;

const ATTRIBUTE_BYTES = 128;

/** Number of bpf(2) by architecture; the syscall tables differ. */
const callNumbers: Readonly<Record<string, number>> = { x64: 321, arm64: 280, riscv64: 280 };

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
  const bpf = callNumbers[arch()];
  if (bpf === undefined) throw new QuipuError('no-support', `${what}: not known how on ${arch()} processors`);
  const c = libc();
  const { code, license } = dropProgram();
  const load = new Uint32Array(ATTRIBUTE_BYTES / 4);
  load[0] = BPF_PROG_TYPE_SCHED_CLS;
  load[1] = 2;
  load[2] = code.address >>> 0;
  load[3] = highWord(code.address);
  load[4] = license.address >>> 0;
  load[5] = highWord(license.address);
  new Uint8Array(load.buffer).set(Buffer.from('quipu_drop'), 48);
  load[17] = BPF_TCX_INGRESS;
  const programFd = loadProgram(bpf, new Uint8Array(load.buffer));
  if (programFd < 0) throw refusal(what, -programFd);

  const link = new Uint32Array(ATTRIBUTE_BYTES / 4);
  link.set([programFd, interfaceIndex, BPF_TCX_INGRESS, BPF_F_BEFORE]);
  const fd = c.syscall3(bpf, BPF_LINK_CREATE, new Uint8Array(link.buffer), ATTRIBUTE_BYTES);
  const failed = errno();
  c.close(programFd); // the link holds the program
  if (fd < 0) throw refusal(what, failed);

  let open = true;
  return {
    fd,
    close() {
      if (open) c.close(fd);
      open = false;
    },
  };
}

/** A descriptor, or minus an error number. */
function loadProgram(bpf: number, attribute: Uint8Array): number {
  for (let tries = 1; ; tries++) {
    const fd = libc().syscall3(bpf, BPF_PROG_LOAD, attribute, ATTRIBUTE_BYTES);
    const failed = fd < 0 ? errno() : 0;
    // The verifier gives up when a signal waits, that of a profiler for instance.
    if (failed !== Errno.EAGAIN || tries === 10) return failed === 0 ? fd : -failed;
  }
}

interface DropProgram {
  readonly code: Region;
  readonly license: Region;
}

// Made once per thread and kept: the attribute of PROG_LOAD holds their addresses.
const arena = new Arena();
let program: DropProgram | undefined;

function dropProgram(): DropProgram {
  if (program !== undefined) return program;
  const code = arena.allocate(16);
  code.bytes.set([0xb7, 0, 0, 0, TCX_DROP, 0, 0, 0]); // r0 = TCX_DROP
  code.bytes.set([0x95], 8); // exit
  const license = arena.allocate(16);
  license.bytes.set(Buffer.from('Apache-2.0'));
  program = { code, license };
  return program;
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
