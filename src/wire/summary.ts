import { layersOf } from './print/layers.js';
import { lineOf } from './print/line.js';

/**
 * One line about the Ethernet frame `bytes[start … start + length)`, for traces and logs, such as
 * `ARP who-has 10.0.0.1 tell 10.0.0.2` or `IPv4 10.0.0.1:80 > 10.0.0.2:3333 TCP SA seq 1 ack 2 win 100 len 0`.
 * `wireLength`: its length on the wire, when it was captured in part.
 */
export function summarize(bytes: Uint8Array, start: number, length: number, wireLength = length): string {
  return lineOf(layersOf(bytes, start, length, { wireLength }));
}
