const GOLDEN = 0x9e3779b9;

/**
 * Random numbers that a seed determines (xorshift128 of Marsaglia, 2003, its state filled by a mixing counter): good
 * enough for traffic, of no use for secrets.
 */
export class Chance {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;

  constructor(seed: number) {
    this.restart(seed, 0);
  }

  /** From the beginning of another sequence: `stream` tells those of one seed apart. */
  restart(seed: number, stream: number): void {
    let state = (Math.imul(seed, GOLDEN) + Math.imul(stream, 0x85ebca6b)) | 0;
    const word = () => {
      state = (state + GOLDEN) | 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    };
    this.a = word();
    this.b = word();
    this.c = word();
    this.d = word() | 1; // a state of zeros only would stay so
  }

  /** In [0, 2^32). */
  next(): number {
    const t = this.a ^ (this.a << 11);
    this.a = this.b;
    this.b = this.c;
    this.c = this.d;
    this.d = this.d ^ (this.d >>> 19) ^ t ^ (t >>> 8);
    return this.d >>> 0;
  }
}
