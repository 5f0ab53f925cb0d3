import { Arena } from './arena.js';
import type { MessageBatch } from './batch.js';
import { errno, libc } from './libc.js';
import { osError } from './os-error.js';
import { setSendBuffer } from './send-buffer.js';

const AF_PACKET = 17;
const SOCK_RAW_CLOEXEC = 3 | 0x80000;
const SOL_PACKET = 263;
/** linux/if_packet.h */
const PACKET_QDISC_BYPASS = 20;
const SOCKADDR_LL_BYTES = 20;
const MSG_DONTWAIT = 0x40;
const SIOCOUTQ = 0x5411;

export interface TransmitOptions {
  /** Bytes of kernel memory for frames that wait at the device. */
  readonly sendBuffer: number;
  /** Through the device's queueing discipline, not past it. */
  readonly queueingDiscipline: boolean;
}

/** A packet socket on one device that only sends: nothing that comes in is queued at it. */
export class TransmitSocket {
  private readonly fd: number;
  private readonly libc = libc();
  private readonly scratch = new Arena().allocate(SOCKADDR_LL_BYTES);
  private open = true;

  /** Throws QuipuError (no-privilege, no-device, no-support). */
  constructor(device: string, interfaceIndex: number, options: TransmitOptions) {
    // Protocol 0: it takes no frame in, also when it is bound.
    this.fd = this.libc.socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0);
    if (this.fd < 0) {
      throw osError(`cannot open a packet socket for ${device}`, errno(), 'it needs root or CAP_NET_RAW');
    }
    try {
      setSendBuffer(this.fd, options.sendBuffer);
      if (!options.queueingDiscipline) this.bypass();
      this.bind(device, interfaceIndex);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Sends messages [first … first + count) in order: how many the kernel took, or minus the error number. */
  send(batch: MessageBatch, first: number, count: number): number {
    const sent = this.libc.sendmmsg(this.fd, batch.at(first), count, MSG_DONTWAIT);
    return sent < 0 ? -errno() : sent;
  }

  /** Bytes of kernel memory with frames that the device has not done with yet. */
  waiting(): number {
    return this.libc.ioctl(this.fd, SIOCOUTQ, this.scratch.bytes) === 0
      ? this.scratch.view.getInt32(0, true)
      : 0;
  }

  /** Safe to call twice. */
  close(): void {
    if (this.open) this.libc.close(this.fd);
    this.open = false;
  }

  private bypass(): void {
    this.scratch.view.setInt32(0, 1, true);
    // Linux before 3.14 has no such option and goes through the queueing discipline.
    this.libc.setsockopt(this.fd, SOL_PACKET, PACKET_QDISC_BYPASS, this.scratch.bytes, 4);
  }

  private bind(device: string, interfaceIndex: number): void {
    this.scratch.bytes.fill(0);
    this.scratch.view.setUint16(0, AF_PACKET, true);
    this.scratch.view.setInt32(4, interfaceIndex, true);
    if (this.libc.bind(this.fd, this.scratch.bytes, SOCKADDR_LL_BYTES) !== 0) {
      throw osError(`cannot bind a packet socket to device ${device}`, errno());
    }
  }
}
