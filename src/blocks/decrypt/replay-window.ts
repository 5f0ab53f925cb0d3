/** Sequence numbers behind the highest one that are still taken. */
export const REPLAY_WINDOW = 1024;

const SENDERS = 16;
/** Twice the window in bits, so that a word that is cleared for new numbers holds none that still count (RFC 6479 §2). */
const WORDS = (2 * REPLAY_WINDOW) / 32;
const NONE = -1;

/**
 * Which sequence numbers have come, by the salt of their sender: a ring of bits each (RFC 6479). Sixteen senders are
 * remembered. For one more the one that was silent for longest is forgotten; as sequence numbers grow with the
 * clock, a salt that is not known must come with a higher one than any that was forgotten.
 */
export class ReplayWindows {
  private readonly salts = new Uint32Array(SENDERS);
  private readonly highest = new Float64Array(SENDERS).fill(NONE);
  private readonly lastUse = new Float64Array(SENDERS);
  private readonly bits = new Uint32Array(SENDERS * WORDS);
  private uses = 0;
  private floor = NONE;

  /** Senders that are remembered. */
  get senders(): number {
    return this.highest.reduce((count, each) => count + (each === NONE ? 0 : 1), 0);
  }

  /** True when this number may still come. */
  isFresh(salt: number, sequence: number): boolean {
    const sender = this.find(salt);
    if (sender < 0) return sequence > this.floor;
    const highest = this.highest[sender];
    if (sequence > highest) return true;
    if (highest - sequence >= REPLAY_WINDOW) return false;
    return ((this.bits[sender * WORDS + wordOf(sequence)] >>> (sequence % 32)) & 1) === 0;
  }

  /** Notes a number that has come; only once the frame has proved to be its sender's. */
  note(salt: number, sequence: number): void {
    const known = this.find(salt);
    const sender = known < 0 ? this.begin(salt, sequence) : known;
    const base = sender * WORDS;
    const highest = this.highest[sender];
    if (sequence > highest) {
      const first = Math.floor(highest / 32) + 1;
      const last = Math.floor(sequence / 32);
      if (last - first >= WORDS - 1) this.bits.fill(0, base, base + WORDS);
      else for (let word = first; word <= last; word++) this.bits[base + (word % WORDS)] = 0;
      this.highest[sender] = sequence;
    }
    this.bits[base + wordOf(sequence)] |= 1 << (sequence % 32);
    this.lastUse[sender] = ++this.uses;
  }

  private find(salt: number): number {
    for (let i = 0; i < SENDERS; i++) if (this.salts[i] === salt && this.highest[i] !== NONE) return i;
    return NONE;
  }

  private begin(salt: number, sequence: number): number {
    let sender = 0;
    for (let i = 1; i < SENDERS; i++) if (this.lastUse[i] < this.lastUse[sender]) sender = i;
    this.floor = Math.max(this.floor, this.highest[sender]);
    this.salts[sender] = salt;
    this.highest[sender] = sequence;
    this.bits.fill(0, sender * WORDS, (sender + 1) * WORDS);
    return sender;
  }
}

function wordOf(sequence: number): number {
  return Math.floor(sequence / 32) % WORDS;
}
