interface Sample {
  readonly at: number;
  readonly values: ReadonlyMap<string, number>;
}

/** How much counts grow by the second, over about the last second. */
export class Rates {
  private readonly samples: Sample[] = [];
  private readonly window: number;

  /** Seconds. */
  constructor(window = 1) {
    this.window = window;
  }

  /** `at` in seconds. */
  add(at: number, values: ReadonlyMap<string, number>): void {
    this.samples.push({ at, values });
    while (this.samples.length > 2 && at - this.samples[1].at >= this.window) this.samples.shift();
  }

  /** Per second; 0 while there is nothing to compare. */
  of(key: string): number {
    const first = this.samples.find(({ values }) => values.has(key));
    const last = this.samples.at(-1);
    if (first === undefined || last === undefined || last.at <= first.at) return 0;
    return ((last.values.get(key) ?? 0) - (first.values.get(key) ?? 0)) / (last.at - first.at);
  }
}
