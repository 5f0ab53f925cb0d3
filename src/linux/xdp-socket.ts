import { QuipuError } from '../contract/error.js';
import { highWord } from './arena.js';
import { Errno } from './errno.js';
import { addressOf, errno, libc } from './libc.js';
import { mapOver, unmapOver } from './mapped-memory.js';
import { osError } from './os-error.js';
import type { AllOffsets, RingPlan, XdpPlan } from './xdp-memory.js';
import { ConsumerRing, ProducerRing, type RingPlace } from './xdp-ring.js';

const AF_XDP = 44;
const SOCK_RAW_CLOEXEC = 3 | 0x80000;
const SOL_XDP = 283;
const MSG_DONTWAIT = 0x40;
// linux/if_xdp.h
const XDP_MMAP_OFFSETS = 1;
const XDP_RX_RING = 2;
const XDP_TX_RING = 3;
const XDP_UMEM_REG = 4;
const XDP_UMEM_FILL_RING = 5;
const XDP_UMEM_COMPLETION_RING = 6;
const XDP_STATISTICS = 7;
const XDP_UMEM_UNALIGNED_CHUNK_FLAG = 1;
const XDP_COPY = 2;
const XDP_USE_NEED_WAKEUP = 8;
/** Where in the socket's "file" the rings are. */
const PAGES = { receive: 0, send: 0x8000_0000, fill: 0x1_0000_0000, completion: 0x1_8000_0000 } as const;
/** Bytes of the offsets of one ring, and where among them they are. */
const OFFSETS_OF_RING = 32;
/** The kernel lets go of a queue a moment after its last socket was closed: so often, a millisecond each. */
const BIND_TRIES = 300;

/**
 * An AF_XDP socket on queue 0 of a device, in copy mode, with its rings and frames in a piece of the memory given.
 * Made in two steps, because the plan of that memory depends on where the kernel has things in its rings.
 */
export class XdpSocket {
  readonly fd: number;
  receive!: ConsumerRing;
  send!: ProducerRing;
  fill!: ProducerRing;
  completion!: ConsumerRing;
  /** Frames that the kernel lost: see `readLosses`. */
  lostFrames = 0;
  lostForSize = 0;
  private readonly libc = libc();
  private readonly device: string;
  private readonly scratch = Buffer.from(new ArrayBuffer(128));
  private readonly scratchLength = Buffer.from(new ArrayBuffer(8));
  private memory: ArrayBufferLike | null = null;
  private at = 0;
  private length = 0;
  private open = true;

  /** Throws QuipuError no-privilege, no-support. */
  constructor(device: string) {
    this.device = device;
    this.fd = this.libc.socket(AF_XDP, SOCK_RAW_CLOEXEC, 0);
    if (this.fd >= 0) return;
    const failed = errno();
    const remedy = failed === Errno.EAFNOSUPPORT ? 'this kernel is without it: use another io' : '';
    throw osError(
      `cannot open an AF_XDP socket for ${device}`,
      failed,
      remedy || 'it needs root or CAP_NET_RAW',
    );
  }

  /** Where the kernel has what in the pages of each ring. */
  offsets(): AllOffsets {
    this.ask(XDP_MMAP_OFFSETS, 128, 'tell where its AF_XDP rings are');
    const ring = (number: number) => {
      const at = number * OFFSETS_OF_RING;
      return {
        producer: this.scratch.readUInt32LE(at),
        consumer: this.scratch.readUInt32LE(at + 8),
        entries: this.scratch.readUInt32LE(at + 16),
        flags: this.scratch.readUInt32LE(at + 24),
      };
    };
    if (this.scratchLength.readUInt32LE(0) !== 128) {
      throw new QuipuError(
        'no-support',
        'AF_XDP of this kernel is too old: Linux 5.4 or newer has what is needed',
      );
    }
    return { receive: ring(0), send: ring(1), fill: ring(2), completion: ring(3) };
  }

  /** Makes the rings, maps them to `memory` at `at`, and binds the socket to the device. Throws QuipuError. */
  start(interfaceIndex: number, memory: ArrayBufferLike, at: number, plan: XdpPlan): void {
    this.memory = memory;
    this.at = at;
    this.length = plan.bytes;
    this.registerChunks(memory, at, plan);
    this.makeRing(XDP_UMEM_FILL_RING, plan.fill);
    this.makeRing(XDP_UMEM_COMPLETION_RING, plan.completion);
    this.makeRing(XDP_RX_RING, plan.receive);
    this.makeRing(XDP_TX_RING, plan.send);
    for (const name of ['receive', 'send', 'fill', 'completion'] as const) {
      mapOver(memory, at + plan[name].at, plan[name].bytes, this.fd, PAGES[name]);
    }
    const words = new Int32Array(memory);
    this.receive = new ConsumerRing(words, place(at, plan.receive));
    this.send = new ProducerRing(words, place(at, plan.send));
    this.fill = new ProducerRing(words, place(at, plan.fill));
    this.completion = new ConsumerRing(words, place(at, plan.completion));
    this.bind(interfaceIndex);
  }

