/**
 * Counts numbered frames exactly: every number below `expected` is known to have come or not. A bit for each, so that a
 * minute at ten million a second takes 75 MB.
 */
export class SinkCounter {
  /** Different numbers that came. */
  received = 0;
  /** Further arrivals of a number that had come already. */
  duplicated = 0;
  /** Numbers that came behind a higher one (RFC 4737 §3.3); duplicates are not among them. */
  reordered = 0;
  /** Arrivals with a number that was not expected. */
  strange = 0;
  private highest = -1;
  private expected = 0;
  private seen = new Uint32Array(0);

  /** Begins anew: numbers from 0 to `expected` - 1 are to come. */
  begin(expected: number): void {
    const words = Math.ceil(expected / 32);
    if (words <= this.seen.length) this.seen.fill(0, 0, words);
    else this.seen = new Uint32Array(words);
    this.expected = expected;
    this.highest = -1;
    this.received = 0;
    this.duplicated = 0;
    this.reordered = 0;
    this.strange = 0;
  }

  /** A frame with this number has come. */
  note(number: number): void {
    if (number >= this.expected) {
      this.strange++;
      return;
    }
    const word = number >>> 5;
    const bit = 1 << (number & 31);
    if ((this.seen[word] & bit) !== 0) {
      this.duplicated++;
      return;
    }
    this.seen[word] |= bit;
    this.received++;
    if (number < this.highest) this.reordered++;
    else this.highest = number;
  }
}
