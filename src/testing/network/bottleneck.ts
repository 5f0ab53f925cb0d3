import { addressOf, giveAddress } from './addresses.js';
import type { Network } from './network.js';
import type { Station } from './station.js';
import type { Wire } from './wire.js';

/** Hosts that send to one host, and the narrow wire in front of it. */
export interface Bottleneck {
  readonly senders: readonly Station[];
  readonly receiver: Station;
  readonly wire: Wire;
}

/**
 * Hosts that all send to one through the same narrow wire. `rate` in bytes per second; `delay`: microseconds one way;
 * `queue`: bytes that wait in front of it.
 */
export function bottleneck(
  network: Network,
  senders: number,
  { rate, delay, queue }: { readonly rate: number; readonly delay: number; readonly queue: number },
): Bottleneck {
  const near = network.switch('near');
  const stations: Station[] = [];
  for (let i = 0; i < senders; i++) {
    const station = network.station(`sender${i}`, { frames: 2048 });
    // Each a little different, as real hosts are: in lockstep always the same one would meet the full queue.
    network.join(station, near, { jitter: 20 });
    giveAddress(station, i + 1);
    stations.push(station);
  }
  const receiver = network.station('receiver', { frames: 2048 });
  const wire = network.join(near, receiver, { rate, delay, queue });
  giveAddress(receiver, senders + 1);
  return { senders: stations, receiver, wire };
}

/** Address of the one to whom `senders` hosts send. */
export function receiverAddress(senders: number): Uint8Array {
  return addressOf(senders + 1);
}
