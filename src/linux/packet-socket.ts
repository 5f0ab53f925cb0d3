import type { MessageBatch } from './batch.js';
import { Errno } from './errno.js';
import { mutePacketSocket } from './fanout.js';
import { errno, libc } from './libc.js';
import { osError } from './os-error.js';
import type { RingShape } from './packet-ring.js';
import { vlanOf } from './packet-status.js';
import { growReceiveBuffer } from './receive-buffer.js';

const AF_PACKET = 17;
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0x800 | 0x80000;
const SOL_PACKET = 263;
const ETH_P_ALL = 3;
const MSG_PEEK = 0x2;
const MSG_DONTWAIT = 0x40;
// linux/if_packet.h
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_STATISTICS = 6;
const PACKET_RX_RING = 5;
const PACKET_COPY_THRESH = 7;
const PACKET_AUXDATA = 8;
const PACKET_VERSION = 10;
const PACKET_RESERVE = 12;
const PACKET_VNET_HDR = 15;
const PACKET_IGNORE_OUTGOING = 23;
const PACKET_MR_PROMISC = 1;
const TPACKET_V2 = 1;
const SOCKADDR_LL_BYTES = 20;

/** Room that a received message needs: a struct sockaddr_ll and one struct tpacket_auxdata. */
export const packetMessage = { name: SOCKADDR_LL_BYTES, control: 40 } as const;

export interface PacketSocketOptions {
  readonly promiscuous: boolean;
  /** Bytes of kernel memory for frames that wait to be read. */
  readonly receiveBuffer: number;
  /** It gets no frame before `unmutePacketSocket`. */
  readonly muted?: boolean;
  /** Received frames come in a ring of this shape. */
  readonly ring?: RingShape;
}

/**
 * A packet socket on one device: whole frames, each with a virtio-net header in front, those of others
 * only (never the host's own outgoing ones). Calls answer like the kernel: a count, or minus the
 * error number.
 */
export class PacketSocket {
  readonly fd: number;
  /** Bytes of receive buffer that the kernel granted. */
  readonly receiveBuffer: number;
  private readonly libc = libc();
  private readonly scratch = Buffer.from(new ArrayBuffer(32));
  private readonly scratchLength = Buffer.from(new ArrayBuffer(8));
  private open = true;

