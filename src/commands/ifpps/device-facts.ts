import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** What sysfs tells of a device beside its counters. */
export interface DeviceFacts {
  /** Mbit/s; null when the device has none, or does not say. */
  readonly speed: number | null;
  /** `up`, `down`, `unknown` and the like: operstate of the kernel's netdev documentation; empty when it does not say. */
  readonly link: string;
  /** Whether there is hardware behind it, of this machine or a virtual one. */
  readonly isHardware: boolean;
}

/** How the device's hardware interrupts can be known in /proc/interrupts. */
export interface InterruptMarks {
  /** Numbers that belong to the hardware behind it. */
  readonly numbers: ReadonlySet<string>;
  /** Names, of which a row has one in its description: the device's, its hardware's. */
  readonly names: readonly string[];
}

const CLASS = '/sys/class/net';

export function factsOf(device: string, root = CLASS): DeviceFacts {
  const speed = Number(textOf(`${root}/${device}/speed`) || Number.NaN);
  return {
    speed: speed > 0 ? speed : null,
    link: textOf(`${root}/${device}/operstate`),
    isHardware: linkOf(`${root}/${device}/device`) !== '',
  };
}

/**
 * Drivers name their interrupts after the device, or after the hardware (`virtio2-input.0`, `mlx5_comp0@pci:0000:03:00.0`),
 * or in a way of their own: then the numbers help that the PCI device has been given.
 */
export function interruptMarksOf(device: string, root = CLASS): InterruptMarks {
  const hardware = basename(linkOf(`${root}/${device}/device`));
  const numbers = namesIn(`${root}/${device}/device/msi_irqs`);
  return { numbers: new Set(numbers), names: hardware === '' ? [device] : [device, hardware] };
}

/** Whether a row of /proc/interrupts is the device's. */
export function isMarked(label: string, description: string, { numbers, names }: InterruptMarks): boolean {
  return numbers.has(label) || names.some((name) => hasName(description, name));
}

/** Whether the text has the name as a whole: `eth1-rx-0` has eth1, `eth10` has not. */
function hasName(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!isWord(text[at - 1]) && !isWord(text[at + name.length])) return true;
  }
  return false;
}

function isWord(char: string | undefined): boolean {
  return char !== undefined && /[A-Za-z0-9]/.test(char);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return ''; // sysfs refuses what a device has not, the speed of one that is down say
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
