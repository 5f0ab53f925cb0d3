import type { DeviceFacts } from './device-facts.js';
import type { DeviceReading, Reading } from './reading.js';
import type { View } from './view.js';

/** Everything that the screen shows. */
export interface Picture {
  readonly reading: Reading;
  readonly view: View;
  /** Interfaces that the user named. */
  readonly named: readonly string[];
  /** Of the interface at large; null when nothing is known. */
  readonly facts: DeviceFacts | null;
  readonly isPromiscuous: boolean;
  /** Where totals are counted from, and since when: empty and null from the kernel's beginning. */
  readonly baseline: ReadonlyMap<string, DeviceReading>;
  readonly baselineMs: number | null;
  /** `interfaces` of the kernel, or `links` of a daemon. */
  readonly things: 'interfaces' | 'links';
  /** What else the first line tells: the kernel's release, or the daemon. */
  readonly host: string;
  /** Warnings and what went wrong, a line each. */
  readonly notes: readonly string[];
  /** CPUs shown at most; null: as many as fit. */
  readonly mostCpus: number | null;
  readonly hasMedian: boolean;
  /** Whether to show the share of the line rate. */
  readonly hasPercentage: boolean;
  /** Whether there is somebody who can press keys. */
  readonly hasKeys: boolean;
}

/** A line of the screen, not longer than it is wide, and how it is to look. */
export interface Line {
  readonly text: string;
  readonly look: 'plain' | 'title' | 'head' | 'chosen' | 'alert';
}

export function plainLine(text: string): Line {
  return { text, look: 'plain' };
}

/** The first of the parts, and of the others as many as fit. */
export function joined(parts: readonly string[], between: string, width: number): string {
  let text = parts[0];
  for (const part of parts.slice(1)) {
    if (text.length + between.length + part.length > width) break;
    text += between + part;
  }
  return text;
}
