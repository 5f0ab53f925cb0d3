import { Arena } from './arena.js';
import { errno, libc } from './libc.js';
import { osError } from './os-error.js';

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;

/** Classic BPF, as [code, jt, jf, k]. */
export type FilterProgram = readonly (readonly [number, number, number, number])[];

/** The socket takes only frames that the program accepts, and so many bytes of each as it answers. Throws QuipuError. */
export function attachFilter(fd: number, program: FilterProgram): void {
  const arena = new Arena();
  const code = arena.allocate(8 * program.length);
  for (const [i, [op, jt, jf, k]] of program.entries()) {
    code.view.setUint16(8 * i, op, true);
    code.view.setUint8(8 * i + 2, jt);
    code.view.setUint8(8 * i + 3, jf);
    code.view.setUint32(8 * i + 4, k, true);
  }
  // struct sock_fprog: the length, then, at a pointer's alignment, where the program is.
  const given = arena.allocate(16);
  given.view.setUint16(0, program.length, true);
  given.view.setBigUint64(8, BigInt(code.address), true);
  if (libc().setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, given.address, 16) !== 0) {
    throw osError('cannot attach a filter to a packet socket', errno());
  }
}
