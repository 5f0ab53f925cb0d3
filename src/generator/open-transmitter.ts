import { QuipuError } from '../contract/error.js';
import { HardwareType, type NetDevices } from '../linux/netdev.js';
import type { FrameOrder } from './frame-order.js';
import type { GeneratorPlan } from './generator.js';
import { PacketTransmitter } from './packet-transmitter.js';
import type { Transmitter } from './transmitter.js';
import { openXdpTransmitter } from './xdp-transmitter.js';

/** Frames that may wait at the device unless said otherwise. */
const RING_FRAMES = 1024;

/**
 * Opens the way that the plan names. `auto` is AF_XDP where device and kernel give it, else a packet socket. A device
 * gives a queue to one AF_XDP socket only: workers but the `first` take packet sockets. Throws QuipuError.
 */
export function openTransmitter(
  order: FrameOrder,
  plan: GeneratorPlan,
  devices: NetDevices,
  isFirst: boolean,
): Transmitter {
  const { device, way, ringFrames = RING_FRAMES, queueingDiscipline = false } = plan;
  const options = { device, interfaceIndex: devices.index(device), ringFrames, queueingDiscipline };
  if (way !== 'packet' && isFirst && !queueingDiscipline) {
    try {
      checkHardware(device, devices);
      return openXdpTransmitter(order, options);
    } catch (error) {
      if (way === 'xdp' || !(error instanceof QuipuError)) throw error;
    }
  }
  return new PacketTransmitter(order, options);
}

/** What AF_XDP sends bears no protocol: only a device that finds it in an Ethernet header knows what it is. */
function checkHardware(device: string, devices: NetDevices): void {
  const { type } = devices.hardware(device);
  if (type === HardwareType.ethernet || type === HardwareType.loopback) return;
  throw new QuipuError('no-support', `${device} is no Ethernet device (type ${type}): use the way "packet"`);
}