  /** Lets the kernel send what waits in the transmit ring, some 32 frames. 0, or an error number. */
  kick(): number {
    return this.libc.send(this.fd, null, 0, MSG_DONTWAIT) < 0 ? errno() : 0;
  }

  /** Wakes a kernel that sleeps without chunks to fill. */
  wakeForFill(): void {
    this.libc.recv(this.fd, null, 0, MSG_DONTWAIT);
  }

  /**
   * Brings the counts of lost frames up to date: `lostForSize` were longer than a chunk, the other `lostFrames` found no
   * free chunk (or no room in the receive ring, which has one for each).
   */
  readLosses(): void {
    this.scratch.fill(0);
    this.scratchLength.writeUInt32LE(48, 0);
    const { scratch } = this;
    if (this.libc.getsockopt(this.fd, SOL_XDP, XDP_STATISTICS, scratch, this.scratchLength) !== 0) return;
    const dropped = Number(scratch.readBigUInt64LE(0));
    const ringFull = Number(scratch.readBigUInt64LE(24));
    // In copy mode the kernel counts a frame for which there is no chunk in both of these.
    const noChunk = Number(scratch.readBigUInt64LE(32));
    this.lostForSize = Math.max(this.lostForSize, dropped - noChunk);
    this.lostFrames = dropped + ringFull - this.lostForSize;
  }

  /** Unmaps the rings and closes the socket: nothing of the memory is the kernel's then. Safe to call twice. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    // First, because mapped rings would keep the socket alive. Chunks get new pages: the kernel may still hold the old.
    if (this.memory !== null) unmapOver(this.memory, this.at, this.length);
    this.libc.close(this.fd);
  }

  private registerChunks(memory: ArrayBufferLike, at: number, plan: XdpPlan): void {
    const address = addressOf(memory) + at + plan.chunksAt;
    this.scratch.fill(0);
    this.scratch.writeUInt32LE(address >>> 0, 0);
    this.scratch.writeUInt32LE(highWord(address), 4);
    this.scratch.writeUInt32LE(plan.bytes - plan.chunksAt, 8);
    this.scratch.writeUInt32LE(plan.chunkBytes, 16);
    this.scratch.writeUInt32LE(plan.headroom, 20);
    this.scratch.writeUInt32LE(XDP_UMEM_UNALIGNED_CHUNK_FLAG, 24);
    if (this.libc.setsockopt(this.fd, SOL_XDP, XDP_UMEM_REG, this.scratch, 32) === 0) return;
    const failed = errno();
    const what = `cannot give the kernel ${plan.bytes} bytes for frames of ${this.device}`;
    if (failed === Errno.ENOBUFS) {
      const remedy = 'raise it (ulimit -l unlimited), run as root, or use a smaller receiveBuffer';
      throw new QuipuError('limit', `${what}: more than the limit of locked memory; ${remedy}`);
    }
    throw osError(what, failed, 'Linux 5.4 or newer can; use another io');
  }

  private makeRing(option: number, ring: RingPlan): void {
    this.scratch.writeUInt32LE(ring.size, 0);
    if (this.libc.setsockopt(this.fd, SOL_XDP, option, this.scratch, 4) === 0) return;
    throw osError(`cannot make an AF_XDP ring of ${ring.size} entries for ${this.device}`, errno());
  }

  private bind(interfaceIndex: number): void {
    this.scratch.fill(0);
    this.scratch.writeUInt16LE(AF_XDP, 0);
    this.scratch.writeUInt16LE(XDP_COPY | XDP_USE_NEED_WAKEUP, 2);
    this.scratch.writeUInt32LE(interfaceIndex, 4);
    for (let tries = 1; this.libc.bind(this.fd, this.scratch, 16) !== 0; tries++) {
      const failed = errno();
      if (failed === Errno.EBUSY && tries < BIND_TRIES) {
        pause(1);
        continue;
      }
      const what = `cannot bind an AF_XDP socket to ${this.device}`;
      if (failed === Errno.EBUSY) {
        throw new QuipuError('in-use', `${what}: another one has its queue; close that one first`);
      }
      throw osError(what, failed);
    }
  }

  private ask(option: number, bytes: number, what: string): void {
    this.scratchLength.writeUInt32LE(bytes, 0);
    if (this.libc.getsockopt(this.fd, SOL_XDP, option, this.scratch, this.scratchLength) === 0) return;
    throw osError(`the kernel does not ${what}`, errno());
  }
}

/** Where a ring is, in words of the whole memory. */
function place(at: number, { at: inside, size, entryBytes, offsets }: RingPlan): RingPlace {
  const word = (offset: number) => (at + inside + offset) / 4;
  return {
    producer: word(offsets.producer),
    consumer: word(offsets.consumer),
    flags: word(offsets.flags),
    entries: word(offsets.entries),
    entryWords: entryBytes / 4,
    size,
  };
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
