import type { Frame, FramePool } from '../../contract/frame.js';
import { SendStop } from '../../contract/link.js';
import { Errno } from '../../linux/errno.js';
import { sendStop } from '../../linux/send-stop.js';
import type { XdpPlan } from '../../linux/xdp-memory.js';
import type { ConsumerRing, ProducerRing } from '../../linux/xdp-ring.js';
import { copyBytes } from '../../wire/bytes.js';
import { ETHERNET_HEADER } from '../../wire/ethernet.js';

/** What the kernel sends in one call (its default of XDP_MAX_TX_SKB_BUDGET): no more is given to it than it will take. */
const KICK = 32;
/** In the words of a descriptor. */
const LENGTH = 2;

/** What of an AF_XDP socket sends. */
export interface SendingSocket {
  /** Descriptors of frames to be sent. */
  readonly send: ProducerRing;
  /** Addresses of chunks with which the kernel is done. */
  readonly completion: ConsumerRing;
  /** Lets the kernel send; 0 or an error number. */
  kick(): number;
}

/**
 * Sends frames by an AF_XDP socket, each copied into a chunk of the link's own: it is the kernel's until that says that
 * it is done with it, which may be long after the frame was given back to the pool.
 */
export class XdpSender {
  /** Error number of the last refusal; 0 when the last send took all. */
  error = 0;
  /** Which `SendStop` that is. */
  stopped: number = SendStop.none;
  private readonly socket: SendingSocket;
  private readonly words: Int32Array;
  private readonly memory: Uint8Array;
  private readonly chunksAt: number;
  private readonly longest: number;
  /** Addresses of chunks that the kernel does not have: the last one is taken next. */
  private readonly free: Int32Array;
  private freeCount: number;
  /** The kernel may have looked at what is in the ring before it refused to go on. */
  private looked = false;

  constructor(socket: SendingSocket, plan: XdpPlan, at: number, pool: FramePool) {
    this.socket = socket;
    this.words = new Int32Array(pool.memory.buffer);
    this.memory = pool.memory;
    this.chunksAt = at + plan.chunksAt;
    this.longest = plan.chunkBytes;
    this.free = new Int32Array(plan.sendChunks);
    for (let i = 0; i < plan.sendChunks; i++) this.free[i] = (plan.receiveChunks + i) * plan.stride;
    this.freeCount = plan.sendChunks;
  }

  /** True while frames were taken that the kernel has not sent yet: `push` has to be called again. */
  get unsent(): boolean {
    return this.socket.send.waiting > 0;
  }

  /** As `Link.send`; `limit` is the device's longest frame without a VLAN tag, in bytes. */
  send(frames: readonly Frame[], from: number, to: number, limit: number): number {
    this.stopped = SendStop.none;
    this.error = 0;
    let next = from;
    while (next < to && this.push()) {
      const n = this.put(frames, next, to, limit);
      if (n === 0) break;
      const failed = this.drive();
      if (failed !== 0 && this.withdraw(n, failed)) break;
      next += n;
    }
    return next - from;
  }

  /** Sends what waits in the ring. False when the device is full or down: `stopped` tells. */
  push(): boolean {
    this.collect();
    if (!this.unsent) return true;
    const failed = this.drive();
    if (!this.unsent) return true;
    return this.stop(failed || Errno.EAGAIN);
  }

  /** Copies frames and describes them in the ring, not published yet. Answers how many. */
  private put(frames: readonly Frame[], from: number, to: number, limit: number): number {
    const { words, memory } = this;
    const { send } = this.socket;
    const most = Math.min(to - from, KICK, this.freeCount);
    if (most === 0) this.stop(Errno.EAGAIN);
    let n = 0;
    for (; n < most; n++) {
      const frame = frames[from + n];
      const { start, length } = frame;
      const isLong = length > this.longest || (length > limit && !fitsTagged(frame, limit));
      if (isLong || length < ETHERNET_HEADER) {
        // What is in front of it goes first.
        if (n === 0) this.stop(isLong ? Errno.EMSGSIZE : Errno.EINVAL);
        break;
      }
      const chunk = this.free[--this.freeCount];
      copyBytes(memory, start, length, memory, this.chunksAt + chunk);
      const at = send.next(n);
      words[at] = chunk;
      words[at + 1] = 0;
      words[at + LENGTH] = length;
      words[at + LENGTH + 1] = 0;
    }
    if (n > 0) send.publish(n);
    return n;
  }

  /** Lets the kernel send until it has taken all, or does not go on. Answers 0 or the error that stopped it. */
  private drive(): number {
    const { socket } = this;
    for (let tries = 0; ; tries++) {
      const before = socket.send.waiting;
      const failed = socket.kick();
      const moved = socket.send.waiting < before;
      if (failed === Errno.EBUSY && moved) this.putBack();
      else this.collect();
      const { waiting } = socket.send;
      if (waiting === 0) return 0;
      // Linux before 6.16 does not say how far it came when it stops so.
      const goesOn = waiting < before || failed === Errno.EINTR || (failed === Errno.EBUSY && !moved);
      if (goesOn && tries <= KICK) continue;
      this.looked = tries > 0;
      return failed === 0 || failed === Errno.EBUSY ? Errno.EAGAIN : failed;
    }
  }

  /**
   * The device has thrown away the frame that the kernel took last, because there was no room behind it: puts it in front
   * of those that wait. Its chunk is free, its bytes are still in it.
   */
  private putBack(): void {
    const { words } = this;
    const { send } = this.socket;
    const lost = send.taken(-1);
    const chunk = words[lost];
    const length = words[lost + LENGTH];
    this.collect();
    const found = this.free.lastIndexOf(chunk, this.freeCount - 1);
    if (found < 0) return; // the kernel still has it: it was not thrown away then
    this.free[found] = this.free[--this.freeCount];
    send.putInFront([chunk, 0, length, 0]);
  }

  /**
   * Takes the last `count` frames back from the ring, when the kernel has refused the call without a look at them: the
   * device is down or gone. False when it may have looked.
   */
  private withdraw(count: number, failed: number): boolean {
    const { send } = this.socket;
    if (sendStop(failed) !== SendStop.down || this.looked) return false;
    for (let i = 0; i < count; i++) this.free[this.freeCount++] = this.words[send.taken(i)];
    send.publish(-count);
    this.stop(failed);
    return true;
  }

  /** Takes the chunks back with which the kernel is done. */
  private collect(): void {
    const { completion } = this.socket;
    const count = completion.available;
    for (let i = 0; i < count; i++) this.free[this.freeCount++] = this.words[completion.next(i)];
    if (count > 0) completion.release(count);
  }

  private stop(failed: number): false {
    this.error = failed;
    this.stopped = sendStop(failed);
    return false;
  }
}

/** A tagged frame may be longer by its tag, as everywhere in Linux. */
function fitsTagged(frame: Frame, limit: number): boolean {
  const type = frame.u16(12);
  return (type === 0x8100 || type === 0x88a8) && frame.length <= limit + 4;
}
