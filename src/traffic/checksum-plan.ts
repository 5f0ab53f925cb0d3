import { foldSum, sumWords } from '../wire/checksum.js';
import type { ChecksumDraft, Range } from './packet-draft.js';

/** A checksum that is renewed before each sending, prepared so that only what changes is summed again. */
export interface PlannedChecksum {
  readonly at: number;
  /** Sum of the constant and all words that never change. */
  readonly base: number;
  readonly runs: readonly Range[];
  readonly zeroAsOnes: boolean;
}

/** More pieces than these are summed faster as one. */
const MOST_RUNS = 32;

/**
 * Prepares a checksum. `dirty` marks the bytes that change between sendings; when none of its words does, it is
 * stored and the answer is null. The checksum's own bytes count as zero, and must be zero in `bytes`.
 */
export function planChecksum(
  bytes: Uint8Array,
  dirty: Uint8Array,
  checksum: ChecksumDraft,
): PlannedChecksum | null {
  let base = checksum.constant;
  const runs: Range[] = [];
  for (const range of checksum.ranges) base += planRange(bytes, dirty, range, runs);
  const { at, zeroAsOnes } = checksum;
  if (runs.length > 0) return { at, base: foldSum(base), runs, zeroAsOnes };
  storeChecksum(bytes, at, foldSum(base), zeroAsOnes);
  return null;
}

/** Stores the complement of a folded sum. */
export function storeChecksum(bytes: Uint8Array, at: number, sum: number, zeroAsOnes: boolean): void {
  const complement = ~sum & 0xffff;
  const value = complement === 0 && zeroAsOnes ? 0xffff : complement;
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Adds the changing runs of a range, which begin at an even distance from its start; answers the sum of the rest. */
function planRange(bytes: Uint8Array, dirty: Uint8Array, range: Range, runs: Range[]): number {
  const end = range.at + range.length;
  const found: { at: number; length: number }[] = [];
  for (let at = range.at; at < end; at += 2) {
    const width = Math.min(2, end - at);
    if (dirty[at] === 0 && (width === 1 || dirty[at + 1] === 0)) continue;
    const last = found.at(-1);
    if (last !== undefined && last.at + last.length === at) last.length += width;
    else found.push({ at, length: width });
  }
  const merged = found.length > MOST_RUNS ? [span(found)] : found;
  runs.push(...merged);
  let rest = 0;
  let at = range.at;
  for (const run of merged) {
    rest += sumWords(bytes, at, run.at - at);
    at = run.at + run.length;
  }
  return at < end ? rest + sumWords(bytes, at, end - at) : rest;
}

function span(found: readonly Range[]): Range {
  const [first, last] = [found[0], found[found.length - 1]];
  return { at: first.at, length: last.at + last.length - first.at };
}
