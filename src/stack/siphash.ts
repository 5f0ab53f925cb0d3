/**
 * SipHash-2-4 (Aumasson, Bernstein 2012), the lower 32 bits: a keyed hash that nobody can predict without the key. For
 * initial sequence numbers, SYN cookies and hash tables. 64-bit words are pairs of 32-bit ones.
 */
export class SipHash {
  private readonly key: Int32Array;
  /** v0 to v3, low word first. */
  private readonly v = new Int32Array(8);

  /** `random` gives numbers in [0, 2^32): four of them are the key. */
  constructor(random: () => number) {
    this.key = Int32Array.from({ length: 4 }, () => random() | 0);
  }

  /** Hash of `count` 32-bit words; `count` is even. */
  words(words: Int32Array, count: number): number {
    const { v } = this;
    const key = this.key;
    v[0] = key[0] ^ 0x70736575;
    v[1] = key[1] ^ 0x736f6d65;
    v[2] = key[2] ^ 0x6e646f6d;
    v[3] = key[3] ^ 0x646f7261;
    v[4] = key[0] ^ 0x6e657261;
    v[5] = key[1] ^ 0x6c796765;
    v[6] = key[2] ^ 0x79746573;
    v[7] = key[3] ^ 0x74656462;
    for (let i = 0; i < count; i += 2) this.compress(words[i], words[i + 1]);
    // The last word of the message holds nothing but its length in bytes.
    this.compress(0, (count * 4) << 24);
    v[4] ^= 0xff;
    for (let i = 0; i < 4; i++) this.round();
    return v[0] ^ v[2] ^ v[4] ^ v[6];
  }

  private compress(low: number, high: number): void {
    const { v } = this;
    v[6] ^= low;
    v[7] ^= high;
    this.round();
    this.round();
    v[0] ^= low;
    v[1] ^= high;
  }

  private round(): void {
    this.add(0, 2);
    this.rotate(2, 13);
    this.xor(2, 0);
    this.swap(0);
    this.add(4, 6);
    this.rotate(6, 16);
    this.xor(6, 4);
    this.add(0, 6);
    this.rotate(6, 21);
    this.xor(6, 0);
    this.add(4, 2);
    this.rotate(2, 17);
    this.xor(2, 4);
    this.swap(4);
  }

  private add(to: number, from: number): void {
    const { v } = this;
    const low = (v[to] >>> 0) + (v[from] >>> 0);
    v[to] = low;
    v[to + 1] = v[to + 1] + v[from + 1] + (low > 0xffff_ffff ? 1 : 0);
  }

  /** To the left, by less than 32 bits. */
  private rotate(at: number, by: number): void {
    const { v } = this;
    const low = v[at];
    const high = v[at + 1];
    v[at] = (low << by) | (high >>> (32 - by));
    v[at + 1] = (high << by) | (low >>> (32 - by));
  }

  /** By 32 bits. */
  private swap(at: number): void {
    const { v } = this;
    const low = v[at];
    v[at] = v[at + 1];
    v[at + 1] = low;
  }

  private xor(to: number, from: number): void {
    this.v[to] ^= this.v[from];
    this.v[to + 1] ^= this.v[from + 1];
  }
}
