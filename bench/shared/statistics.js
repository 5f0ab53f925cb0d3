// Median and spread of repeated measurements.

/** @param {readonly number[]} values */
const ascending = (values) => [...values].sort((a, b) => a - b);

/**
 * The value that a fraction of all values does not exceed; 0.5 is the median.
 * @param {readonly number[]} values
 * @param {number} fraction 0 to 1
 */
export function percentile(values, fraction) {
  const sorted = ascending(values);
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))];
}

/** @param {readonly number[]} values an odd number of them has a middle; of an even number it is the upper one */
export function summary(values) {
  const sorted = ascending(values);
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  return { median: percentile(values, 0.5), low, high, runs: values };
}
