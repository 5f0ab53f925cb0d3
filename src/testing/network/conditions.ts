/** What one direction of a wire does to frames. Times in microseconds, shares between 0 and 1. */
export interface WireConditions {
  /** Until a frame that has left arrives. */
  delay?: number;
  /** Added by chance, up to so much: whoever is added less overtakes. */
  jitter?: number;
  /** Bytes per second; frames wait for each other. 0: no limit. */
  rate?: number;
  /** Bytes that may wait for their turn; what comes beyond is lost. */
  queue?: number;
  loss?: number;
  duplication?: number;
  /** Share of frames that are held back for `holdBack`. */
  reordering?: number;
  holdBack?: number;
  /** Share of frames of which one bit is turned over. */
  corruption?: number;
  /** Longest packet behind the Ethernet header; longer ones are lost. 0: no limit. */
  mtu?: number;
}

export const perfectWire: Required<WireConditions> = {
  ...{ delay: 0, jitter: 0, rate: 0, queue: Number.POSITIVE_INFINITY },
  ...{ loss: 0, duplication: 0, reordering: 0, holdBack: 0, corruption: 0, mtu: 0 },
};

/** What became of a frame on a wire. */
export type Fate =
  | 'sent'
  | 'doubled'
  | 'held-back'
  | 'corrupted'
  | 'lost'
  | 'cut'
  | 'queue-full'
  | 'too-long';
