const SUFFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;

/** What stands where a figure is not known. */
export const UNKNOWN = '-';

/** A whole number in at most `width` characters, at least 4: what is longer in thousands (`k`), millions (`M`) and so on. */
export function wholeText(value: number, width: number): string {
  let scaled = Math.round(value);
  for (const suffix of SUFFIXES) {
    const text = `${Math.round(scaled)}${suffix}`;
    if (text.length <= width) return text;
    scaled /= 1000;
  }
  return '*'.repeat(width);
}

/** A rate: as a whole number, but what is seldom keeps a decimal, so that one error in ten seconds is not none. */
export function rateText(value: number, width: number): string {
  if (value > 0 && value < 0.05) return '<0.1';
  const isSmall = value < 9.95 && Math.abs(value - Math.round(value)) > 0.05;
  return isSmall ? value.toFixed(1) : wholeText(value, width);
}

/** Bytes as MiB in at most `width` characters, at least 5: with three decimals where they fit. */
export function mebiText(bytes: number, width: number): string {
  const mebi = bytes / 2 ** 20;
  for (const decimals of [3, 2, 1]) {
    const text = mebi.toFixed(decimals);
    if (text.length <= width) return text;
  }
  return wholeText(mebi, width);
}

/** A share in percent, one decimal. */
export function percentText(value: number): string {
  return value.toFixed(1);
}

/** A time in words: `0.25 s`, `12 s`, `3 min`, `2 h`. */
export function timeText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${Number(seconds.toFixed(2))} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
