import type { BlockView, NodeStatus } from '../../../control/views.js';
import type { Traffic } from './host-channel.js';
import type { Rates } from './rates.js';

/** A re-tie that was done. */
export interface DoneReTie {
  readonly number: number;
  /** Seconds since the demo began. */
  readonly at: number;
  readonly text: string;
  readonly touches: readonly string[];
  /** The account right after it. */
  readonly status: NodeStatus;
}

/** Everything there is to show at one moment. */
export interface Scene {
  readonly mode: 'live' | 'replay';
  readonly source: string;
  readonly note: string;
  /** Seconds since the demo began. */
  readonly at: number;
  readonly blocks: readonly BlockView[];
  readonly status: NodeStatus;
  /** By `key` of a block. */
  readonly rates: Rates;
  /** The latest last. */
  readonly reTies: readonly DoneReTie[];
  readonly log: readonly string[];
  readonly traffic: Traffic | null;
  /** True when it ends by Ctrl-C only. */
  readonly endless: boolean;
}

/** Who sees the demo: a terminal, a file, nobody. */
export interface Audience {
  /** A sentence before, in between or after. */
  say(line: string): void;
  reTied(done: DoneReTie): void;
  /** About four times a second. */
  show(scene: Scene): void;
}

/** A block's counts, under keys that outlive its replacement: for `Rates`. */
export function countsOf(blocks: readonly BlockView[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { idp, counters, links } of blocks) {
    counts.set(framesKey(idp), counters.packets ?? counters.received ?? 0);
    if (links.length > 0) counts.set(bytesKey(idp), links[0].bytesIn);
  }
  return counts;
}

export function framesKey(idp: number): string {
  return `frames ${idp}`;
}

export function bytesKey(idp: number): string {
  return `bytes ${idp}`;
}
