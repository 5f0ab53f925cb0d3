import { QuipuError } from '../../contract/error.js';

/** Most entries of a table, four bytes each. */
const LIMIT = 1 << 28;
const ROOT = 1 << 16;

/** Routes as they were read: one place in each array for each. */
export interface RouteList {
  readonly count: number;
  /** Network, host order, bits behind the prefix 0. */
  readonly networks: Int32Array;
  /** Bits of the prefix, 0 to 32. */
  readonly lengths: Uint8Array;
  /** What an address under the prefix leads to, 1 or more. */
  readonly hops: Int32Array;
}

/**
 * A trie in one array, looked through in at most four steps of 16, 8, 4 and 4 bits of the address. An entry is 0 (no
 * route), a hop (above 0), or minus the place where the node for the next bits begins. Most prefixes of the Internet have at most
 * 24 bits: two steps. Nodes below that are small, so that a million single addresses take hundreds, not thousands, of megabytes.
 */
class TrieBuilder {
  entries = new Int32Array(2 * ROOT);
  used = ROOT;

  /** Routes must come with the shorter prefixes first: then a prefix never covers a node. */
  insert(network: number, length: number, hop: number): void {
    if (length <= 16) {
      const from = network >>> 16;
      this.entries.fill(hop, from, from + (1 << (16 - length)));
      return;
    }
    let node = this.below(network >>> 16, 256);
    if (length <= 24) {
      const from = node + ((network >>> 8) & 255);
      this.entries.fill(hop, from, from + (1 << (24 - length)));
      return;
    }
    node = this.below(node + ((network >>> 8) & 255), 16);
    if (length <= 28) {
      const from = node + ((network >>> 4) & 15);
      this.entries.fill(hop, from, from + (1 << (28 - length)));
      return;
    }
    node = this.below(node + ((network >>> 4) & 15), 16);
    const from = node + (network & 15);
    this.entries.fill(hop, from, from + (1 << (32 - length)));
  }

  /** The node that an entry leads to; made, and filled with what the entry was, if there is none. */
  private below(at: number, size: number): number {
    const entry = this.entries[at];
    if (entry < 0) return -entry;
    const node = this.used;
    this.used += size;
    if (this.used > LIMIT)
      throw new QuipuError('limit', `routes: their table would take more than ${(LIMIT * 4) >> 20} MiB`);
    if (this.used > this.entries.length) {
      const larger = new Int32Array(Math.min(LIMIT, 2 * this.entries.length));
      larger.set(this.entries);
      this.entries = larger;
    }
    this.entries.fill(entry, node, node + size);
    this.entries[at] = -node;
    return node;
  }
}

/** The table for these routes; of equal prefixes the last counts. Throws QuipuError `limit`. */
export function buildTable(routes: RouteList): Int32Array {
  const { count, networks, lengths, hops } = routes;
  const from = new Int32Array(34);
  for (let i = 0; i < count; i++) from[lengths[i] + 1]++;
  for (let length = 1; length < 34; length++) from[length] += from[length - 1];
  const order = new Int32Array(count);
  for (let i = 0; i < count; i++) order[from[lengths[i]]++] = i;
  const trie = new TrieBuilder();
  for (let n = 0; n < count; n++) {
    const i = order[n];
    trie.insert(networks[i], lengths[i], hops[i]);
  }
  return trie.entries.slice(0, trie.used);
}
