import type { ErrorCode } from '../contract/error.js';
import type { GeneratorPlan, TransmitWay } from './generator.js';
import type { Ingredients, Share } from './packets.js';

/** What a worker is made with. */
export interface WorkerSetup {
  readonly plan: GeneratorPlan;
  /** Its number, by which packets choose their workers. */
  readonly share: Share;
  /** Its place among the workers that have something to send: those take turns. */
  readonly turn: Share;
  /** On which it runs; null: where the scheduler puts it. */
  readonly cpu: number | null;
  readonly ingredients: Ingredients;
  /** Frames that it sends; Infinity: until stopped. */
  readonly count: number;
  /** `process.hrtime.bigint()` at the moment from which all threads count. */
  readonly base: bigint;
  /** SHARED_BYTES of its own. */
  readonly shared: SharedArrayBuffer;
  /** One double for all workers: nanoseconds of the shared clock at which they begin. Set before they may go. */
  readonly start: SharedArrayBuffer;
}

/** What a worker says: `ready` when it only waits for the word to go, then one of the others. */
export type WorkerNotice =
  | { readonly type: 'ready'; readonly way: Exclude<TransmitWay, 'auto'> }
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string };
