import { readFileSync } from 'node:fs';
import { QuipuError } from '../contract/error.js';
import type { DeviceCounters, DeviceRow } from '../control/generator-words.js';
import { DeviceFlag, NetDevices } from '../linux/netdev.js';

/** The thread's own namespace: /proc/self would be the process's, /sys that of its mount. */
const COUNTERS = '/proc/thread-self/net/dev';

/** Devices of this thread's network namespace, with the kernel's counters. Throws QuipuError. */
export function readDevices(): Omit<DeviceRow, 'generators'>[] {
  const counters = parseCounters(readFileSync(COUNTERS, 'utf8'));
  const devices = new NetDevices();
  try {
    return [...counters].flatMap(([name, { received, sent }]) => {
      try {
        const flags = devices.flags(name);
        const address = [...devices.hardware(name).address];
        return [
          {
            name,
            up: (flags & DeviceFlag.up) !== 0,
            running: (flags & DeviceFlag.running) !== 0,
            mtu: devices.mtu(name),
            address: address.every((byte) => byte === 0) ? '' : address.map(hex).join(':'),
            received,
            sent,
          },
        ];
      } catch (error) {
        if (error instanceof QuipuError && error.code === 'no-device') return []; // gone meanwhile
        throw error;
      }
    });
  } finally {
    devices.close();
  }
}

/** The lines of /proc/net/dev, by device: eight columns received, then eight sent. */
export function parseCounters(
  text: string,
): Map<string, { readonly received: DeviceCounters; readonly sent: DeviceCounters }> {
  const found = new Map<string, { received: DeviceCounters; sent: DeviceCounters }>();
  for (const line of text.split('\n').slice(2)) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const columns = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    const at = (from: number): DeviceCounters => {
      const [bytes = 0, packets = 0, errors = 0, dropped = 0] = columns.slice(from);
      return { packets, bytes, errors, dropped };
    };
    found.set(line.slice(0, colon).trim(), { received: at(0), sent: at(8) });
  }
  return found;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
