import { writeSync } from 'node:fs';

const one = new Uint8Array(new BigUint64Array([1n]).buffer);

/** Signals an event descriptor by its number; works in any thread of the process and needs no FFI. */
export function signalEvent(fd: number): void {
  writeSync(fd, one);
}
