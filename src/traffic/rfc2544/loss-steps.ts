/**
 * Which loads the frame loss test tries next (RFC 2544 §26.3): from 100 % down in steps, until two trials in a row lost
 * nothing. `lossless` tells, for each trial so far, whether it lost nothing. Percent of the highest rate; undefined when
 * it is over.
 */
export function nextLoad(lossless: readonly boolean[], step: number): number | undefined {
  const done = lossless.length;
  if (done >= 2 && lossless[done - 1] && lossless[done - 2]) return undefined;
  // Steps such as 0.1 do not add up exactly.
  const load = Math.round((100 - done * step) * 1e6) / 1e6;
  return load > 0 ? load : undefined;
}
