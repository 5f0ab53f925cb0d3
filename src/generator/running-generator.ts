import { errnoText } from '../linux/errno.js';
import type { MonotonicClock } from '../linux/monotonic.js';
import type { Generator, GeneratorFigures } from './generator.js';
import type { WorkerThread } from './worker-thread.js';

/** Workers that were told to go. */
export class RunningGenerator implements Generator {
  readonly finished: Promise<GeneratorFigures>;
  private readonly threads: readonly WorkerThread[];
  private readonly clock: MonotonicClock;
  private readonly seed: number;
  private hasEnded = false;

  constructor(threads: readonly WorkerThread[], clock: MonotonicClock, seed: number) {
    this.threads = threads;
    this.clock = clock;
    this.seed = seed;
    this.finished = this.end();
    this.finished.catch(() => {});
  }

  figures(): GeneratorFigures {
    const read = this.threads.map(({ shared }) => shared.read());
    const sum = (of: (one: (typeof read)[number]) => number) =>
      read.reduce((total, one) => total + of(one), 0);
    const begun = read.filter(({ first }) => first > 0);
    const first = Math.min(...begun.map((one) => one.first));
    const last = this.hasEnded ? Math.max(...begun.map((one) => one.last)) : this.clock.now();
    return {
      frames: sum(({ frames }) => frames),
      bytes: sum(({ bytes }) => bytes),
      waits: sum(({ waits }) => waits),
      refused: this.refused(),
      micros: begun.length > 0 ? (last - first) / 1000 : 0,
      seed: this.seed,
      workers: this.threads.map(({ cpu, way }, i) => ({
        cpu,
        way,
        frames: read[i].frames,
        bytes: read[i].bytes,
      })),
    };
  }

  async stop(): Promise<GeneratorFigures> {
    for (const thread of this.threads) thread.stop();
    return this.finished;
  }

  private async end(): Promise<GeneratorFigures> {
    const ends = this.threads.map(async (thread) => {
      try {
        await thread.ended;
      } catch (error) {
        for (const other of this.threads) other.stop();
        throw error;
      }
    });
    const outcomes = await Promise.allSettled(ends);
    this.hasEnded = true;
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    return this.figures();
  }

  private refused(): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const { shared } of this.threads) {
      for (const [errno, times] of shared.refused()) {
        const name = errnoText(errno).split(':')[0];
        sums[name] = (sums[name] ?? 0) + times;
      }
    }
    return sums;
  }
}
