/** What many measurements of one thing come to. */
export interface Summary {
  readonly count: number;
  readonly lowest: number;
  readonly average: number;
  readonly median: number;
  /** 99 % of the values are not above it. */
  readonly p99: number;
  readonly highest: number;
}

/** Undefined when there is no value. */
export function summaryOf(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  // Nearest rank: the value that so much of all are not above.
  const rank = (part: number) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
  return {
    count: sorted.length,
    lowest: sorted[0],
    average: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    median: rank(0.5),
    p99: rank(0.99),
    highest: sorted[sorted.length - 1],
  };
}
