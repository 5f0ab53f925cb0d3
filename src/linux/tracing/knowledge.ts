import { readFileSync } from 'node:fs';
import { refusalText, type TraceDirectory } from './directory.js';
import { parseEvents } from './events.js';
import { findSymbol, functionNames } from './kallsyms.js';
import type { Knowledge } from './plan.js';

/** The symbols and tracepoints of the running kernel. */
export interface KernelKnowledge extends Knowledge {
  /** All functions and tracepoints, for whoever has mistyped one. */
  names(): string[];
}

export function kernelKnowledge(directory: TraceDirectory, kallsyms = readKallsyms()): KernelKnowledge {
  const events = parseEvents(readEvents(directory));
  return {
    events,
    hasSymbols: kallsyms !== '',
    find: (name) => findSymbol(kallsyms, name),
    names: () => [...new Set([...functionNames(kallsyms), ...events.map(({ event }) => event)])],
  };
}

/** Empty where the kernel has none, or keeps them to itself: each way tells of that when it is tried. */
function readEvents(directory: TraceDirectory): string {
  try {
    return directory.read('available_events');
  } catch (error) {
    refusalText(error); // throws again what the kernel has not refused
    return '';
  }
}

/** Empty where the kernel keeps no such list. */
export function readKallsyms(): string {
  try {
    return readFileSync('/proc/kallsyms', 'utf8');
  } catch {
    return '';
  }
}
