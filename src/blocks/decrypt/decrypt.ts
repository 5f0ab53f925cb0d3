import type { Block, BlockContext } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import {
  LAST_SEQUENCE,
  NONCE_AT,
  readSequence,
  SEAL_HEADER,
  SEAL_MAGIC,
  SEAL_TAG,
  type SealKey,
  type SealOptions,
  sealConfig,
  sealKey,
  unseal,
} from '../aes-gcm.js';
import { closeGap } from '../payload.js';
import { ReplayWindows } from './replay-window.js';

const MALFORMED = drop(0);
const REPLAYED = drop(1);
const NOT_AUTHENTIC = drop(2);

/** Opens frames that an `encrypt` with the same key has sealed, each of them once. */
export class Decrypt implements Block {
  static readonly kind = 'decrypt';
  static readonly summary = 'checks and decrypts the payload of frames from an encrypt block';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = sealConfig;
  static readonly mainOption = 'key';
  static readonly counters = {
    packets: 'frames that were authentic',
    bytes: 'bytes of payload that came out',
  };
  static readonly drops = {
    malformed: 'behind the offset is no header of an encrypt block, or less than it announces',
    replayed: 'its sequence number has come before, or is too old to tell',
    'not-authentic': 'it was not sealed with this key, or was changed on its way',
  };
  static readonly state = ['windows'];
  static readonly shared = true;
  /** OpenSSL does the work, and allocates. */
  static readonly portable = false;

  packets = 0;
  bytes = 0;
  windows = new ReplayWindows();
  private key: SealKey;
  private offset = 0;

  constructor(_context: BlockContext, options: SealOptions) {
    this.key = sealKey(options.key);
    this.configure(options);
  }

  configure(options: SealOptions): void {
    this.key = sealKey(options.key);
    this.offset = options.offset;
  }

  receive(frame: Frame): number {
    const { offset } = this;
    const length = frame.u16(offset + 2);
    if (frame.length < offset + SEAL_HEADER + length + SEAL_TAG) return MALFORMED;
    if (frame.u16(offset) !== SEAL_MAGIC << 8) return MALFORMED;
    const salt = frame.u32(offset + NONCE_AT);
    const sequence = readSequence(frame.u32(offset + NONCE_AT + 4), frame.u32(offset + NONCE_AT + 8));
    if (sequence > LAST_SEQUENCE) return MALFORMED;
    if (!this.windows.isFresh(salt, sequence)) return REPLAYED;
    if (!unseal(this.key, frame.bytes, frame.start, frame.start + offset, length)) return NOT_AUTHENTIC;
    this.windows.note(salt, sequence);
    closeGap(frame, offset, SEAL_HEADER);
    frame.truncate(offset + length);
    this.packets++;
    this.bytes += length;
    return frame.direction;
  }

  details(): Readonly<Record<string, unknown>> {
    return { senders: this.windows.senders };
  }
}
