import { errno, libc } from './libc.js';
import { osError } from './os-error.js';

/** Bytes of a set of CPUs: room for 8192, as many as Linux may have. */
const SET_BYTES = 1024;

/** The CPUs on which the calling thread may run, in ascending order. Throws QuipuError. */
export function allowedCpus(): number[] {
  const set = new Uint8Array(new ArrayBuffer(SET_BYTES));
  if (libc().schedGetAffinity(0, SET_BYTES, set) < 0) throw osError('cannot ask for the CPUs', errno());
  const cpus: number[] = [];
  for (let cpu = 0; cpu < SET_BYTES * 8; cpu++) {
    if ((set[cpu >> 3] & (1 << (cpu & 7))) !== 0) cpus.push(cpu);
  }
  return cpus;
}

/** Keeps the calling thread on one CPU from now on. Throws QuipuError. */
export function pinThread(cpu: number): void {
  const set = new Uint8Array(new ArrayBuffer(SET_BYTES));
  set[cpu >> 3] = 1 << (cpu & 7);
  if (libc().schedSetAffinity(0, SET_BYTES, set) === 0) return;
  const failed = errno();
  throw osError(`cannot run on CPU ${cpu}`, failed, `this process may use ${allowedCpus().join(', ')}`);
}
