import { readU32 } from '../wire/bytes.js';
import { SipHash } from './siphash.js';

const LABEL = 0xf_ffff;
const words = new Int32Array(10);

/**
 * Labels for flows of IPv6 (RFC 6437 §3, seed 001): 20 bits, the same for all packets of a flow, never 0, and not to be
 * guessed without the host's secret. Made by a hash, so that nothing is kept for a flow.
 */
export class FlowLabels {
  private readonly hash: SipHash;

  /** `random` gives numbers in [0, 2^32). */
  constructor(random: () => number) {
    this.hash = new SipHash(random);
  }

  /** Of packets from one end to another; `ports`: both port numbers, or what else tells flows apart, 32 bits. IPv4: 0. */
  of(source: Uint8Array, destination: Uint8Array, protocol: number, ports: number): number {
    if (source.length !== 16) return 0;
    for (let i = 0; i < 4; i++) {
      words[i] = readU32(source, 4 * i);
      words[4 + i] = readU32(destination, 4 * i);
    }
    words[8] = protocol;
    words[9] = ports;
    return this.hash.words(words, words.length) & LABEL || 1;
  }
}
