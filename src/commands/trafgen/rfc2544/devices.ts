import { readFileSync } from 'node:fs';
import { QuipuError } from '../../../contract/error.js';
import { DeviceFlag, HardwareType, NetDevices } from '../../../linux/netdev.js';
import { parseNetDev } from '../../../linux/procfs/net-dev.js';
import { bytesOfSize } from '../../../traffic/rfc2544/sizes.js';
import { ETHERNET_HEADER } from '../../../wire/ethernet.js';
import { factsOf } from '../../ifpps/device-facts.js';
import { pause } from '../../shared/interrupt.js';
import type { Settings } from './settings.js';

/** What the two devices are. */
export interface Devices {
  /** Bits a second of the slower one; null when neither says. */
  readonly linkSpeed: number | null;
  /** One of them has no hardware: its speed is a name only. */
  readonly isNominal: boolean;
}

/** The kernel notices a carrier up to a second later than it is there, in milliseconds with a margin. */
const CARRIER_NOTICED = 2000;
const LOOK = 50;

/** Sees to it that both devices can be used. Throws QuipuError. */
export async function checkDevices({ from, to, sizes }: Settings): Promise<Devices> {
  const devices = new NetDevices();
  try {
    for (const device of [from, to]) checkDevice(devices, device, sizes);
    for (const device of [from, to]) await awaitCarrier(devices, device);
  } finally {
    devices.close();
  }
  const facts = [from, to].map((device) => factsOf(device));
  const speeds = facts.flatMap(({ speed }) => (speed === null ? [] : [speed * 1e6]));
  return {
    linkSpeed: speeds.length > 0 ? Math.min(...speeds) : null,
    isNominal: facts.some(({ isHardware }) => !isHardware),
  };
}

function checkDevice(devices: NetDevices, device: string, sizes: readonly number[]): void {
  devices.index(device);
  if ((devices.flags(device) & DeviceFlag.up) === 0) {
    throw new QuipuError('link-failed', `device ${device} is down: ip link set ${device} up`);
  }
  if (devices.hardware(device).type !== HardwareType.ethernet) {
    throw new QuipuError(
      'no-support',
      `device ${device} is no Ethernet device: the test frames are Ethernet frames`,
    );
  }
  const room = devices.mtu(device) + ETHERNET_HEADER;
  const tooLong = sizes.find((size) => bytesOfSize(size) > room);
  if (tooLong !== undefined) {
    const mtu = bytesOfSize(tooLong) - ETHERNET_HEADER;
    throw new QuipuError(
      'bad-request',
      `frames of ${tooLong} bytes do not fit through device ${device}: ip link set ${device} mtu ${mtu}, or leave the size out`,
    );
  }
}

async function awaitCarrier(devices: NetDevices, device: string): Promise<void> {
  for (let waited = 0; (devices.flags(device) & DeviceFlag.running) === 0; waited += LOOK) {
    if (waited >= CARRIER_NOTICED || !(await pause(LOOK))) {
      const remedy = 'plug its cable in, or set the other end up';
      throw new QuipuError('link-failed', `device ${device} has no carrier: ${remedy}`);
    }
  }
}

/** Frames that the devices themselves have dropped since they were made: on the way out of `from`, on the way into `to`. */
export interface DeviceDrops {
  readonly out: number;
  readonly in: number;
}

export function deviceDrops({ from, to }: Pick<Settings, 'from' | 'to'>): DeviceDrops {
  const devices = parseNetDev(readFileSync('/proc/thread-self/net/dev', 'utf8'));
  return { out: devices.get(from)?.txDrops ?? 0, in: devices.get(to)?.rxDrops ?? 0 };
}
