import { addressOf, errno, libc, memoryAt } from './libc.js';
import { osError } from './os-error.js';

const PROT_READ_WRITE = 1 | 2;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
const EMPTY = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

/**
 * Zeroed memory that begins at a page's border and stays where it is until the process ends: rings of the kernel's can
 * be mapped over parts of it. Pages exist from their first use on. Null when the system gives none.
 */
export function reserveMemory(bytes: number): ArrayBuffer | null {
  const address = libc().mmap(null, bytes, PROT_READ_WRITE, EMPTY, -1, 0);
  return address === -1 ? null : memoryAt(address, bytes);
}

/** Gives the pages of a `reserveMemory` back. Its addresses stay taken: whoever still reads there reads zeros. */
export function emptyMemory(memory: ArrayBufferLike): void {
  unmapOver(memory, 0, memory.byteLength);
}

/** Maps `length` bytes of a descriptor, from `from` on, over memory of `reserveMemory`. Throws QuipuError. */
export function mapOver(memory: ArrayBufferLike, offset: number, length: number, fd: number, from = 0): void {
  map(memory, offset, length, MAP_SHARED | MAP_FIXED, fd, from);
}

/** Puts empty pages there again. Throws QuipuError. */
export function unmapOver(memory: ArrayBufferLike, offset: number, length: number): void {
  map(memory, offset, length, EMPTY | MAP_FIXED, -1, 0);
}

function map(
  memory: ArrayBufferLike,
  offset: number,
  length: number,
  flags: number,
  fd: number,
  from: number,
): void {
  const at = libc().mmap(addressOf(memory) + offset, length, PROT_READ_WRITE, flags, fd, from);
  if (at === -1) throw osError(`cannot map ${length} bytes`, errno());
}
