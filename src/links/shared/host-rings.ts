import { closeEvent, EventFd } from '../../linux/event-fd.js';
import { signalEvent } from '../../linux/signal-event.js';
import { closeRing, createRing } from './ring.js';
import type { Channel } from './shared.js';

/**
 * What a host's link and the node's engine share; a message can carry it to another thread. The host's thread is woken by
 * an event descriptor, which its event loop watches like a device's. Measured (`bench/wake.js`, two cores, from a busy
 * worker at 10,000 frames a second) that takes about half of what a message takes: 5 µs instead of 10 until the
 * frame is read, 8 instead of 13 of the worker's time; Atomics.waitAsync is near the message. And a message would
 * need a port between engine and host: in the daemon both are workers.
 */
export interface HostRings {
  /** Frames towards the host. */
  readonly up: SharedArrayBuffer;
  /** Frames from the host. */
  readonly down: SharedArrayBuffer;
  /** Number of the event descriptor that wakes the host. The end that leaves last closes it. */
  readonly event: number;
  /** Wakes the node's engine. */
  readonly doorbell: SharedArrayBuffer;
  /** See `ENDS`. */
  readonly ends: SharedArrayBuffer;
}

/** `taken` is 1 as soon as somebody is the host's end; `left` counts the ends that will signal and read no more. */
const ENDS = { taken: 0, left: 1 } as const;

export interface HostRingOptions {
  /** Bytes of each ring, a power of two; default 4 MiB. */
  readonly ringBytes?: number;
  /** Most frames that wait in each; default: as many as fit. */
  readonly queueLimit?: number;
}

/** `doorbell` is that of the node's engine. Throws RangeError: sizes. */
export function createHostRings(
  doorbell: SharedArrayBuffer,
  { ringBytes, queueLimit }: HostRingOptions,
): HostRings {
  const size = {
    ...(ringBytes === undefined ? {} : { bytes: ringBytes }),
    ...(queueLimit === undefined ? {} : { frames: queueLimit }),
  };
  const [up, down] = [createRing(size), createRing(size)];
  return { up, down, event: new EventFd().fd, doorbell, ends: new SharedArrayBuffer(8) };
}

/**
 * The node's end as its engine opens it. A host is woken as soon as it sleeps: with 200 µs between wake-ups, as for
 * sockets, answers to pings took two to three times as long on average, and bulk was neither faster nor cheaper.
 */
export function hostChannel(name: string, rings: HostRings): Channel {
  return {
    up: rings.up,
    down: rings.down,
    target: `host ${name}`,
    wakeGap: 0,
    wake: () => signalEvent(rings.event),
    left: () => leaveAsNode(rings),
  };
}

/** Whoever is told true is the host's end, from now on and alone. */
export function takeHostEnd({ ends }: HostRings): boolean {
  return Atomics.exchange(new Int32Array(ends), ENDS.taken, 1) === 0;
}

/** The host's end will not signal or read any more: said by itself, or by who saw its thread end. */
export function leaveAsHost(rings: HostRings): void {
  if (closeRing(rings.down)) leave(rings);
}

/** The node's end likewise, after its ring is closed. When nobody is the host's end by now, nobody will be. */
function leaveAsNode(rings: HostRings): void {
  leave(rings);
  if (takeHostEnd(rings)) leaveAsHost(rings);
}

/** The same for an engine that is no more, or has never opened its end. */
export function endNode(rings: HostRings): void {
  if (!closeRing(rings.up)) return;
  signalEvent(rings.event);
  leaveAsNode(rings);
}

function leave({ ends, event }: HostRings): void {
  if (Atomics.add(new Int32Array(ends), ENDS.left, 1) === 1) closeEvent(event);
}
