import type { Block, BlockContext } from '../../contract/block.js';
import type { Frame, FramePool } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import {
  LAST_SEQUENCE,
  NONCE_AT,
  SEAL_HEADER,
  SEAL_MAGIC,
  SEAL_TAG,
  type SealKey,
  type SealOptions,
  seal,
  sealConfig,
  sealKey,
  writeSequence,
} from '../aes-gcm.js';
import { openGap, payloadRoom } from '../payload.js';

const TOO_SHORT = drop(0);
const TOO_LONG = drop(1);
const USED_UP = drop(2);
const LONGEST_PAYLOAD = 0xffff;

/**
 * Seals what a frame carries behind its first bytes with AES-GCM (NIST SP 800-38D): nobody without the key can read it,
 * or change it or the bytes before it unnoticed. A nonce must never come twice under one key: it is a salt that each
 * block draws at its birth, and a sequence number that begins at the microseconds of the clock at that moment.
 */
export class Encrypt implements Block {
  static readonly kind = 'encrypt';
  static readonly summary = 'encrypts and authenticates the payload of every frame with AES-GCM';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = sealConfig;
  static readonly mainOption = 'key';
  static readonly counters = {
    packets: 'frames sealed',
    bytes: 'bytes of payload that were encrypted',
  };
  static readonly drops = {
    'too-short': 'shorter than the offset',
    'too-long': 'a payload of more than 65,535 bytes, or no room for 32 bytes more',
    'used-up': 'the last sequence number has been used',
  };
  static readonly shared = true;
  /** OpenSSL does the work, and allocates. */
  static readonly portable = false;

  packets = 0;
  bytes = 0;
  /** Of the next frame. */
  sequence: number;
  private key: SealKey;
  private offset = 0;
  private readonly salt: number;
  private readonly pool: FramePool;

  constructor(context: BlockContext, options: SealOptions) {
    this.pool = context.pool;
    this.salt = context.random();
    this.sequence = Math.floor(context.clock.now());
    this.key = sealKey(options.key);
    this.configure(options);
  }

  /** The sequence goes on under another key: it must not begin anew if the first key comes back. */
  configure(options: SealOptions): void {
    this.key = sealKey(options.key);
    this.offset = options.offset;
  }

  receive(frame: Frame): number {
    const { offset } = this;
    const length = frame.length - offset;
    if (length < 0) return TOO_SHORT;
    if (length > LONGEST_PAYLOAD) return TOO_LONG;
    if (this.sequence > LAST_SEQUENCE) return USED_UP;
    if (payloadRoom(frame, offset, this.pool) < length + SEAL_TAG) return TOO_LONG;
    if (!openGap(frame, offset, SEAL_HEADER)) return TOO_LONG;
    frame.length += SEAL_TAG;
    frame.setU8(offset, SEAL_MAGIC);
    frame.setU8(offset + 1, 0);
    frame.setU16(offset + 2, length);
    frame.setU32(offset + NONCE_AT, this.salt);
    writeSequence(frame.bytes, frame.start + offset + NONCE_AT + 4, this.sequence);
    this.sequence++;
    seal(this.key, frame.bytes, frame.start, frame.start + offset, length);
    this.packets++;
    this.bytes += length;
    return frame.direction;
  }
}
