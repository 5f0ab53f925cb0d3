import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import type { Link, LinkContext, LinkLoss, LinkSpec } from '../../contract/link.js';
import { Arena } from '../../linux/arena.js';
import { BatchSender } from '../../linux/batch-sender.js';
import { Errno, errnoText } from '../../linux/errno.js';
import { joinFanout, unmutePacketSocket } from '../../linux/fanout.js';
import { NetDevices } from '../../linux/netdev.js';
import type { PacketSocket } from '../../linux/packet-socket.js';
import { sendStop } from '../../linux/send-stop.js';
import { dropIngress, type IngressDrop } from '../../linux/tcx.js';
import { VNET_HEADER } from '../../wire/virtio-net.js';
import { VLAN_TAG } from '../../wire/vlan.js';
import { DeviceWatch } from './device-watch.js';
import type { FanoutSeat } from './fanout.js';
import { openReceiver } from './open-receiver.js';
import type { Receiver } from './receiver.js';
import { type AfPacketSpec, type PacketIo, parseAfPacketSpec } from './spec.js';
import { openXdp } from './xdp-link.js';

/**
 * Opens a network interface of this thread's namespace; `io` is for links that do not say theirs. With a `seat` it shares
 * the interface's frames with links of other engines. Throws QuipuError: bad-config, no-device, no-privilege,
 * no-support, limit, link-failed.
 */
export function openAfPacket(
  spec: LinkSpec,
  context: LinkContext,
  io: PacketIo = 'auto',
  seat: FanoutSeat | null = null,
): Link {
  const checked = parseAfPacketSpec(spec);
  if (checked.io === 'xdp') return openXdp(checked, context);
  if (context.pool.headroom < VNET_HEADER) {
    throw new QuipuError(
      'bad-config',
      `af-packet link: the frame pool needs a headroom of ${VNET_HEADER} bytes or more`,
    );
  }
  const devices = new NetDevices();
  let input: { readonly socket: PacketSocket; readonly receiver: Receiver } | null = null;
  let drop: IngressDrop | null = null;
  try {
    const index = devices.index(checked.device);
    input = openReceiver(checked, index, checked.io ?? io, context, seat !== null);
    if (seat !== null) share(input.socket.fd, seat);
    // Last, so that no frame is withheld from the kernel before somebody here takes it.
    if (checked.exclusive && (seat === null || seat.join === null)) drop = dropIngress(checked.device, index);
    return new AfPacketLink(
      checked,
      context,
      devices,
      index,
      input.socket,
      input.receiver,
      drop,
      seat !== null,
    );
  } catch (error) {
    drop?.close();
    input?.receiver.release();
    input?.socket.close();
    devices.close();
    throw error;
  }
}

function share(fd: number, seat: FanoutSeat): void {
  const group = joinFanout(fd, seat.join);
  if (seat.join === null) seat.made(group);
}

class AfPacketLink implements Link {
  readonly kind = 'af-packet';
  readonly target: string;
  readonly fd: number;
  readonly interfaceIndex: number;
  readonly hardwareType: number;
  readonly address: Uint8Array;
  readonly local = false;
  stopped = 0;
  lastError = '';
  private readonly devices: NetDevices;
  private readonly socket: PacketSocket;
  private readonly drop: IngressDrop | null;
  private readonly receiver: Receiver;
  private readonly sender: BatchSender;
  private readonly watch: DeviceWatch;
  private ringLoss = 0;
  private closed = false;
  /** Until the first look at it, when the links of all engines are there: a flow's frames never go to one and then another. */
  private muted: boolean;

  constructor(
    spec: AfPacketSpec,
    context: LinkContext,
    devices: NetDevices,
    index: number,
    socket: PacketSocket,
    receiver: Receiver,
    drop: IngressDrop | null,
    muted: boolean,
  ) {
    const hardware = devices.hardware(spec.device);
    this.target = spec.device;
    this.fd = socket.fd;
    this.interfaceIndex = index;
    this.hardwareType = hardware.type;
    this.address = hardware.address;
    this.watch = new DeviceWatch(devices, spec.device, index);
    this.devices = devices;
    this.socket = socket;
    this.drop = drop;
    this.muted = muted;
    this.receiver = receiver;
    this.sender = new BatchSender(new Arena(), context.pool, spec.batch, VNET_HEADER);
  }

  /** The kernel lets tagged frames be that much longer. */
  get maxSend(): number {
    return this.watch.longest + VLAN_TAG;
  }

  receive(into: Frame[], max: number): number {
    if (this.closed) return 0;
    if (this.muted) this.unmute();
    const n = this.receiver.receive(into, max);
    if (this.receiver.error !== 0) this.note('receive', this.receiver.error);
    return n;
  }

  send(frames: readonly Frame[], from: number, to: number): number {
    let taken = this.closed ? 0 : this.sender.send(this.fd, frames, from, to);
    // Perhaps of an earlier time: the error waits at the socket until somebody takes it. A second one is true.
    if (!this.closed && this.sender.error === Errno.ENETDOWN) {
      taken += this.sender.send(this.fd, frames, from + taken, to);
    }
    const failed = this.closed ? Errno.EBADF : this.sender.error;
    this.stopped = sendStop(failed);
    if (failed !== 0) this.note('send', failed);
    return taken;
  }

  losses(): Readonly<Partial<Record<LinkLoss, number>>> {
    if (!this.closed) {
      this.ringLoss += this.socket.takeDrops();
      this.receiver.inspect();
    }
    const { ringLoss, tooLong, malformed } = this.receiver;
    return { 'ring-loss': this.ringLoss + ringLoss, 'too-long': tooLong, malformed };
  }

  held(): number {
    return 0;
  }

  state(): 'up' | 'down' | 'gone' | 'ended' {
    if (this.closed) return 'ended';
    if (this.socket.boundIndex() !== this.interfaceIndex) return 'gone';
    return this.watch.state();
  }

  dueAt(): number {
    return this.receiver.pending ? 0 : Number.POSITIVE_INFINITY;
  }

  close(): void {
    if (this.closed) return;
    this.ringLoss += this.socket.takeDrops();
    this.closed = true;
    this.drop?.close();
    // First, because a mapped ring would keep the socket alive.
    this.receiver.release();
    this.socket.close();
    this.devices.close();
  }

  private unmute(): void {
    this.muted = false;
    unmutePacketSocket(this.fd);
  }

  private note(what: string, failed: number): void {
    this.lastError = `${what} on ${this.watch.name}: ${errnoText(failed)}`;
  }
}
