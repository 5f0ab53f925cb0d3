import { EventEmitter } from 'node:events';
import { QuipuError } from '../contract/error.js';
import type { ActionInput } from '../control/actions.js';
import { requestSchema } from '../control/service.js';
import type { BlockView } from '../control/views.js';
import type { EngineHandle } from '../daemon/engine-handle.js';
import { createRing, RingReader, RingWriter } from '../links/shared/ring.js';

export interface SocketOptions {
  /** Name of the socket's block; `socket<N>` when absent. */
  readonly name?: string;
  /** A block to sit on, as `bind` does. */
  readonly on?: string;
  /** Classic BPF as tuples: only frames that it accepts come, cut to the length it answers. */
  readonly filter?: string;
  /** Most frames that wait for the application; more are dropped and counted (`queue-full`). Default 4096. */
  readonly queueLimit?: number;
  /** Bytes of the receive ring, a power of two; default 4 MiB. */
  readonly ringBytes?: number;
  /** Longest frame handed out; longer ones are cut and marked `truncated`. Default: no limit. */
  readonly maxLength?: number;
}

/** What comes with a frame. */
export interface FrameInfo {
  /** Microseconds since the epoch, from the link. */
  readonly timestamp: number;
  /** Bytes of the frame as it reached the socket. */
  readonly length: number;
  /** True when `maxLength` cut it. */
  readonly truncated: boolean;
  /** EtherType. */
  readonly protocol: number;
  /** 0 to this host, 1 broadcast, 2 multicast, 3 to another host. */
  readonly packetType: number;
  readonly interfaceIndex: number;
}

export interface Message {
  readonly frame: Buffer;
  readonly info: FrameInfo;
}

export interface SocketCounts {
  /** Frames handed to the application. */
  readonly received: number;
  readonly sent: number;
  /** Frames that found the queue full. */
  readonly queueFull: number;
  /** Frames that wait. */
  readonly waiting: number;
}

interface SocketEvents {
  message: [frame: Buffer, info: FrameInfo];
  close: [];
  newListener: [event: string | symbol, listener: (...values: never[]) => void];
}

/** Frames handed out before the event loop gets its turn. */
const BURST = 512;

/**
 * An application's end point in the graph (PF_LANA, seed 004 §5.4.7), shaped like a socket of `node:dgram`. It brings
 * a block of its own into the graph and takes it away on `close`. Frames cross from the engine's thread through a
 * ring in shared memory.
 *
 * Either listen to 'message', or call `receive` and `peek` yourself: frames wait while nobody listens.
 */
export class QuipuSocket extends EventEmitter<SocketEvents> {
  readonly name: string;
  private readonly handle: EngineHandle;
  private readonly reader: RingReader;
  private readonly writer: RingWriter;
  private readonly maxLength: number;
  private channel = 0;
  private sentCount = 0;
  private receivedCount = 0;
  private peeked: Message | null = null;
  private scheduled = false;
  private isClosed = false;
  /** The block is gone, and the rings with it. */
  private left = false;
  private readonly idleWaiters: (() => void)[] = [];
  /** Called instead of handing out frames, by who has taken the reader. */
  onWake: (() => void) | null = null;

  private constructor(
    handle: EngineHandle,
    name: string,
    reader: RingReader,
    writer: RingWriter,
    maxLength: number,
  ) {
    super();
    this.handle = handle;
    this.name = name;
    this.reader = reader;
    this.writer = writer;
    this.maxLength = maxLength;
    this.on('newListener', (event) => {
      if (event === 'message') this.schedule();
    });
  }

  /** Opens a socket: used through `openSocket`. */
  static async open(handle: EngineHandle, options: SocketOptions): Promise<QuipuSocket> {
    const up = createRing({ bytes: options.ringBytes ?? 4 << 20, frames: options.queueLimit ?? 4096 });
    const down = createRing({ bytes: 1 << 20 });
    let socket: QuipuSocket | null = null;
    const channel = await handle.openChannel(up, down, () => socket?.wake());
    const name = options.name ?? `socket${channel}`;
    socket = new QuipuSocket(
      handle,
      name,
      new RingReader(up),
      new RingWriter(down),
      options.maxLength ?? Number.POSITIVE_INFINITY,
    );
    socket.channel = channel;
    const config = { channel, ...(options.filter === undefined ? {} : { filter: options.filter }) };
    const actions: ActionInput[] = [{ do: 'add', name, type: 'socket', config }];
    if (options.on !== undefined) actions.push({ do: 'bind', upper: name, lower: options.on });
    try {
      await socket.transaction(actions);
    } catch (error) {
      await handle.closeChannel(channel);
      throw error;
    }
    socket.schedule();
    return socket;
  }

  /** Sits on a block: its frames come here, what is sent goes there. Rejects when nothing more fits on it. */
  async bind(block: string): Promise<void> {
    await this.transaction([{ do: 'bind', upper: this.name, lower: block }]);
  }

  async unbind(block: string): Promise<void> {
    await this.transaction([{ do: 'unbind', upper: this.name, lower: block }]);
  }

  /** Lets only frames through that the program accepts; undefined takes the filter off. Frames that wait stay. */
  async attachFilter(filter: string | undefined): Promise<void> {
    await this.transaction([{ do: 'set', name: this.name, options: { filter: filter ?? null } }]);
  }

