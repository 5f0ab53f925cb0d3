import { cpuColumns } from './cpu-columns.js';

/** Software interrupts of the network since boot, by CPU. The kernel counts in 32 bits, over all devices. */
export interface NetSoftirqs {
  readonly rx: ReadonlyMap<number, number>;
  readonly tx: ReadonlyMap<number, number>;
}

/** NET_RX and NET_TX of /proc/softirqs, which has a column for every CPU that there may be. A missing row is empty. */
export function parseSoftirqs(text: string): NetSoftirqs {
  const lines = text.split('\n');
  const cpus = cpuColumns(lines[0]);
  const row = (name: string) => {
    const line = lines.find((one) => one.trimStart().startsWith(`${name}:`));
    const counts = new Map<number, number>();
    const words =
      line === undefined
        ? []
        : line
            .slice(line.indexOf(':') + 1)
            .trim()
            .split(/\s+/);
    words.forEach((word, i) => {
      if (i < cpus.length && /^[0-9]+$/.test(word)) counts.set(cpus[i], Number(word));
    });
    return counts;
  };
  return { rx: row('NET_RX'), tx: row('NET_TX') };
}
