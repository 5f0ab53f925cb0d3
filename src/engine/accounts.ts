import type { Instance } from './instance.js';

/**
 * Makes a counter that is 0 a floating-point field. It becomes one anyway when it passes 2^31; V8 would then
 * throw away the code that it has optimised for a small integer, in the middle of the traffic.
 */
export function beDouble<T extends string>(of: { [name in T]: number }, name: T): void {
  if (of[name] !== 0) return;
  of[name] = 0.5;
  of[name] = 0;
}

/** What happened to frames in one engine. Whole numbers; they only grow. */
export interface Totals {
  /** Frames taken from links and sockets, and those that a link lost by itself. */
  in: number;
  inBytes: number;
  /** Copies and frames that blocks made. */
  created: number;
  /** Frames that a link has sent. */
  out: number;
  outBytes: number;
  /** Frames that reached their end: a sink, an application. */
  consumed: number;
  dropped: number;
  /** Frames that the engine has started on, with their bytes, and calls of `receive` (`/proc/net/lana/ppe`). */
  frames: number;
  bytes: number;
  invocations: number;
}

/** One line of the drop ledger. */
export interface DropLine {
  readonly block: string;
  readonly reason: string;
  readonly text: string;
  readonly count: number;
  /** First bytes of the last such frame, in hex; absent for frames that Quipu never saw. */
  readonly sample?: string;
}

const MAX_RETIRED = 1000;

/** The engine's account of frames: totals, and the drops of blocks that are gone. */
export class Accounts implements Totals {
  in = 0;
  inBytes = 0;
  created = 0;
  out = 0;
  outBytes = 0;
  consumed = 0;
  dropped = 0;
  frames = 0;
  bytes = 0;
  invocations = 0;
  private readonly retired = new Map<string, DropLine>();

  constructor() {
    for (const name of Object.keys(this.totals()) as (keyof Totals)[]) beDouble(this, name);
  }

  totals(): Totals {
    const {
      in: entered,
      inBytes,
      created,
      out,
      outBytes,
      consumed,
      dropped,
      frames,
      bytes,
      invocations,
    } = this;
    return { in: entered, inBytes, created, out, outBytes, consumed, dropped, frames, bytes, invocations };
  }

  /** Keeps the drops of a block that is leaving. Past a thousand lines they are summed under `(removed)`. */
  retire(instance: Instance): void {
    for (const line of dropLines(instance)) {
      let key = `${line.block} ${line.reason}`;
      let block = line.block;
      if (!this.retired.has(key) && this.retired.size >= MAX_RETIRED) {
        block = '(removed)';
        key = `${block} ${line.reason}`;
      }
      const before = this.retired.get(key)?.count ?? 0;
      this.retired.set(key, { ...line, block, count: before + line.count });
    }
  }

  /** All drops: of the blocks given and of those that are gone, summed by block name and reason. */
  ledger(instances: Iterable<Instance>): DropLine[] {
    const lines = new Map(this.retired);
    for (const instance of instances) {
      for (const line of dropLines(instance)) {
        const key = `${line.block} ${line.reason}`;
        lines.set(key, { ...line, count: line.count + (lines.get(key)?.count ?? 0) });
      }
    }
    return [...lines.values()];
  }
}

/** The drops of one block, reasons that never happened left out. */
export function dropLines(instance: Instance): DropLine[] {
  const lines: DropLine[] = [];
  for (let i = 0; i < instance.reasons.length; i++) {
    const count = instance.dropCounts[i];
    if (count === 0) continue;
    const bytes = instance.sample(i);
    const line = { block: instance.name, reason: instance.reasons[i], text: instance.reasonTexts[i], count };
    lines.push(bytes ? { ...line, sample: Buffer.from(bytes).toString('hex') } : line);
  }
  return lines;
}
