import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { DEFLATE_HEADER, DEFLATE_MAGIC, DEFLATED, deflate, LONGEST_PAYLOAD, STORED } from '../deflate.js';
import { openGap, replacePayload } from '../payload.js';

const TOO_SHORT = drop(0);
const TOO_LONG = drop(1);

const config = z.strictObject({
  offset: z.int().min(0).max(64).default(14).describe('first bytes of a frame that stay as they are'),
  level: z.int().min(1).max(9).default(1).describe("zlib's level: 1 is the fastest, 9 the smallest"),
});
type Options = z.infer<typeof config>;

/** Deflates what a frame carries behind its first bytes (RFC 1951), for a `decompress` at the other end of the link. */
export class Compress implements Block {
  static readonly kind = 'compress';
  static readonly summary = 'deflates the payload of every frame';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'level';
  static readonly counters = {
    packets: 'frames that came through',
    stored: 'those among them that would not have become smaller',
    bytesBefore: 'bytes of payload before',
    bytesAfter: 'bytes of payload after, their headers included',
  };
  static readonly drops = {
    'too-short': 'shorter than the offset',
    'too-long': 'a payload of more than 65,535 bytes, or no room for four bytes more',
  };
  /** zlib does the work, and allocates. */
  static readonly portable = false;

  packets = 0;
  stored = 0;
  bytesBefore = 0;
  bytesAfter = 0;
  private offset = 0;
  private level = 0;

  constructor(_context: BlockContext, options: Options) {
    this.configure(options);
  }

  configure(options: Options): void {
    this.offset = options.offset;
    this.level = options.level;
  }

  receive(frame: Frame): number {
    const { offset } = this;
    const length = frame.length - offset;
    if (length < 0) return TOO_SHORT;
    if (length > LONGEST_PAYLOAD) return TOO_LONG;
    const data = deflate(frame.bytes.subarray(frame.start + offset, frame.start + frame.length), this.level);
    const isSmaller = data.length + DEFLATE_HEADER <= length;
    if (isSmaller) {
      replacePayload(frame, offset + DEFLATE_HEADER, data);
    } else {
      if (!openGap(frame, offset, DEFLATE_HEADER)) return TOO_LONG;
      this.stored++;
    }
    frame.setU8(offset, DEFLATE_MAGIC);
    frame.setU8(offset + 1, isSmaller ? DEFLATED : STORED);
    frame.setU16(offset + 2, length);
    this.packets++;
    this.bytesBefore += length;
    this.bytesAfter += frame.length - offset;
    return frame.direction;
  }
}
