import { readTraffic } from '../traffic/read-traffic.js';
import type { TrafficSurroundings } from '../traffic/traffic.js';
import { seededRandom } from './random.js';

/** The first `count` frames of a configuration in hex, its packets taking turns. */
export function trafficFrames(
  text: string,
  count: number,
  surroundings: TrafficSurroundings = { random: seededRandom(1) },
): string[] {
  const { packets } = readTraffic(text, surroundings);
  return Array.from({ length: count }, (_, i) => {
    const packet = packets[i % packets.length];
    const frame = Buffer.from(packet.bytes).toString('hex');
    packet.advance();
    return frame;
  });
}
