import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import type { Frame, FramePool } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { DEFLATE_HEADER, DEFLATE_MAGIC, DEFLATED, inflate, STORED } from '../deflate.js';
import { closeGap, payloadRoom, replacePayload } from '../payload.js';

const MALFORMED = drop(0);
const TOO_LONG = drop(1);
const DAMAGED = drop(2);

const config = z.strictObject({
  offset: z.int().min(0).max(64).default(14).describe('first bytes of a frame that stay as they are'),
});
type Options = z.infer<typeof config>;

/** Makes of frames from a `compress` what they were. */
export class Decompress implements Block {
  static readonly kind = 'decompress';
  static readonly summary = 'inflates the payload of frames from a compress block';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly counters = {
    packets: 'frames that came through whole',
    bytesBefore: 'bytes of payload as they came, their headers included',
    bytesAfter: 'bytes of payload that came out',
  };
  static readonly drops = {
    malformed: 'behind the offset is no header of a compress block, or less than it announces',
    'too-long': 'its payload would not fit the frame',
    damaged: 'its data cannot be inflated to the length announced',
  };
  /** zlib does the work, and allocates. */
  static readonly portable = false;

  packets = 0;
  bytesBefore = 0;
  bytesAfter = 0;
  private offset = 0;
  private readonly pool: FramePool;

  constructor(context: BlockContext, options: Options) {
    this.pool = context.pool;
    this.configure(options);
  }

  configure(options: Options): void {
    this.offset = options.offset;
  }

  receive(frame: Frame): number {
    const { offset } = this;
    const came = frame.length - offset;
    const method = frame.u8(offset + 1);
    if (came < DEFLATE_HEADER || frame.u8(offset) !== DEFLATE_MAGIC || method > DEFLATED) return MALFORMED;
    const length = frame.u16(offset + 2);
    if (method === STORED) {
      if (came < length + DEFLATE_HEADER) return MALFORMED;
      closeGap(frame, offset, DEFLATE_HEADER);
      // What follows is padding of the link.
      frame.truncate(offset + length);
    } else {
      if (length > payloadRoom(frame, offset, this.pool)) return TOO_LONG;
      const from = frame.start + offset + DEFLATE_HEADER;
      const data = inflate(frame.bytes.subarray(from, frame.start + frame.length), length);
      if (data === null) return DAMAGED;
      replacePayload(frame, offset, data);
    }
    this.packets++;
    this.bytesBefore += came;
    this.bytesAfter += length;
    return frame.direction;
  }
}
