/** A running traffic generator: what it is told, what it tells. Made by `startGenerator` (start.ts). */

/** What is sent. */
export type TrafficSource =
  /** Text of the packet language (after the preprocessor); `name` is shown in errors. */
  | { readonly kind: 'text'; readonly text: string; readonly name: string }
  /**
   * Frames as they are, one after the other; with `at` (microseconds from the first) they keep their distances. Of n workers
   * the w-th sends the frames w, w + n, w + 2n …: each frame is one worker's.
   */
  | { readonly kind: 'frames'; readonly frames: readonly Uint8Array[]; readonly at?: readonly number[] }
  /**
   * One frame with its number in the 32 bits at byte `at`, big-endian: 0, 1, 2 … (`numberedFrame` of
   * traffic/numbered-frame.ts). Of n workers the w-th sends w, w + n, w + 2n …: every number once, none left out.
   */
  | { readonly kind: 'numbered'; readonly frame: Uint8Array; readonly at: number };

/** How fast, over all workers together. */
export type Pace =
  | { readonly kind: 'full' }
  /** One packet every so many nanoseconds; fractions count. */
  | { readonly kind: 'gap'; readonly nanoseconds: number }
  | { readonly kind: 'packets'; readonly perSecond: number }
  /** Bits of frames as they are handed to the device (no preamble, no FCS). */
  | { readonly kind: 'bits'; readonly perSecond: number }
  /** As the frames of the source say. */
  | { readonly kind: 'recorded' };

/** How frames get to the device: `xdp` (AF_XDP, copy mode), `packet` (sendmmsg on a packet socket), the faster one. */
export type TransmitWay = 'auto' | 'xdp' | 'packet';

export interface GeneratorPlan {
  readonly device: string;
  readonly source: TrafficSource;
  readonly pace: Pace;
  /** Frames in all; undefined: until stopped. */
  readonly count?: number;
  /** One worker for each, on that CPU; undefined: one worker, where the scheduler puts it. */
  readonly cpus?: readonly number[];
  readonly way: TransmitWay;
  /** Frames that the device may be given before it has sent them; a power of two. */
  readonly ringFrames?: number;
  /** Through the device's queueing discipline, which the packet socket passes by otherwise. */
  readonly queueingDiscipline?: boolean;
  /** The next packet is drawn by chance, not the one behind. */
  readonly shuffled?: boolean;
  /** The same seed gives the same frames; undefined: a new one each time, told in `figures`. */
  readonly seed?: number;
  /** Longest frame, bytes: 1514 or what the device allows by default. */
  readonly longest?: number;
}

/** What was done so far. Exact when the generator has ended. */
export interface GeneratorFigures {
  /** Frames and bytes that the kernel has taken for sending. */
  readonly frames: number;
  readonly bytes: number;
  /** Times that the device was full; the frame is sent later. Nothing is lost by it. */
  readonly waits: number;
  /** Frames that the kernel refused for good, by its error's name (`EMSGSIZE`): neither in `frames` nor in `bytes`. */
  readonly refused: Readonly<Record<string, number>>;
  /** Microseconds since the first frame, or between first and last when it has ended. */
  readonly micros: number;
  readonly seed: number;
  readonly workers: readonly {
    readonly cpu: number | null;
    readonly way: 'xdp' | 'packet';
    readonly frames: number;
    readonly bytes: number;
  }[];
}

export interface Generator {
  /** A look at shared memory: cheap enough for every second and more often. */
  figures(): GeneratorFigures;
  /** Ends it; what was handed to the kernel is waited for. Safe to call twice. Answers the exact totals. */
  stop(): Promise<GeneratorFigures>;
  /** Settles when all was sent, or it was stopped; rejects with a QuipuError when a worker failed. */
  readonly finished: Promise<GeneratorFigures>;
}
