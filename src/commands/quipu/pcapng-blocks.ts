import { MAX_BLOCK } from '../../wire/pcapng.js';
import { BlockType } from '../../wire/pcapng-format.js';

/** A whole block of a pcapng stream. */
export interface PcapngBlock {
  readonly bytes: Buffer;
  readonly isPacket: boolean;
}

/** Smallest block: type, length, length. */
const FRAME = 12;

/** Cuts a little-endian pcapng stream, as the daemon sends it, into its blocks, so that a file never ends within one. */
export class PcapngBlocks {
  private rest: Buffer = Buffer.alloc(0);

  /** The blocks that are whole with this chunk. Throws RangeError when it is no such stream. */
  push(chunk: Buffer): PcapngBlock[] {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const blocks: PcapngBlock[] = [];
    let at = 0;
    while (bytes.length - at >= FRAME) {
      const length = bytes.readUInt32LE(at + 4);
      if (length < FRAME || length % 4 !== 0 || length > MAX_BLOCK) {
        throw new RangeError(`a pcapng block of ${length} bytes`);
      }
      if (bytes.length - at < length) break;
      const isPacket = bytes.readUInt32LE(at) === BlockType.enhancedPacket;
      blocks.push({ bytes: bytes.subarray(at, at + length), isPacket });
      at += length;
    }
    this.rest = bytes.subarray(at);
    return blocks;
  }
}
