import { cpuColumns } from './cpu-columns.js';

/** A row of /proc/interrupts. */
export interface InterruptRow {
  /** Its number, or letters like `NMI`. */
  readonly label: string;
  /** Controller, pin and the names of those who wait for it, as the kernel writes them. */
  readonly description: string;
  /** Since boot, by CPU. The kernel counts in 32 bits. */
  readonly counts: ReadonlyMap<number, number>;
}

/**
 * The rows of /proc/interrupts that `wanted` picks by label and description: counts of the others, most of them on a
 * machine with many CPUs, are not even read as numbers. A row may have fewer counts than there are CPUs.
 */
export function parseInterrupts(
  text: string,
  wanted: (label: string, description: string) => boolean,
): InterruptRow[] {
  const end = text.indexOf('\n');
  if (end < 0) return [];
  const cpus = cpuColumns(text.slice(0, end));
  const rows: InterruptRow[] = [];
  for (const line of text.slice(end + 1).split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const label = line.slice(0, colon).trim();
    const behind = endOfCounts(line, colon + 1, cpus.length);
    const description = line.slice(behind).trim();
    if (!wanted(label, description)) continue;
    const counts = line
      .slice(colon + 1, behind)
      .trim()
      .split(/\s+/)
      .map(Number);
    rows.push({ label, description, counts: new Map(pairs(cpus, counts)) });
  }
  return rows;
}

function pairs(cpus: readonly number[], counts: readonly number[]): [number, number][] {
  return cpus.flatMap((cpu, i): [number, number][] => (i < counts.length ? [[cpu, counts[i]]] : []));
}

const SPACE = 0x20;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** Where the text behind at most `most` numbers begins; a word that is no number is text. */
function endOfCounts(line: string, from: number, most: number): number {
  let at = from;
  for (let n = 0; n < most; n++) {
    let start = at;
    while (line.charCodeAt(start) === SPACE) start++;
    let end = start;
    while (line.charCodeAt(end) >= DIGIT_0 && line.charCodeAt(end) <= DIGIT_9) end++;
    const isWhole = end === line.length || line.charCodeAt(end) === SPACE;
    if (end === start || !isWhole) return at;
    at = end;
  }
  return at;
}
