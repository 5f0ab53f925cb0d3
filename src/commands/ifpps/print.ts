import { pause } from '../shared/interrupt.js';
import { writeOut } from '../shared/stream.js';
import type { Reading } from './reading.js';
import type { Watch } from './watch.js';

/** How readings become text that is printed one after the other. */
export interface Printer {
  /** In front of everything; `first` has counted nothing yet. */
  head(first: Reading): string;
  text(reading: Reading, before: Reading): string;
}

/**
 * Prints `samples` readings after the first, `intervalMs` apart, or goes on until somebody interrupts. Throws
 * QuipuError.
 */
export async function printReadings(
  watch: Watch,
  first: Reading,
  printer: Printer,
  { samples, intervalMs }: { readonly samples: number; readonly intervalMs: number },
  seen: (reading: Reading) => Promise<void>,
): Promise<void> {
  let before = first;
  const head = printer.head(before);
  if (head !== '') await writeOut(head);
  let due = performance.now();
  for (let n = 0; n < samples; n++) {
    // Late ones are not made up for: two samples close together tell little.
    due = Math.max(due + intervalMs, performance.now());
    if (!(await pause(due - performance.now()))) return;
    const reading = await watch.next();
    await seen(reading);
    const text = printer.text(reading, before);
    if (text !== '') await writeOut(text);
    before = reading;
  }
}
