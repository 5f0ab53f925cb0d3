/** Reads pcapng (draft-ietf-opsawg-pcapng). Blocks that it does not know, name resolution and statistics are skipped. */
import { ByteQueue } from './byte-queue.js';
import { type CaptureRecord, MAX_CAPTURED, PcapError } from './capture-record.js';
import {
  BLOCK_FRAME,
  BlockType,
  BYTE_ORDER_MAGIC,
  InterfaceOption,
  OPTION_COMMENT,
  OPTION_END,
  PacketOption,
  padded,
} from './pcapng-format.js';
import { type PcapngInterface, ticksPerSecond, toMicroseconds } from './pcapng-interface.js';

/** Longest block that is read, whatever its type, in bytes. */
export const MAX_BLOCK = 1_048_576;
const MAX_INTERFACES = 4096;
/** Flags word: the low two bits say inbound or outbound. */
const DIRECTION_MASK = 3;

type Visit = (code: number, at: number, length: number) => void;

/**
 * Reads a pcapng file that comes in chunks of any size: `push` a chunk, then call `next` until it answers null
 * ("wait for more"). `next` throws PcapError: one that is fatal is thrown again by every later call; after
 * any other the block at fault is skipped and `next` goes on.
 */
export class PcapngReader {
  /** Interfaces of the current section, by number. */
  interfaces: PcapngInterface[] = [];
  private little = true;
  private inSection = false;
  /** Simple packets have no time: they take that of the packet before. */
  private lastTimestamp = 0;
  private readonly queue = new ByteQueue();
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private failure: PcapError | null = null;

  push(chunk: Uint8Array): void {
    if (this.failure === null) this.queue.push(chunk);
  }

  next(): CaptureRecord | null {
    if (this.failure !== null) throw this.failure;
    for (;;) {
      const total = this.frameBlock();
      if (total === 0) return null;
      let record: CaptureRecord | null;
      try {
        record = this.readBlock(total);
      } finally {
        this.queue.skip(total);
      }
      if (record !== null) return record;
    }
  }

  /** Call at the end of the file: throws PcapError when it ended within a block or before the first. */
  finish(): void {
    if (this.failure !== null) throw this.failure;
    const left = this.queue.available;
    if (left > 0) this.fail(`pcapng file ends within a block: ${left} bytes`);
    if (!this.inSection) this.fail('pcapng file is empty');
  }

  /** Length of the block at the front when it has come whole, else 0. */
  private frameBlock(): number {
    const { queue } = this;
    if (queue.available < BLOCK_FRAME) return 0;
    // The section header's type reads the same in both byte orders; its body says which it is.
    if (queue.u32(0, true) === BlockType.section) {
      this.little = queue.u32(8, true) === BYTE_ORDER_MAGIC;
      if (!this.little && queue.u32(8, false) !== BYTE_ORDER_MAGIC)
        this.fail('pcapng byte-order magic is wrong');
    } else if (!this.inSection) {
      this.fail('not a pcapng file: it does not begin with a section header');
    }
    const total = queue.u32(4, this.little);
    if (total < BLOCK_FRAME || total % 4 !== 0) this.fail(`pcapng block length ${total} is impossible`);
    if (total > MAX_BLOCK) this.fail(`pcapng block of ${total} bytes; at most ${MAX_BLOCK} are read`);
    if (queue.available < total) return 0;
    const again = queue.u32(total - 4, this.little);
    if (again !== total) this.fail(`pcapng block says ${total} bytes at its front and ${again} at its end`);
    return total;
  }

  private readBlock(total: number): CaptureRecord | null {
    const type = this.queue.u32(0, this.little);
    const end = total - 4;
    if (type === BlockType.section) this.readSection(end);
    else if (type === BlockType.interfaceDescription) this.readInterface(end);
    else if (type === BlockType.enhancedPacket || type === BlockType.packet)
      return this.readPacket(type, end);
    else if (type === BlockType.simplePacket) return this.readSimplePacket(end);
    return null;
  }

  private readSection(end: number): void {
    if (end < 24) this.fail('pcapng section header is too short');
    const major = this.queue.u16(12, this.little);
    if (major !== 1) this.fail(`pcapng version ${major} is not supported, only 1`);
    this.inSection = true;
    this.interfaces = [];
    this.lastTimestamp = 0;
  }

