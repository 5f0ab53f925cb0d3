import { QuipuError } from '../contract/error.js';
import { Arena, type Region } from '../linux/arena.js';
import { MessageBatch } from '../linux/batch.js';
import { Errno, errnoText } from '../linux/errno.js';
import { NetDevices } from '../linux/netdev.js';
import { TransmitSocket } from '../linux/transmit-socket.js';
import { WallClock } from '../linux/wall-clock.js';

const SEND_BUFFER = 1 << 20;
/** How often a device that is full is tried again at once. */
const TRIES = 1000;

/** Sends single frames and tells when: those which a sink waits for besides the load. */
export class SingleSender {
  /** When the last frame was handed to the kernel: just before, by the wall clock. */
  readonly sentAt = new WallClock();
  /** Frames that the kernel took so far. */
  frames = 0;
  private readonly device: string;
  private readonly socket: TransmitSocket;
  private readonly memory: Region;
  private readonly batch: MessageBatch;

  /** `longest`: bytes of the longest frame. Throws QuipuError. */
  constructor(device: string, longest: number) {
    const arena = new Arena();
    this.device = device;
    this.memory = arena.allocate(longest);
    this.batch = new MessageBatch(arena, 1, { vectors: 1, name: 0, control: 0 });
    const devices = new NetDevices();
    try {
      const options = { sendBuffer: SEND_BUFFER, queueingDiscipline: false };
      this.socket = new TransmitSocket(device, devices.index(device), options);
    } finally {
      devices.close();
    }
  }

  /** Throws QuipuError when the device does not take it. */
  send(frame: Uint8Array): void {
    this.memory.bytes.set(frame);
    this.batch.setVector(0, 0, this.memory.address, frame.length);
    for (let tries = 1; ; tries++) {
      this.sentAt.read();
      const sent = this.socket.send(this.batch, 0, 1);
      if (sent === 1) break;
      const isFull = sent === 0 || -sent === Errno.EAGAIN || -sent === Errno.ENOBUFS || -sent === Errno.EINTR;
      if (!isFull || tries === TRIES) {
        throw new QuipuError('link-failed', `device ${this.device} takes no frame: ${errnoText(-sent)}`);
      }
    }
    this.frames++;
  }

  /** Safe to call twice. */
  close(): void {
    this.socket.close();
  }
}
