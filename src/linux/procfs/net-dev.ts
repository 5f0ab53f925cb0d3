/**
 * What /proc/net/dev counts of a device since it was made, summed over its queues. Bytes of link-layer frames. Exact
 * up to 2^53.
 */
export interface DeviceCounters {
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  /** Lost for want of room or of a taker, in the stack and in the device (rx_missed_errors). */
  readonly rxDrops: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDrops: number;
}

/** Columns behind the name that are read; the line has 16. */
const LEAST_COLUMNS = 12;

/**
 * Devices by name, in the kernel's order. Between name and figures there may be no space (`eth0:12345`), and an alias
 * of old kernels has a colon in its name. Lines of another form are passed over.
 */
export function parseNetDev(text: string): Map<string, DeviceCounters> {
  const devices = new Map<string, DeviceCounters>();
  for (const line of text.split('\n')) {
    const colon = line.lastIndexOf(':');
    if (colon < 0) continue;
    const columns = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map((word) => (/^[0-9]+$/.test(word) ? Number(word) : Number.NaN));
    const name = line.slice(0, colon).trim();
    if (name === '' || columns.length < LEAST_COLUMNS || columns.some(Number.isNaN)) continue;
    devices.set(name, {
      rxBytes: columns[0],
      rxPackets: columns[1],
      rxErrors: columns[2],
      rxDrops: columns[3],
      txBytes: columns[8],
      txPackets: columns[9],
      txErrors: columns[10],
      txDrops: columns[11],
    });
  }
  return devices;
}