  private readInterface(end: number): void {
    const { queue, little } = this;
    // Without it the numbers of later interfaces would be wrong: nothing after it can be trusted.
    if (end < 16) this.fail('pcapng interface description is too short');
    if (this.interfaces.length >= MAX_INTERFACES) this.fail(`more than ${MAX_INTERFACES} pcapng interfaces`);
    let name = '';
    let resolution = 6;
    let offsetSeconds = 0;
    this.readOptions(16, end, (code, at, length) => {
      if (code === InterfaceOption.name) name = this.text(at, length);
      else if (code === InterfaceOption.resolution && length === 1) resolution = queue.u8(at);
      else if (code === InterfaceOption.offset && length === 8) {
        const high = queue.u32(little ? at + 4 : at, little) | 0;
        offsetSeconds = high * 0x1_0000_0000 + queue.u32(little ? at : at + 4, little);
      }
    });
    this.interfaces.push({
      linkType: queue.u16(8, little),
      snapLength: queue.u32(12, little),
      name,
      ticksPerSecond: ticksPerSecond(resolution),
      offsetSeconds,
    });
  }

  /** Enhanced and obsolete packet blocks: they differ in the first word only. */
  private readPacket(type: number, end: number): CaptureRecord {
    const { queue, little } = this;
    if (end < 28) this.skipped('pcapng packet block is too short');
    const obsolete = type === BlockType.packet;
    const interfaceId = obsolete ? queue.u16(8, little) : queue.u32(8, little);
    const from = this.interfaces[interfaceId];
    if (from === undefined) this.skipped(`pcapng packet of interface ${interfaceId}, which is not described`);
    const captured = queue.u32(20, little);
    if (captured > MAX_CAPTURED)
      this.skipped(`pcapng packet of ${captured} bytes; at most ${MAX_CAPTURED} are read`);
    if (28 + captured > end) this.skipped(`pcapng packet of ${captured} bytes does not fit its block`);
    const comments: string[] = [];
    let flags = 0;
    let dropCount = obsolete ? queue.u16(10, little) : 0;
    if (obsolete && dropCount === 0xffff) dropCount = 0; // "unknown"
    this.readOptions(28 + padded(captured), end, (code, at, length) => {
      if (code === OPTION_COMMENT) comments.push(this.text(at, length));
      else if (code === PacketOption.flags && length === 4) flags = queue.u32(at, little);
      else if (code === PacketOption.dropCount && length === 8 && !obsolete) {
        dropCount =
          queue.u32(little ? at + 4 : at, little) * 0x1_0000_0000 + queue.u32(little ? at : at + 4, little);
      }
    });
    this.lastTimestamp = toMicroseconds(from, queue.u32(12, little), queue.u32(16, little));
    return {
      timestamp: this.lastTimestamp,
      originalLength: queue.u32(24, little),
      bytes: queue.copy(28, captured),
      interfaceId,
      linkType: from.linkType,
      comment: comments.join('\n'),
      direction: flags & DIRECTION_MASK,
      dropCount,
    };
  }

  private readSimplePacket(end: number): CaptureRecord {
    if (end < 12) this.skipped('pcapng simple packet block is too short');
    const from = this.interfaces[0];
    if (from === undefined) this.skipped('pcapng simple packet before any interface description');
    const originalLength = this.queue.u32(8, this.little);
    const limit = from.snapLength === 0 ? MAX_CAPTURED : Math.min(from.snapLength, MAX_CAPTURED);
    const captured = Math.min(originalLength, limit);
    if (12 + captured > end) this.skipped(`pcapng packet of ${captured} bytes does not fit its block`);
    return {
      timestamp: this.lastTimestamp,
      originalLength,
      bytes: this.queue.copy(12, captured),
      interfaceId: 0,
      linkType: from.linkType,
      comment: '',
      direction: 0,
      dropCount: 0,
    };
  }

  /** Visits the options of the block at the front; one that overruns the block ends the list. */
  private readOptions(from: number, end: number, visit: Visit): void {
    let at = from;
    while (at + 4 <= end) {
      const code = this.queue.u16(at, this.little);
      const length = this.queue.u16(at + 2, this.little);
      if (code === OPTION_END || at + 4 + length > end) return;
      visit(code, at + 4, length);
      at += 4 + padded(length);
    }
  }

  private text(at: number, length: number): string {
    const from = this.queue.start + at;
    return this.decoder.decode(this.queue.bytes.subarray(from, from + length));
  }

  private fail(what: string): never {
    this.failure = new PcapError(this.queue.position, what);
    throw this.failure;
  }

  private skipped(what: string): never {
    throw new PcapError(this.queue.position, what, false);
  }
}
