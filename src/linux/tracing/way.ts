import type { TraceDirectory } from './directory.js';

/** How the kernel is made to leave a stack trace, the ways that know more symbols first. */
export const ways = ['kprobe', 'ftrace', 'tracepoint'] as const;
export type Way = (typeof ways)[number];

/** What is to be traced: a function's symbol, or for the tracepoint way `SYSTEM:EVENT`. */
export interface Target {
  readonly way: Way;
  readonly name: string;
}

/** Something armed: it has an instance of its own in tracefs. */
export interface Armed extends Target {
  readonly instance: string;
  /** The process that waits for it, see `ownerName`; empty for one that was armed to stay. */
  readonly owner: string;
}

/** What one way does in tracefs. What the kernel refuses is thrown as Node's error. */
export interface WayDriver {
  /** Why this kernel does not have this way at all; empty when nothing is known against it. */
  obstacle(directory: TraceDirectory): string;
  /** Sets it in the instance, which is there, to fire so many times. */
  arm(directory: TraceDirectory, armed: Armed, times: number): void;
  /** Ends it before its instance goes. Throws when it was not armed whole. */
  disarm(directory: TraceDirectory, armed: Armed): void;
  /** Takes away what was made outside of the instance, which is gone now. */
  clean?(directory: TraceDirectory, armed: Armed): void;
  /** How many times it will still fire; null when it is not armed whole. */
  left(directory: TraceDirectory, armed: Armed): number | null;
}
