import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** The files that tell of interrupts: real ones, or a test's. */
export interface InterruptFiles {
  read(path: string): string;
  write(path: string, text: string): void;
  /** Names in a folder; none when there is no such folder. */
  list(path: string): readonly string[];
}

export interface MovedInterrupts {
  readonly moved: readonly { readonly irq: number; readonly cpu: number }[];
  /** Interrupts that the kernel does not let go elsewhere. */
  readonly refused: readonly number[];
  /** Puts all back where they were; safe to call twice. */
  readonly giveBack: () => void;
}

/**
 * Deals a device's hardware interrupts out to CPUs (004 D.1: what a sender handles is then in its CPU's cache). Devices
 * without any, as veth, are left in peace.
 */
export function moveInterrupts(
  device: string,
  cpus: readonly number[],
  files: InterruptFiles = system,
): MovedInterrupts {
  const moved: { irq: number; cpu: number }[] = [];
  const refused: number[] = [];
  let undo: (() => void)[] = [];
  const giveBack = () => {
    for (const step of undo) step();
    undo = [];
  };
  for (const irq of interruptsOf(device, files)) {
    const cpu = cpus[(moved.length + refused.length) % cpus.length];
    const path = `/proc/irq/${irq}/smp_affinity_list`;
    try {
      const before = files.read(path).trim();
      files.write(path, `${cpu}`);
      moved.push({ irq, cpu });
      undo.push(() => {
        try {
          files.write(path, before);
        } catch {
          // the device is gone, and its interrupt with it
        }
      });
    } catch {
      refused.push(irq);
    }
  }
  return { moved, refused, giveBack };
}

/** Numbers of a device's interrupts: those that the bus gave it, and those that bear its name in /proc/interrupts. */
export function interruptsOf(device: string, files: InterruptFiles): number[] {
  const numbers = new Set(files.list(`/sys/class/net/${device}/device/msi_irqs`).map(Number));
  for (const line of files.read('/proc/interrupts').split('\n')) {
    const match = /^\s*([0-9]+):(.*)$/.exec(line);
    if (match?.[2].split(/[\s,]+/).some((word) => isOf(word, device))) numbers.add(Number(match[1]));
  }
  return [...numbers].sort((a, b) => a - b);
}

/** Drivers name interrupts `eth0`, `eth0-TxRx-1`, `eth0:tx`. */
function isOf(word: string, device: string): boolean {
  return word === device || word.startsWith(`${device}-`) || word.startsWith(`${device}:`);
}

const system: InterruptFiles = {
  read: (path) => readFileSync(path, 'utf8'),
  write: (path, text) => writeFileSync(path, text),
  list: (path) => {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  },
};
