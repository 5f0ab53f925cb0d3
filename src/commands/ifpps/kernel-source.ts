import type { InterruptRow } from '../../linux/procfs/interrupts.js';
import { ProcReader } from '../../linux/procfs/reader.js';
import { type InterruptMarks, interruptMarksOf, isMarked } from './device-facts.js';
import type { Sample, SampleSource } from './sample.js';

/** Samples of the kernel's interfaces, CPUs and memory. */
export class KernelSource implements SampleSource {
  private readonly reader = new ProcReader();
  private readonly marks = new Map<string, InterruptMarks>();
  /** Whose a row is, by its label and description; forgotten when a device comes or goes. */
  private readonly owners = new Map<string, readonly string[]>();

  constructor() {
    this.follow(this.reader.deviceNames());
  }

  async sample(): Promise<Sample> {
    const snapshot = this.reader.read((label, text) => this.ownersOf(label, text).length > 0);
    const interrupts = this.byDevice(snapshot.interrupts);
    // A device that has come since is known from the next sample on.
    this.follow([...snapshot.devices.keys()]);
    return { ...snapshot, interrupts, engines: [] };
  }

  close(): void {
    this.reader.close();
  }

  private follow(devices: readonly string[]): void {
    const same = devices.length === this.marks.size && devices.every((name) => this.marks.has(name));
    if (same) return;
    this.owners.clear();
    this.marks.clear();
    for (const name of devices) this.marks.set(name, interruptMarksOf(name));
  }

  private ownersOf(label: string, description: string): readonly string[] {
    const key = `${label}:${description}`;
    const known = this.owners.get(key);
    if (known) return known;
    const found = [...this.marks].filter(([, marks]) => isMarked(label, description, marks));
    const names = found.map(([name]) => name);
    this.owners.set(key, names);
    return names;
  }

  private byDevice(rows: readonly InterruptRow[]): Map<string, Map<number, number>> {
    const devices = new Map<string, Map<number, number>>();
    for (const { label, description, counts } of rows) {
      for (const name of this.ownersOf(label, description)) {
        const sums = devices.get(name) ?? new Map<number, number>();
        for (const [cpu, count] of counts) sums.set(cpu, (sums.get(cpu) ?? 0) + count);
        devices.set(name, sums);
      }
    }
    return devices;
  }
}
