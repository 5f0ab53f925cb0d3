/**
 * What a congestion control decides: how many bytes may be in flight. When bytes are lost, and which, is found out by
 * the connection; how the window shrinks within a recovery is PRR's (RFC 6937), for all of them. Times in microseconds.
 */
export interface CongestionControl {
  /** `cubic`, `new-reno`, … */
  readonly name: string;
  /** Congestion window in bytes. The connection sets it within a recovery and after a timeout. */
  window: number;
  /** Slow start below it, congestion avoidance above; Infinity at first. */
  threshold: number;
  /** Bytes have arrived, outside of a recovery, and the window was what kept more from being sent. */
  acknowledged(bytes: number, facts: PathFacts): void;
  /** A loss, or ECN's word of one: sets `threshold`, and not `window`. Called once for each window of data. */
  congested(facts: PathFacts): void;
  /** The retransmission timer ran out: sets `threshold`; the window will be one segment. */
  timedOut(facts: PathFacts): void;
  /** The congestion was none: what `congested` or `timedOut` changed is taken back. */
  undo(): void;
  /** Nothing was sent for `micros`; what was learnt about time passing is to be forgotten. */
  idle(micros: number): void;
}

export interface PathFacts {
  readonly now: number;
  /** Largest segment, bytes of payload. */
  readonly segment: number;
  /** Smoothed round-trip time, 0 when unknown, the smallest, and the last that was measured. */
  readonly smoothed: number;
  readonly smallest: number;
  readonly latest: number;
  /** Sequence numbers: everything before has arrived, was sent. */
  readonly acknowledgedTo: number;
  readonly sentTo: number;
  readonly inFlight: number;
}

/** Makes one for a new connection; `segment` is its largest segment. */
export type CongestionControlMaker = (segment: number) => CongestionControl;

/** Ten segments, at most 14,600 bytes and at least two segments (RFC 6928 §2). */
export function initialWindow(segment: number): number {
  return Math.min(10 * segment, Math.max(2 * segment, 14_600));
}
