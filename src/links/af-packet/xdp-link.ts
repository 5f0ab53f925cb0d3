import { QuipuError } from '../../contract/error.js';
import type { Frame, RingRoom } from '../../contract/frame.js';
import type { Link, LinkContext, LinkLoss } from '../../contract/link.js';
import { SendStop } from '../../contract/link.js';
import { errnoText } from '../../linux/errno.js';
import { receiveQueues } from '../../linux/ethtool.js';
import { HardwareType, NetDevices } from '../../linux/netdev.js';
import { holdPromiscuous } from '../../linux/promiscuous.js';
import { planXdp } from '../../linux/xdp-memory.js';
import { redirectTo, type XdpRedirect } from '../../linux/xdp-program.js';
import { XdpSocket } from '../../linux/xdp-socket.js';
import { ETHERNET_HEADER } from '../../wire/ethernet.js';
import { VLAN_TAG } from '../../wire/vlan.js';
import { DeviceWatch } from './device-watch.js';
import { type AfPacketSpec, RING_BYTES } from './spec.js';
import { type FrameOrigin, XdpReceiver } from './xdp-receiver.js';
import { XdpSender } from './xdp-sender.js';

/** When the device did not take all frames, it is asked again after so many microseconds. */
const RETRY = 1000;

/** What an open link holds, to be given back in this order. */
interface Parts {
  readonly devices: NetDevices;
  readonly socket: XdpSocket;
  readonly receiver: XdpReceiver;
  readonly sender: XdpSender;
  readonly redirect: XdpRedirect;
  /** Ends promiscuous mode. */
  readonly letOthersGo: () => void;
  readonly watch: DeviceWatch;
  readonly origin: FrameOrigin;
  readonly giveRoomBack: () => void;
  readonly context: LinkContext;
}

