import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { IPV4_DONT_FRAGMENT } from '../../wire/ipv4.js';
import { cutToFirst, isSound, laterHeaderLength, writeFragment } from './fragment.js';

/** Every IPv4 link takes this much (RFC 791 §3.2), so the longest header leaves room for eight bytes of data. */
const LEAST_MTU = 68;
/** More fragments than 65,535 bytes in pieces of eight can give. */
const MOST_FRAGMENTS = 8192;
const TOO_LONG_PORT = 2;
const MALFORMED = drop(0);
const DONT_FRAGMENT = drop(1);
const NO_FRAME = drop(2);

const config = z.strictObject({
  mtu: z
    .int()
    .min(LEAST_MTU)
    .max(65_535)
    .default(1500)
    .describe('longest IPv4 packet that passes whole, in bytes, its header included'),
  offset: z.int().min(0).max(64).default(0).describe('bytes of link header before the IPv4 header'),
});

/**
 * Cuts IPv4 packets that are longer than the MTU (RFC 791 §3.2). The frame itself becomes the first fragment; the
 * others are new frames that follow it. A packet that must not be cut leaves by `ingress1` as it is, for a block
 * that tells its sender (RFC 1191), or is dropped when nothing is bound there.
 */
export class IpFragment implements Block {
  static readonly kind = 'ip-fragment';
  static readonly summary = 'cuts IPv4 packets that are longer than the MTU into fragments';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 2, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'mtu';
  static readonly counters = {
    passed: 'frames that passed whole',
    fragmented: 'packets cut',
    fragments: 'fragments that were made of them',
    refused: 'packets too long that must not be cut',
  };
  static readonly drops = {
    malformed: 'longer than the MTU, and no IPv4 packet with sound lengths and checksum',
    'dont-fragment': 'longer than the MTU, must not be cut, and ingress1 is unbound',
    'no-frame': 'the pool had no frame for one of its fragments',
  };
  static readonly uses = {
    IPV4_DONT_FRAGMENT,
    MOST_FRAGMENTS,
    TOO_LONG_PORT,
    MALFORMED,
    DONT_FRAGMENT,
    NO_FRAME,
    isSound,
    laterHeaderLength,
    writeFragment,
    cutToFirst,
  };

  passed = 0;
  fragmented = 0;
  fragments = 0;
  refused = 0;
  mtu = 0;
  offset = 0;
  /** Longest fragment: the MTU, or what a frame of the pool takes. */
  longest = 0;
  readonly ports: Int32Array;
  private readonly maxLength: number;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.ports = context.ports;
    this.maxLength = context.pool.maxLength;
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    const longest = Math.min(options.mtu, this.maxLength - options.offset);
    if (longest < LEAST_MTU) {
      throw new QuipuError(
        'bad-config',
        `offset is ${options.offset}: the pool's frames take ${this.maxLength} bytes, which leaves no room for ${LEAST_MTU}`,
      );
    }
    this.mtu = options.mtu;
    this.offset = options.offset;
    this.longest = longest;
  }

  receive(frame: Frame, engine: EnginePort): number {
    const at = this.offset;
    if (frame.length <= at + this.mtu) {
      this.passed++;
      return frame.direction;
    }
    if (!isSound(frame, at)) return MALFORMED;
    const total = frame.u16(at + 2);
    if (total <= this.mtu) {
      // Only the link's padding was too long.
      frame.truncate(at + total);
      this.passed++;
      return frame.direction;
    }
    if ((frame.u16(at + 6) & IPV4_DONT_FRAGMENT) !== 0) {
      this.refused++;
      return this.ports[TOO_LONG_PORT] === 0 ? DONT_FRAGMENT : TOO_LONG_PORT;
    }
    const header = (frame.u8(at) & 0x0f) << 2;
    const data = total - header;
    const first = (this.longest - header) & ~7;
    const step = (this.longest - laterHeaderLength(frame, at)) & ~7;
    let done = first;
    for (let i = 0; i < MOST_FRAGMENTS; i++) {
      if (done >= data) {
        cutToFirst(frame, at, first);
        this.fragmented++;
        this.fragments += i + 1;
        return frame.direction;
      }
      const own = engine.create();
      if (own === null) return NO_FRAME;
      writeFragment(frame, own, at, done, Math.min(step, data - done));
      engine.emit(own, frame.direction);
      done += step;
    }
    return MALFORMED;
  }
}
