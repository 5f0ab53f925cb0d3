import { QuipuError } from '../../contract/error.js';
import type { Frame, FramePool } from '../../contract/frame.js';
import type { Link, LinkContext, LinkLoss, LinkSpec } from '../../contract/link.js';
import { describeEthernet, describeIp } from '../../linux/describe-frame.js';
import { TransmitDrops } from '../../linux/device-drops.js';
import { Errno, errnoText } from '../../linux/errno.js';
import { DeviceFlag, HardwareType, NetDevices } from '../../linux/netdev.js';
import { sendStop } from '../../linux/send-stop.js';
import { openTun, tunName } from '../../linux/tun.js';
import { TunIo } from '../../linux/tun-io.js';
import { ETHERNET_HEADER, parseMac } from '../../wire/ethernet.js';
import { VLAN_TAG } from '../../wire/vlan.js';
import { noteOffload, writeOffload } from './offload.js';
import { parseTapSpec, type TapSpec } from './spec.js';

const DEFAULT_MTU = 1500;

/**
 * Makes a TAP or TUN device in this thread's namespace; it vanishes with the link. What the kernel sends
 * through the device is received here. Throws QuipuError: bad-config, name-taken, no-privilege, no-support.
 */
export function openTap(spec: LinkSpec, context: LinkContext): Link {
  const checked = parseTapSpec(spec);
  const mtu = checked.mtu ?? DEFAULT_MTU;
  const header = checked.kind === 'tap' ? ETHERNET_HEADER : 0;
  if (mtu + header > context.pool.maxLength) {
    throw new QuipuError(
      'bad-config',
      `${checked.kind} link ${checked.device}: an MTU of ${mtu} makes frames of ${mtu + header} bytes, and a slot of the frame pool takes ${context.pool.maxLength}`,
    );
  }
  const devices = new NetDevices();
  try {
    return new TapLink(checked, mtu, context, devices);
  } catch (error) {
    devices.close();
    throw error;
  }
}

class TapLink implements Link {
  readonly kind: string;
  readonly target: string;
  readonly fd: number;
  readonly maxSend: number;
  readonly address: Uint8Array | null;
  readonly interfaceIndex: number;
  readonly hardwareType: number;
  readonly local = false;
  stopped = 0;
  lastError = '';
  private readonly context: LinkContext;
  private readonly pool: FramePool;
  private readonly devices: NetDevices;
  private readonly drops: TransmitDrops;
  private readonly io: TunIo;
  private readonly ethernet: boolean;
  private readonly offload: boolean;
  private device: string;
  private ringLoss = 0;
  private tooLong = 0;
  private malformed = 0;
  private closed = false;

  constructor(spec: TapSpec, mtu: number, context: LinkContext, devices: NetDevices) {
    const tun = openTun(spec.kind, spec.device, spec.offload);
    this.io = new TunIo(tun.fd, context.pool, spec.offload);
    this.offload = spec.offload;
    try {
      const mac = spec.mac === undefined ? null : parseMac(spec.mac);
      if (mac !== null) devices.setAddress(tun.name, mac);
      devices.setMtu(tun.name, mtu);
      if (spec.up) devices.setUp(tun.name, true);
      this.ethernet = spec.kind === 'tap';
      this.address = this.ethernet ? devices.hardware(tun.name).address : null;
      this.interfaceIndex = devices.index(tun.name);
      this.drops = new TransmitDrops();
    } catch (error) {
      this.io.close();
      throw error;
    }
    this.kind = spec.kind;
    this.target = spec.device;
    this.device = spec.device;
    this.fd = tun.fd;
    // The kernel takes more from us than its MTU; longer frames would not fit into the slots of others.
    this.maxSend = this.ethernet ? mtu + ETHERNET_HEADER + VLAN_TAG : mtu;
    this.hardwareType = this.ethernet ? HardwareType.ethernet : HardwareType.none;
    this.context = context;
    this.pool = context.pool;
    this.devices = devices;
  }

  receive(into: Frame[], max: number): number {
    let n = 0;
    if (this.closed) return n;
    const timestamp = this.context.clock.now();
    // Each turn ends with a frame delivered, counted as lost, or the end: bounded by twice `max`.
    for (let turns = 2 * max; turns > 0 && n < max; turns--) {
      const frame = this.pool.allocate();
      if (frame === null) break; // it waits in the kernel
      const length = this.io.read(frame);
      if (length <= 0) {
        this.pool.release(frame);
        this.noteRead(length);
        break;
      }
      frame.length = Math.min(length, this.pool.maxLength);
      if (length > this.pool.maxLength) this.tooLong++;
      else if (this.describe(frame, timestamp)) {
        if (this.offload) noteOffload(this.io.header, frame);
        into[n++] = frame;
        continue;
      } else this.malformed++;
      this.pool.release(frame);
    }
    return n;
  }

  send(frames: readonly Frame[], from: number, to: number): number {
    let next = from;
    let failed = this.closed ? Errno.EBADF : 0;
    while (failed === 0 && next < to) {
      const frame = frames[next];
      // The kernel would take it, and nobody after us could.
      const isTooLong = frame.length > this.maxSend && (frame.segmentSize === 0 || !this.offload);
      if (this.offload) writeOffload(this.io.header, frame, this.ethernet ? ETHERNET_HEADER : 0);
      const result = isTooLong ? -Errno.EMSGSIZE : this.io.write(frame);
      if (result < 0) failed = -result;
      else next++;
    }
    this.stopped = sendStop(failed);
    if (failed !== 0) this.note('send', failed);
    return next - from;
  }

  losses(): Readonly<Partial<Record<LinkLoss, number>>> {
    if (!this.closed) this.ringLoss = this.drops.read(this.device);
    return { 'ring-loss': this.ringLoss, 'too-long': this.tooLong, malformed: this.malformed };
  }

  held(): number {
    return 0;
  }

  state(): 'up' | 'down' | 'gone' | 'ended' {
    if (this.closed) return 'ended';
    const name = tunName(this.fd);
    if (name === null) return 'gone';
    this.device = name;
    const flags = this.devices.flags(name);
    // Moved to another namespace it still works, but its flags cannot be seen from here.
    return flags < 0 || flags & DeviceFlag.up ? 'up' : 'down';
  }

  dueAt(): number {
    return Number.POSITIVE_INFINITY;
  }

  close(): void {
    if (this.closed) return;
    this.ringLoss = this.drops.read(this.device);
    this.closed = true;
    this.io.close();
    this.drops.close();
    this.devices.close();
  }

  private describe(frame: Frame, timestamp: number): boolean {
    frame.timestamp = timestamp;
    frame.interfaceIndex = this.interfaceIndex;
    frame.hardwareType = this.hardwareType;
    return this.ethernet ? describeEthernet(frame) : describeIp(frame);
  }

  private noteRead(result: number): void {
    if (result < 0 && result !== -Errno.EAGAIN) this.note('receive', -result);
  }

  private note(what: string, failed: number): void {
    this.lastError = `${what} on ${this.device}: ${errnoText(failed)}`;
  }
}
