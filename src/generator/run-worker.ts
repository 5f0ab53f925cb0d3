import { QuipuError } from '../contract/error.js';
import { pinThread } from '../linux/cpu-affinity.js';
import { errnoText } from '../linux/errno.js';
import { MonotonicClock } from '../linux/monotonic.js';
import { DeviceFlag, NetDevices } from '../linux/netdev.js';
import { sharpenTimers } from '../linux/timer-slack.js';
import { ETHERNET_HEADER } from '../wire/ethernet.js';
import { VLAN_TAG } from '../wire/vlan.js';
import type { TransmitWay } from './generator.js';
import { openTransmitter } from './open-transmitter.js';
import { pacerFor } from './pacer.js';
import { frameOrder } from './packets.js';
import { SendLoop } from './send-loop.js';
import { SharedFigures } from './shared-figures.js';
import type { Transmitter } from './transmitter.js';
import type { WorkerSetup } from './worker-setup.js';

/** The life of one worker: opens what it needs, says that it is ready, waits for the word, sends. Throws QuipuError. */
export function runWorker(setup: WorkerSetup, onReady: (way: Exclude<TransmitWay, 'auto'>) => void): void {
  const { plan, share, ingredients } = setup;
  if (setup.cpu !== null) pinThread(setup.cpu);
  const shared = new SharedFigures(setup.shared);
  const order = frameOrder(plan.source, share, ingredients);
  if (order === null) throw new QuipuError('bad-config', `no packet for worker ${share.worker}`);
  sharpenTimers();
  const clock = new MonotonicClock(setup.base);
  const at = plan.source.kind === 'frames' ? plan.source.at : undefined;
  const longest = order.packets.reduce((most, { bytes }) => Math.max(most, bytes.length), 0);
  const devices = new NetDevices();
  let transmitter: Transmitter | undefined;
  try {
    transmitter = openTransmitter(order, plan, devices, setup.turn.worker === 0);
    const loop = new SendLoop({
      transmitter,
      pacer: pacerFor(plan.pace, setup.turn, at),
      clock,
      shared,
      count: setup.count,
      onTrouble: (errno) => diagnose(plan.device, devices, longest, errno),
    });
    transmitter.warmUp();
    onReady(transmitter.way);
    shared.awaitGo();
    loop.run(new Float64Array(setup.start)[0]);
  } finally {
    transmitter?.close();
    devices.close();
  }
}

/** Says, by a QuipuError, why a device takes nothing; returns when it is merely busy. */
function diagnose(device: string, devices: NetDevices, longest: number, errno: number): void {
  if (devices.indexOrZero(device) === 0) {
    throw new QuipuError('no-device', `device ${device} has vanished`);
  }
  const flags = devices.flags(device);
  if ((flags & DeviceFlag.up) === 0) {
    throw new QuipuError('link-failed', `device ${device} is down; "ip link set dev ${device} up"`);
  }
  if ((flags & DeviceFlag.running) === 0) {
    throw new QuipuError(
      'link-failed',
      `device ${device} has no carrier: plug the cable in, or set its other end up`,
    );
  }
  const mtu = devices.mtu(device);
  if (longest > mtu + ETHERNET_HEADER + VLAN_TAG) {
    throw new QuipuError(
      'link-failed',
      `device ${device} takes up to ${mtu + ETHERNET_HEADER} bytes now (its MTU is ${mtu}), and a packet has ${longest}`,
    );
  }
  if (errno !== 0)
    throw new QuipuError('link-failed', `device ${device} takes no frame: ${errnoText(errno)}`);
}