  /** Opens and binds it. Throws QuipuError (no-privilege, no-device, no-support, link-failed). */
  constructor(device: string, interfaceIndex: number, options: PacketSocketOptions) {
    // Protocol 0: nothing arrives before the socket is set up and bound to its device.
    this.fd = this.libc.socket(AF_PACKET, SOCK_RAW_NONBLOCK_CLOEXEC, 0);
    if (this.fd < 0) {
      throw osError(`cannot open a packet socket for ${device}`, errno(), 'it needs root or CAP_NET_RAW');
    }
    try {
      this.enable(PACKET_IGNORE_OUTGOING, 'PACKET_IGNORE_OUTGOING');
      this.enable(PACKET_AUXDATA, 'PACKET_AUXDATA');
      this.enable(PACKET_VNET_HDR, 'PACKET_VNET_HDR');
      this.receiveBuffer = growReceiveBuffer(this.fd, options.receiveBuffer);
      if (options.ring) this.makeRing(options.ring);
      if (options.muted) mutePacketSocket(this.fd);
      this.bind(device, interfaceIndex);
      if (options.promiscuous) this.listenToAll(device, interfaceIndex);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Fills `count` messages from the first one on. */
  receive(batch: MessageBatch, count: number): number {
    const got = this.libc.recvmmsg(this.fd, batch.at(0), count, MSG_DONTWAIT, null);
    return got < 0 ? -errno() : got;
  }

  /** Takes what is queued at a socket with a ring because it did not fit into its slot. */
  receiveOne(batch: MessageBatch): number {
    for (;;) {
      const got = this.libc.recvmsg(this.fd, batch.at(0), MSG_DONTWAIT);
      if (got >= 0) return got;
      const failed = errno();
      // The device went down meanwhile: said once, and the frame is still there.
      if (failed !== Errno.EINTR && failed !== Errno.ENETDOWN) return -failed;
    }
  }

  /** Frames that the kernel dropped for a full receive buffer since the last call (reading resets it). */
  takeDrops(): number {
    this.scratchLength.writeUInt32LE(8, 0);
    const failed = this.libc.getsockopt(
      this.fd,
      SOL_PACKET,
      PACKET_STATISTICS,
      this.scratch,
      this.scratchLength,
    );
    return failed ? 0 : this.scratch.readUInt32LE(4);
  }

  /** Index of the device that it is bound to; -1 when that was removed or left the namespace. */
  boundIndex(): number {
    this.scratchLength.writeUInt32LE(SOCKADDR_LL_BYTES, 0);
    const failed = this.libc.getsockname(this.fd, this.scratch, this.scratchLength);
    return failed ? -1 : this.scratch.readInt32LE(4);
  }

  /** Safe to call twice. */
  close(): void {
    if (this.open) this.libc.close(this.fd);
    this.open = false;
  }

  /**
   * An error that waits at the socket (the device went down), which keeps `poll` from waiting until it is taken: its
   * number, 0 when there is none. Frames stay.
   */
  takeError(): number {
    const got = this.libc.recv(this.fd, this.scratch, this.scratch.length, MSG_DONTWAIT | MSG_PEEK);
    const failed = got < 0 ? errno() : 0;
    return failed === Errno.EAGAIN || failed === Errno.EINTR ? 0 : failed;
  }

  /** All of this has to come before the ring is mapped; the ring's room in front of frames before the ring. */
  private makeRing(shape: RingShape): void {
    this.enable(PACKET_VERSION, 'PACKET_VERSION', TPACKET_V2);
    this.enable(PACKET_RESERVE, 'PACKET_RESERVE', shape.reserve);
    // What does not fit into a slot is also queued as a whole; the value only has to be other than 0.
    this.enable(PACKET_COPY_THRESH, 'PACKET_COPY_THRESH');
    this.scratch.writeUInt32LE(shape.blockBytes, 0);
    this.scratch.writeUInt32LE(shape.blocks, 4);
    this.scratch.writeUInt32LE(shape.slotBytes, 8);
    this.scratch.writeUInt32LE(shape.slots, 12);
    if (this.libc.setsockopt(this.fd, SOL_PACKET, PACKET_RX_RING, this.scratch, 16) !== 0) {
      throw osError(`cannot make a ring of ${shape.bytes} bytes for received frames`, errno());
    }
  }

  private enable(option: number, name: string, value = 1): void {
    this.scratch.writeInt32LE(value, 0);
    if (this.libc.setsockopt(this.fd, SOL_PACKET, option, this.scratch, 4) !== 0) {
      throw osError(
        `the kernel refused the packet socket option ${name}`,
        errno(),
        'Linux 4.20 or newer has it',
      );
    }
  }

  private bind(device: string, interfaceIndex: number): void {
    this.scratch.fill(0);
    this.scratch.writeUInt16LE(AF_PACKET, 0);
    this.scratch.writeUInt16BE(ETH_P_ALL, 2);
    this.scratch.writeInt32LE(interfaceIndex, 4);
    if (this.libc.bind(this.fd, this.scratch, SOCKADDR_LL_BYTES) !== 0) {
      throw osError(`cannot bind a packet socket to device ${device}`, errno());
    }
    // A device that is down makes bind succeed and leaves an error behind: not a reason to refuse it.
    this.takeError();
  }

  private listenToAll(device: string, interfaceIndex: number): void {
    this.scratch.fill(0);
    this.scratch.writeInt32LE(interfaceIndex, 0);
    this.scratch.writeUInt16LE(PACKET_MR_PROMISC, 4);
    if (this.libc.setsockopt(this.fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, this.scratch, 16) !== 0) {
      const failed = errno();
      if (failed !== Errno.ENODEV) throw osError(`cannot make device ${device} promiscuous`, failed);
    }
  }
}

// What the kernel tells about message i of a batch: struct sockaddr_ll, then the control message.

/** EtherType without a VLAN tag in front of it. */
export function packetProtocol(batch: MessageBatch, i: number): number {
  return batch.nameView.getUint16(batch.nameOffset(i) + 2);
}

export function packetInterface(batch: MessageBatch, i: number): number {
  return batch.nameView.getInt32(batch.nameOffset(i) + 4, true);
}

export function packetHardwareType(batch: MessageBatch, i: number): number {
  return batch.nameView.getUint16(batch.nameOffset(i) + 8, true);
}

export function packetType(batch: MessageBatch, i: number): number {
  return batch.nameView.getUint8(batch.nameOffset(i) + 10);
}

/**
 * The VLAN tag that the kernel took out of the frame, as TPID << 16 | TCI (unsigned); 0 when
 * there was none. It arrives as PACKET_AUXDATA, the only control message that we ask for.
 */
export function packetVlan(batch: MessageBatch, i: number): number {
  const view = batch.controlView;
  const at = batch.controlOffset(i);
  if (batch.controlLength(i) < 36) return 0;
  if (view.getInt32(at + 8, true) !== SOL_PACKET || view.getInt32(at + 12, true) !== PACKET_AUXDATA) return 0;
  return vlanOf(view.getUint32(at + 16, true), view.getUint16(at + 32, true), view.getUint16(at + 34, true));
}
