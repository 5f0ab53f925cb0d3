import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import type { Link, LinkContext, LinkLoss, LinkSpec } from '../../contract/link.js';
import { Arena } from '../../linux/arena.js';
import { BatchSender } from '../../linux/batch-sender.js';
import { Errno, errnoText } from '../../linux/errno.js';
import { DeviceFlag, NetDevices } from '../../linux/netdev.js';
import { PacketSocket } from '../../linux/packet-socket.js';
import { sendStop } from '../../linux/send-stop.js';
import { dropIngress, type IngressDrop } from '../../linux/tcx.js';
import { ETHERNET_HEADER } from '../../wire/ethernet.js';
import { VNET_HEADER } from '../../wire/virtio-net.js';
import { VLAN_TAG } from '../../wire/vlan.js';
import { AfPacketReceiver } from './receiver.js';
import { type AfPacketSpec, parseAfPacketSpec } from './spec.js';

/**
 * Opens a network interface of this thread's namespace. Throws QuipuError: bad-config, no-device,
 * no-privilege, no-support, link-failed.
 */
export function openAfPacket(spec: LinkSpec, context: LinkContext): Link {
  const checked = parseAfPacketSpec(spec);
  if (context.pool.headroom < VNET_HEADER) {
    throw new QuipuError(
      'bad-config',
      `af-packet link: the frame pool needs a headroom of ${VNET_HEADER} bytes or more`,
    );
  }
  const devices = new NetDevices();
  let socket: PacketSocket | null = null;
  let drop: IngressDrop | null = null;
  try {
    const index = devices.index(checked.device);
    socket = new PacketSocket(checked.device, index, checked);
    // Last, so that no frame is withheld from the kernel before somebody here takes it.
    if (checked.exclusive) drop = dropIngress(checked.device, index);
    return new AfPacketLink(checked, context, devices, index, socket, drop);
  } catch (error) {
    drop?.close();
    socket?.close();
    devices.close();
    throw error;
  }
}

class AfPacketLink implements Link {
  readonly kind = 'af-packet';
  readonly target: string;
  readonly fd: number;
  readonly interfaceIndex: number;
  readonly hardwareType: number;
  readonly address: Uint8Array;
  readonly local = false;
  maxSend: number;
  stopped = 0;
  lastError = '';
  private readonly devices: NetDevices;
  private readonly socket: PacketSocket;
  private readonly drop: IngressDrop | null;
  private readonly receiver: AfPacketReceiver;
  private readonly sender: BatchSender;
  /** The device may be renamed while it is in use. */
  private device: string;
  private ringLoss = 0;
  private closed = false;

  constructor(
    spec: AfPacketSpec,
    context: LinkContext,
    devices: NetDevices,
    index: number,
    socket: PacketSocket,
    drop: IngressDrop | null,
  ) {
    const hardware = devices.hardware(spec.device);
    const arena = new Arena();
    this.target = spec.device;
    this.device = spec.device;
    this.fd = socket.fd;
    this.interfaceIndex = index;
    this.hardwareType = hardware.type;
    this.address = hardware.address;
    this.maxSend = longest(devices.mtu(spec.device));
    this.devices = devices;
    this.socket = socket;
    this.drop = drop;
    this.receiver = new AfPacketReceiver(arena, socket, context.pool, context.clock, spec.batch);
    this.sender = new BatchSender(arena, context.pool, spec.batch, VNET_HEADER);
  }

  receive(into: Frame[], max: number): number {
    if (this.closed) return 0;
    const n = this.receiver.receive(into, max);
    if (this.receiver.error !== 0) this.note('receive', this.receiver.error);
    return n;
  }

  send(frames: readonly Frame[], from: number, to: number): number {
    const taken = this.closed ? 0 : this.sender.send(this.fd, frames, from, to);
    const failed = this.closed ? Errno.EBADF : this.sender.error;
    this.stopped = sendStop(failed);
    if (failed !== 0) this.note('send', failed);
    return taken;
  }

  losses(): Readonly<Partial<Record<LinkLoss, number>>> {
    if (!this.closed) this.ringLoss += this.socket.takeDrops();
    const { tooLong, malformed } = this.receiver;
    return { 'ring-loss': this.ringLoss, 'too-long': tooLong, malformed };
  }

  held(): number {
    return 0;
  }

  state(): 'up' | 'down' | 'gone' | 'ended' {
    if (this.closed) return 'ended';
    if (this.socket.boundIndex() !== this.interfaceIndex) return 'gone';
    let flags = this.devices.flags(this.device);
    if (flags < 0 || this.devices.indexOrZero(this.device) !== this.interfaceIndex) {
      const name = this.devices.nameOf(this.interfaceIndex);
      if (name === null) return 'gone';
      this.device = name;
      flags = this.devices.flags(name);
    }
    if (flags < 0) return 'gone';
    this.maxSend = longest(this.devices.mtu(this.device));
    const working = DeviceFlag.up | DeviceFlag.running;
    return (flags & working) === working ? 'up' : 'down';
  }

  dueAt(): number {
    return this.receiver.pending ? 0 : Number.POSITIVE_INFINITY;
  }

  close(): void {
    if (this.closed) return;
    this.ringLoss += this.socket.takeDrops();
    this.closed = true;
    this.drop?.close();
    this.socket.close();
    this.devices.close();
    this.receiver.release();
  }

  private note(what: string, failed: number): void {
    this.lastError = `${what} on ${this.device}: ${errnoText(failed)}`;
  }
}

/** The MTU leaves the header out, and a VLAN tag too: the kernel lets tagged frames be that much longer. */
function longest(mtu: number): number {
  return mtu + ETHERNET_HEADER + VLAN_TAG;
}
