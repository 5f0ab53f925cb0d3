/** Time is handed in. Real time in the daemon, virtual time in tests and simulations. */
export interface Clock {
  /** Microseconds since the Unix epoch; never runs backwards. */
  now(): number;
}

/** Randomness is handed in too: a number in [0, 2^32). */
export type Random = () => number;