/** Opens a network interface by AF_XDP, in this thread's namespace. The kernel gets none of its frames. Throws QuipuError. */
export function openXdp(spec: AfPacketSpec, context: LinkContext): Link {
  const { device } = spec;
  const undo: (() => void)[] = [];
  try {
    const devices = new NetDevices();
    undo.push(() => devices.close());
    const interfaceIndex = devices.index(device);
    const { type: hardwareType, address } = devices.hardware(device);
    const watch = new DeviceWatch(devices, device, interfaceIndex);
    checkDevice(device, hardwareType);

    const room = roomOf(context, device);
    const { pool, clock } = context;
    const socket = new XdpSocket(device);
    undo.push(() => socket.close());
    const wanted = spec.receiveBuffer ?? RING_BYTES;
    const plan = planXdp(socket.offsets(), wanted, pool.headroom, pool.maxLength);
    checkMtu(device, watch.longest + VLAN_TAG, plan.longest);
    const at = room.claim(plan.bytes);
    if (at < 0) {
      const remedy = 'use a smaller receiveBuffer';
      throw new QuipuError('limit', `no room for ${plan.bytes} bytes of frames of ${device}: ${remedy}`);
    }
    const giveRoomBack = () => room.giveBack(at);
    undo.splice(1, 0, giveRoomBack); // after the socket is closed
    socket.start(interfaceIndex, pool.memory.buffer, at, plan);

    const letOthersGo = spec.promiscuous ? holdPromiscuous(device, interfaceIndex) : () => {};
    undo.push(letOthersGo);
    const origin = { interfaceIndex, hardwareType, address };
    const receiver = new XdpReceiver(socket, plan, at, pool, clock, origin);
    const sender = new XdpSender(socket, plan, at, pool);
    // Last, so that no frame is withheld from the kernel before somebody here takes it.
    const redirect = redirectTo(socket.fd, device, interfaceIndex);
    const parts = { devices, socket, receiver, sender, redirect, letOthersGo, watch, origin, giveRoomBack };
    return new XdpLink({ ...parts, context });
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

function roomOf({ pool }: LinkContext, device: string): RingRoom {
  if (pool.rings !== null) return pool.rings;
  throw new QuipuError('limit', `no memory for an AF_XDP socket on ${device}: use another io`);
}

function checkDevice(device: string, hardwareType: number): void {
  if (hardwareType !== HardwareType.ethernet && hardwareType !== HardwareType.loopback) {
    throw new QuipuError(
      'no-support',
      `${device} is no Ethernet device (type ${hardwareType}): use another io`,
    );
  }
  const queues = receiveQueues(device);
  if (queues > 1) {
    throw new QuipuError(
      'no-support',
      `${device} deals its frames out to ${queues} queues, an AF_XDP socket has one of them: "ethtool -L ${device} combined 1" (or rx 1 tx 1), or use another io`,
    );
  }
}

function checkMtu(device: string, needed: number, longest: number): void {
  if (needed <= longest) return;
  const mtu = longest - ETHERNET_HEADER - VLAN_TAG;
  throw new QuipuError(
    'limit',
    `the MTU of ${device}, ${needed - ETHERNET_HEADER - VLAN_TAG}, is too large for XDP, which takes frames of up to ${longest} bytes here: "ip link set dev ${device} mtu ${mtu}", or use another io`,
  );
}

class XdpLink implements Link {
  readonly kind = 'af-packet';
  readonly fd: number;
  readonly target: string;
  readonly interfaceIndex: number;
  readonly hardwareType: number;
  readonly address: Uint8Array;
  readonly local = false;
  lastError = '';
  private readonly parts: Parts;
  private readonly sender: XdpSender;
  private readonly receiver: XdpReceiver;
  /** When the device is asked again to send what it did not take; Infinity when it took all. */
  private retryAt = Number.POSITIVE_INFINITY;
  private closed = false;

  constructor(parts: Parts) {
    this.parts = parts;
    this.sender = parts.sender;
    this.receiver = parts.receiver;
    this.fd = parts.socket.fd;
    this.target = parts.watch.name;
    this.interfaceIndex = parts.origin.interfaceIndex;
    this.hardwareType = parts.origin.hardwareType;
    this.address = parts.origin.address;
  }

  get maxSend(): number {
    return this.parts.watch.longest + VLAN_TAG;
  }

  get stopped(): number {
    return this.closed ? SendStop.down : this.sender.stopped;
  }

  receive(into: Frame[], max: number): number {
    if (this.closed) return 0;
    if (this.retryAt !== Number.POSITIVE_INFINITY) this.retry();
    return this.receiver.receive(into, max);
  }

  send(frames: readonly Frame[], from: number, to: number): number {
    if (this.closed) return 0;
    const { sender } = this;
    const taken = sender.send(frames, from, to, this.parts.watch.longest);
    if (sender.error !== 0) {
      this.lastError = `send on ${this.parts.watch.name}: ${errnoText(sender.error)}`;
    }
    this.planRetry();
    return taken;
  }

  losses(): Readonly<Partial<Record<LinkLoss, number>>> {
    const { socket } = this.parts;
    if (!this.closed) socket.readLosses();
    return {
      'ring-loss': socket.lostFrames,
      'too-long': socket.lostForSize + this.receiver.tooLong,
      malformed: 0,
    };
  }

  held(): number {
    return 0;
  }

  state(): 'up' | 'down' | 'gone' | 'ended' {
    if (this.closed) return 'ended';
    const state = this.parts.watch.state();
    // It may be given another address, which decides whose frames are whose.
    if (state !== 'gone') this.address.set(this.parts.devices.hardware(this.parts.watch.name).address);
    return state;
  }

  dueAt(): number {
    if (this.retryAt === Number.POSITIVE_INFINITY) return this.retryAt;
    return this.parts.context.clock.now() >= this.retryAt ? 0 : this.retryAt;
  }

  close(): void {
    if (this.closed) return;
    const { redirect, socket, letOthersGo, giveRoomBack, devices } = this.parts;
    redirect.close();
    this.sender.push();
    socket.readLosses();
    this.closed = true;
    this.receiver.release();
    socket.close();
    giveRoomBack();
    letOthersGo();
    devices.close();
  }

  private retry(): void {
    if (this.parts.context.clock.now() < this.retryAt) return;
    this.sender.push();
    this.planRetry();
  }

  private planRetry(): void {
    const { clock } = this.parts.context;
    this.retryAt = this.sender.unsent ? clock.now() + RETRY : Number.POSITIVE_INFINITY;
  }
}
