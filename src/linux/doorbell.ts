import { signalEvent } from './signal-event.js';

/**
 * Words of an engine's doorbell, in shared memory. `sleeps` is 1 while its thread sleeps in poll(2): who brings it work
 * sets it to 0 and signals the event descriptor, whose number is the other word (0: there is none yet).
 */
export const DOORBELL = { sleeps: 0, eventFd: 1 } as const;

export function createDoorbell(): SharedArrayBuffer {
  return new SharedArrayBuffer(8);
}

/** Wakes the engine if it sleeps; from any thread of the process. */
export function ringDoorbell(words: Int32Array): void {
  if (Atomics.load(words, DOORBELL.sleeps) === 0) return;
  if (Atomics.exchange(words, DOORBELL.sleeps, 0) === 1) signalEvent(Atomics.load(words, DOORBELL.eventFd));
}
