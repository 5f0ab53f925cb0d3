import { QuipuError } from '../../contract/error.js';
import type { Frame, FramePool } from '../../contract/frame.js';
import type { Link, LinkContext, LinkLoss, LinkSpec } from '../../contract/link.js';
import { Arena } from '../../linux/arena.js';
import { MessageBatch } from '../../linux/batch.js';
import { BatchSender } from '../../linux/batch-sender.js';
import { describeEthernet } from '../../linux/describe-frame.js';
import { Errno, errnoText } from '../../linux/errno.js';
import { type InetAddress, parseInetAddress } from '../../linux/inet-address.js';
import { HardwareType } from '../../linux/netdev.js';
import { PostedSlots } from '../../linux/posted-slots.js';
import { sendStop } from '../../linux/send-stop.js';
import { UdpSocket } from '../../linux/udp-socket.js';
import { parseUdpSpec, type UdpSpec } from './spec.js';

/** The longest payload of a UDP datagram over IPv4 (65,535 less two headers); IPv6 would take 20 more. */
const MAX_PAYLOAD = 65507;
/** Each refusal that the other host reports (ICMP) fails one call; so many are passed over in a turn. */
const MAX_REFUSALS = 64;

/**
 * Opens one end of a tunnel: each datagram is one Ethernet frame, without any header of ours. There is no
 * protection: whoever can send from the remote address can send frames. Throws QuipuError bad-config,
 * link-failed.
 */
export function openUdp(spec: LinkSpec, context: LinkContext): Link {
  const checked = parseUdpSpec(spec);
  const local = address(checked.local);
  const remote = address(checked.remote);
  const target = `${checked.local} > ${checked.remote}`;
  if (local.family !== remote.family) {
    throw new QuipuError('bad-config', `udp link ${target}: one address is IPv4 and the other IPv6`);
  }
  const socket = new UdpSocket(local, remote, checked.receiveBuffer, `the udp link ${target}`);
  return new UdpLink(checked, target, context, socket);
}

function address(text: string): InetAddress {
  const parsed = parseInetAddress(text);
  if (parsed !== null) return parsed;
  throw new QuipuError(
    'bad-config',
    `udp link: ${JSON.stringify(text)} is not an address like 192.0.2.1:7000 or [2001:db8::1]:7000`,
  );
}

class UdpLink implements Link {
  readonly kind = 'udp';
  readonly target: string;
  readonly fd: number;
  readonly maxSend = MAX_PAYLOAD;
  readonly address = null;
  readonly interfaceIndex = 0;
  readonly hardwareType = HardwareType.ethernet;
  readonly local = false;
  stopped = 0;
  lastError = '';
  private readonly context: LinkContext;
  private readonly pool: FramePool;
  private readonly socket: UdpSocket;
  private readonly batch: MessageBatch;
  private readonly slots: PostedSlots;
  private readonly sender: BatchSender;
  private ringLoss = 0;
  private tooLong = 0;
  private malformed = 0;
  private closed = false;

  constructor(spec: UdpSpec, target: string, context: LinkContext, socket: UdpSocket) {
    const arena = new Arena();
    this.target = target;
    this.fd = socket.fd;
    this.context = context;
    this.pool = context.pool;
    this.socket = socket;
    this.batch = new MessageBatch(arena, spec.batch, { vectors: 1, name: 0, control: 0 });
    this.slots = new PostedSlots(arena, context.pool, this.batch, 0);
    this.sender = new BatchSender(arena, context.pool, spec.batch, 0);
  }

  receive(into: Frame[], max: number): number {
    if (this.closed) return 0;
    const ready = this.slots.arm(max);
    if (ready === 0) return 0; // the pool is empty: the datagrams wait in the kernel
    const arrived = this.read(ready);
    if (arrived === 0) return 0;
    const timestamp = this.context.clock.now();
    let n = 0;
    for (let i = 0; i < arrived; i++) {
      const frame = this.slots.at(i);
      frame.length = Math.min(this.batch.lengthOf(i), this.pool.maxLength);
      if (this.batch.truncated(i)) this.tooLong++;
      else if (!describeEthernet(frame)) this.malformed++;
      else {
        frame.timestamp = timestamp;
        frame.hardwareType = this.hardwareType;
        into[n++] = this.slots.take(i);
      }
    }
    return n;
  }

  send(frames: readonly Frame[], from: number, to: number): number {
    let taken = 0;
    let failed: number = this.closed ? Errno.EBADF : 0;
    if (!this.closed) {
      for (let tries = 0; tries < MAX_REFUSALS; tries++) {
        taken += this.sender.send(this.fd, frames, from + taken, to);
        failed = this.sender.error;
        // About a datagram sent before: the other end is not up yet. This one was not tried.
        if (failed !== Errno.ECONNREFUSED) break;
        this.note('send', failed);
      }
    }
    this.stopped = sendStop(failed);
    if (failed !== 0) this.note('send', failed);
    return taken;
  }

  losses(): Readonly<Partial<Record<LinkLoss, number>>> {
    if (!this.closed) this.ringLoss += this.socket.takeDrops();
    return { 'ring-loss': this.ringLoss, 'too-long': this.tooLong, malformed: this.malformed };
  }

  held(): number {
    return 0;
  }

  /** A tunnel has no carrier: it is up as long as it is open. */
  state(): 'up' | 'down' | 'gone' | 'ended' {
    return this.closed ? 'ended' : 'up';
  }

  dueAt(): number {
    return Number.POSITIVE_INFINITY;
  }

  close(): void {
    if (this.closed) return;
    this.ringLoss += this.socket.takeDrops();
    this.closed = true;
    this.socket.close();
    this.slots.release();
  }

  private read(count: number): number {
    for (let tries = 0; tries < MAX_REFUSALS; tries++) {
      const got = this.socket.receive(this.batch, count);
      if (got >= 0) return got;
      if (got === -Errno.EAGAIN) return 0;
      if (got !== -Errno.EINTR) this.note('receive', -got);
      if (got !== -Errno.EINTR && got !== -Errno.ECONNREFUSED) return 0;
    }
    return 0;
  }

  private note(what: string, failed: number): void {
    this.lastError = `${what} on ${this.target}: ${errnoText(failed)}`;
  }
}
