/** Bytes of a frame that is sent again and again, and changes on the way. */
export interface FrameTemplate {
  /** What is to be sent next: the same array all its life. */
  readonly bytes: Uint8Array;
  /** False when `advance` does nothing: the bytes may be laid out once for many sendings. */
  readonly changes: boolean;
  /** Turns the bytes into those of the next sending: counters, random numbers, then checksums. Allocates nothing. */
  advance(): void;
}
