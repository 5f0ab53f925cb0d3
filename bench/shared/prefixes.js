// A routing table such as the Internet's: prefixes of all lengths, most of them of 24 bits, many inside others.

/** Shares in percent, by length of the prefix. */
export const SHARES = { 24: 60, 23: 9, 22: 10, 21: 5, 20: 5, 19: 3, 18: 2, 17: 1, 16: 2, 28: 1, 32: 2 };
/** Ports of a `route` block. */
const PORTS = 64;

/**
 * @param {number} count
 * @returns {{ text: string, networks: Uint32Array, lengths: Uint8Array }} all distinct; the i-th leads to port i modulo 64
 */
export function makePrefixes(count) {
  const next = numbers(20261120);
  const lengthsByShare = Object.entries(SHARES).flatMap(([length, share]) =>
    Array(share).fill(Number(length)),
  );
  const networks = new Uint32Array(count);
  const lengths = new Uint8Array(count);
  const seen = new Set();
  const lines = [];
  for (let i = 0; i < count; ) {
    const length = lengthsByShare[next() % lengthsByShare.length];
    // 1.0.0.0 to 223.255.255.255
    const network = ((0x01000000 + (next() % 0xdf000000)) & (-1 << (32 - length))) >>> 0;
    const key = network * 64 + length;
    if (network < 0x01000000 || seen.has(key)) continue;
    seen.add(key);
    networks[i] = network;
    lengths[i] = length;
    lines.push(`${dotted(network)}/${length} port ${i % PORTS}`);
    i++;
  }
  return { text: lines.join('\n'), networks, lengths };
}

/** Longest match the slow way, to check with: port, or -1. @param {ReturnType<typeof makePrefixes>} table */
export function reference({ networks, lengths }) {
  /** @type {Map<number, number>} */
  const ports = new Map();
  for (let i = 0; i < networks.length; i++) ports.set(networks[i] * 64 + lengths[i], i % PORTS);
  return (/** @type {number} */ address) => {
    for (let length = 32; length >= 8; length--) {
      const port = ports.get(((address & (-1 << (32 - length))) >>> 0) * 64 + length);
      if (port !== undefined) return port;
    }
    return -1;
  };
}

/** @param {number} address */
function dotted(address) {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** xorshift32. @param {number} seed @returns {() => number} */
export function numbers(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
