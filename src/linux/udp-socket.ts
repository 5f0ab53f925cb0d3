import type { MessageBatch } from './batch.js';
import { Errno } from './errno.js';
import type { InetAddress } from './inet-address.js';
import { errno, libc } from './libc.js';
import { osError } from './os-error.js';
import { growReceiveBuffer } from './receive-buffer.js';

const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0x800 | 0x80000;
const MSG_DONTWAIT = 0x40;
const SOL_SOCKET = 1;
const SO_MEMINFO = 55;
const MEMINFO_BYTES = 36;
const MEMINFO_DROPS = 32;

/** A UDP socket between two fixed addresses. The kernel discards what comes from others. */
export class UdpSocket {
  readonly fd: number;
  private readonly libc = libc();
  private readonly scratch = Buffer.from(new ArrayBuffer(40));
  private readonly scratchLength = Buffer.from(new ArrayBuffer(8));
  private seenDrops = 0;
  private open = true;

  /** Throws QuipuError link-failed when an address is in use, not this host's, or of the other family. */
  constructor(local: InetAddress, remote: InetAddress, receiveBuffer: number, what: string) {
    this.fd = this.libc.socket(local.family, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
    if (this.fd < 0) throw osError(`cannot open ${what}`, errno());
    growReceiveBuffer(this.fd, receiveBuffer);
    let failed = 0;
    if (this.libc.bind(this.fd, local.bytes, local.bytes.length) !== 0) failed = errno();
    else if (this.libc.connect(this.fd, remote.bytes, remote.bytes.length) !== 0) failed = errno();
    if (failed) {
      this.close();
      throw osError(`cannot open ${what}`, failed);
    }
    this.discardEarly();
    this.takeDrops();
  }

  /** Fills `count` messages from the first one on; a count, or minus the error number. */
  receive(batch: MessageBatch, count: number): number {
    const got = this.libc.recvmmsg(this.fd, batch.at(0), count, MSG_DONTWAIT, null);
    return got < 0 ? -errno() : got;
  }

  /** Datagrams that the kernel dropped (full buffer, wrong checksum) since the last call. */
  takeDrops(): number {
    this.scratchLength.writeUInt32LE(MEMINFO_BYTES, 0);
    const failed = this.libc.getsockopt(this.fd, SOL_SOCKET, SO_MEMINFO, this.scratch, this.scratchLength);
    if (failed || this.scratchLength.readUInt32LE(0) < MEMINFO_BYTES) return 0;
    const drops = this.scratch.readUInt32LE(MEMINFO_DROPS);
    const fresh = (drops - this.seenDrops) >>> 0; // the kernel's counter wraps at 32 bits
    this.seenDrops = drops;
    return fresh;
  }

  /** Safe to call twice. */
  close(): void {
    if (this.open) this.libc.close(this.fd);
    this.open = false;
  }

  /** Between bind and connect anybody could have sent: nothing of that is let in. */
  private discardEarly(): void {
    for (let i = 0; i < 100_000; i++) {
      if (this.libc.recv(this.fd, this.scratch, 0, MSG_DONTWAIT) < 0 && errno() === Errno.EAGAIN) return;
    }
  }
}