  /**
   * Sends a whole frame, link header included, down to the block that the socket sits on. False when there is no
   * room: nothing was taken, try again later. What the graph does with it is counted there.
   */
  send(frame: Uint8Array): boolean {
    if (this.isClosed) throw new QuipuError('link-failed', `socket ${this.name} is closed`);
    if (!this.writer.pushBytes(frame, 0)) return false;
    this.writer.publish();
    this.sentCount++;
    this.handle.ring();
    return true;
  }

  /** The next frame that waits, or null. */
  receive(): Message | null {
    const message = this.peek();
    this.peeked = null;
    if (message !== null) this.receivedCount++;
    return message;
  }

  /**
   * Copies the next frame into memory of the caller's, as recvfrom(2) does, and cuts it to what fits; null when none
   * waits. The way for those who take very many frames: nothing but the info is left to the garbage collector.
   */
  receiveInto(target: Uint8Array): FrameInfo | null {
    const message = this.peeked;
    if (message === null && !this.reader.next()) return null;
    this.peeked = null;
    this.receivedCount++;
    if (message === null) {
      const length = Math.min(this.reader.length, this.maxLength, target.length);
      target.set(this.recordBytes(length));
      const info = this.infoOf(length);
      this.reader.release();
      return info;
    }
    const { frame, info } = message;
    target.set(frame.subarray(0, target.length));
    return frame.length > target.length ? { ...info, truncated: true } : info;
  }

  /** The next frame, which stays where it is (MSG_PEEK); null when none waits. */
  peek(): Message | null {
    if (this.peeked === null && this.reader.next()) {
      this.peeked = this.take();
      this.reader.release();
    }
    return this.peeked;
  }

  /** Resolves when a frame waits or the socket is closed: for those who call `receive`. */
  async readable(): Promise<void> {
    if (this.isClosed || this.peek() !== null) return;
    await new Promise<void>((resolve) => {
      this.idleWaiters.push(resolve);
      if (!this.reader.sleep()) this.wake();
    });
  }

  counts(): SocketCounts {
    return {
      received: this.receivedCount,
      sent: this.sentCount,
      queueFull: this.reader.overflow,
      waiting: this.reader.waiting + (this.peeked === null ? 0 : 1),
    };
  }

  get closed(): boolean {
    return this.isClosed;
  }

  /**
   * Takes the block out of the graph. Frames that still wait are counted as dropped (`unread`). Rejects when the graph
   * cannot be changed now (a change waits for its confirmation): nothing comes any more, close again later.
   */
  async close(): Promise<void> {
    if (this.left) return;
    this.ended();
    // A closed ring: the block is gone, and the name may be somebody else's by now.
    if (!this.reader.closed) await this.removeBlock();
    this.left = true;
    await this.handle.closeChannel(this.channel);
  }

  private async removeBlock(): Promise<void> {
    try {
      await this.transaction([{ do: 'rm', name: this.name, mode: 'force' }]);
    } catch (error) {
      if (!(error instanceof QuipuError) || error.code !== 'unknown-name') throw error;
    }
  }

  private async transaction(actions: ActionInput[]): Promise<void> {
    await this.handle.request(requestSchema.parse({ op: 'transaction', actions }));
  }

  /** The block's view: counters, drops, bindings. */
  async show(): Promise<BlockView> {
    return this.handle.request<BlockView>({ op: 'show', name: this.name });
  }

  private ended(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const resolve of this.idleWaiters.splice(0)) resolve();
    this.emit('close');
  }

  /** Lets somebody else read the ring: 'message', `receive` and `peek` are then not to be used. */
  takeReader(): RingReader {
    return this.reader;
  }

  private wake(): void {
    this.onWake?.();
    for (const resolve of this.idleWaiters.splice(0)) resolve();
    this.drain();
    if (this.reader.closed && !this.isClosed) this.ended();
  }

  private schedule(): void {
    if (this.scheduled || this.isClosed) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.drain();
    });
  }

  /** Hands out what waits; sleeps when nothing is left. */
  private drain(): void {
    if (this.isClosed || this.listenerCount('message') === 0) return;
    let left = BURST;
    if (this.peeked !== null) {
      const { frame, info } = this.peeked;
      this.peeked = null;
      this.receivedCount++;
      this.emit('message', frame, info);
    }
    while (left > 0 && !this.isClosed && this.reader.next()) {
      left--;
      const { frame, info } = this.take();
      this.receivedCount++;
      if (left % 64 === 0) this.reader.release();
      this.emit('message', frame, info);
    }
    this.reader.release();
    if (left === 0 || !this.reader.sleep()) this.schedule();
  }

  private take(): Message {
    const length = Math.min(this.reader.length, this.maxLength);
    const frame = Buffer.allocUnsafe(length);
    frame.set(this.recordBytes(length));
    return { frame, info: this.infoOf(length) };
  }

  /** First bytes of the frame in the reader's record, where they lie in the ring. */
  private recordBytes(length: number): Uint8Array {
    const { memory, offset } = this.reader;
    return memory.subarray(offset, offset + length);
  }

  /** About the frame in the reader's record, of which `length` bytes are handed out. */
  private infoOf(length: number): FrameInfo {
    const { length: whole, timestamp, protocol, packetType, interfaceIndex } = this.reader;
    return { timestamp, length: whole, truncated: length < whole, protocol, packetType, interfaceIndex };
  }
}
