import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { CONSUMED, drop } from '../../contract/outcome.js';
import {
  completeIpv4,
  IPV4_DONT_FRAGMENT,
  IPV4_HEADER,
  IPV4_MORE_FRAGMENTS,
  isIpv4ChecksumRight,
} from '../../wire/ipv4.js';
import { copyMetadata } from '../frame-metadata.js';
import { isIpv4At, saysIpv4 } from '../ipv4-at.js';
import { DatagramTable, MOST_DATAGRAMS, Range } from './datagram-table.js';

const LONGEST_PACKET = 65_535;
const LONGEST_OPTIONS = 40;
const OFFSET_BITS = 0x1fff;
const [MALFORMED, DUPLICATE, OVERLAP, TOO_LONG, TIMEOUT, EVICTED, NO_FRAME, CLOSED] = [
  0, 1, 2, 3, 4, 5, 6, 7,
];
/** ECN values as bits of a set (RFC 3168 §5): 3 is "congestion experienced", 0 "not capable". */
const NOT_CAPABLE = 1 << 0;
const CONGESTION = 1 << 3;

const config = z.strictObject({
  offset: z.int().min(0).max(64).default(0).describe('bytes of link header before the IPv4 header'),
  datagrams: z
    .int()
    .min(1)
    .max(MOST_DATAGRAMS)
    .default(64)
    .describe('datagrams that may be incomplete at a time; each takes a frame of the pool'),
  timeout: z
    .number()
    .min(0.001)
    .max(3600)
    .default(30)
    .describe('seconds from the first fragment to the last'),
});

/**
 * Puts fragmented IPv4 packets together (RFC 791 §3.2, RFC 815's aim with a bitmap in place of its list of holes). Each
 * has a frame of its own, into which the fragments' bytes go; so a packet has to fit a slot of the pool.
 * Fragments that overlap with different bytes end their whole packet (RFC 5722); exact duplicates only themselves
 * (RFC 8200 §4.5). The header is the first fragment's; ECN fields are joined by RFC 3168 §5.3.
 */
export class IpReassemble implements Block {
  static readonly kind = 'ip-reassemble';
  static readonly summary = 'puts fragmented IPv4 packets together';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly counters = {
    passed: 'frames that were no fragments',
    fragments: 'fragments that came',
    reassembled: 'packets put together',
  };
  static readonly drops = {
    malformed: 'a fragment whose lengths, checksum or ECN field cannot be right',
    duplicate: 'a fragment that had come before',
    overlap: 'fragments overlap or contradict one another: the packet was given up',
    'too-long': 'the whole packet would not fit a slot of the pool, or not 65,535 bytes',
    timeout: 'the rest of its fragments did not come in time',
    evicted: 'too many incomplete packets: the oldest was given up',
    'no-frame': 'the pool had no frame to put the packet together in',
    closed: 'it was incomplete when the block went, or when its offset changed',
  };
  static readonly state = ['table'];
  static readonly shared = true;
  /** It holds frames, and finds them in a table with methods of its own. */
  static readonly portable = false;

  passed = 0;
  fragments = 0;
  reassembled = 0;
  table: DatagramTable;
  private offset = 0;
  private limit = 0;
  /** Microseconds. */
  private timeout = 0;
  /** Bytes of data that fit behind link header and shortest IPv4 header. */
  private room = 0;
  private readonly maxLength: number;
  private readonly headroom: number;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.maxLength = context.pool.maxLength;
    this.headroom = context.pool.headroom;
    this.table = new DatagramTable(Math.min(this.maxLength, LONGEST_PACKET), context.random());
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    const room = this.maxLength - options.offset - IPV4_HEADER;
    if (room < 8) {
      throw new QuipuError('bad-config', `offset is ${options.offset}: the pool's frames are too short`);
    }
    this.offset = options.offset;
    this.limit = options.datagrams;
    this.timeout = options.timeout * 1e6;
    this.room = room;
  }

  receive(frame: Frame, engine: EnginePort): number {
    const at = this.offset;
    const word = frame.u16(at + 6);
    if ((word & (IPV4_MORE_FRAGMENTS | OFFSET_BITS)) === 0 || !saysIpv4(frame, at)) {
      this.passed++;
      return frame.direction;
    }
    this.fragments++;
    if (!isIpv4At(frame, at) || !isIpv4ChecksumRight(frame.bytes, frame.start + at)) return drop(MALFORMED);
    const header = (frame.u8(at) & 0x0f) << 2;
    const count = frame.u16(at + 2) - header;
    const more = (word & IPV4_MORE_FRAGMENTS) !== 0;
    if (count === 0 || (more && (count & 7) !== 0)) return drop(MALFORMED);
    const from = (word & OFFSET_BITS) << 3;
    const index = this.datagram(frame, engine);
    if (index < 0) return drop(NO_FRAME);
    const whole = this.table.frames[index];
    if (whole === null) return drop(this.table.fate[index]);
    const reason = this.fault(frame, whole, index, header, from, count, more);
    if (reason === DUPLICATE) return drop(DUPLICATE);
    if (reason >= 0) {
      engine.discard(this.table.giveUp(index, reason), reason);
      return drop(reason);
    }
    this.take(frame, whole, index, header, from, count, more);
    return this.isComplete(index) ? this.finish(index, engine) : CONSUMED;
  }

  /** Index of the datagram of a fragment, begun if it is new; -1 when the pool has no frame for it. */
  private datagram(frame: Frame, engine: EnginePort): number {
    const { table, offset } = this;
    if (table.offset !== offset) this.startAnew(engine);
    const source = frame.u32(offset + 12);
    const destination = frame.u32(offset + 16);
    // Two directions of one node are two places: the same packet may pass both.
    const label = (frame.u16(offset + 4) << 16) | (frame.direction << 8) | frame.u8(offset + 9);
    const known = table.find(source, destination, label);
    if (known >= 0) return known;
    while (table.count >= this.limit) this.forget(table.oldest, EVICTED, engine);
    const whole = engine.create();
    if (whole === null) return -1;
    copyMetadata(frame, whole);
    const expires = engine.now() + this.timeout;
    if (table.count === 0) engine.wakeAt(expires);
    return table.begin(source, destination, label, whole, expires);
  }

  /** The table's frames were begun with another link header, before a change or by the block that this one replaced. */
  private startAnew(engine: EnginePort): void {
    this.close(engine);
    this.table.offset = this.offset;
  }

  /** Why a fragment cannot be taken, as a drop reason; -1 when it can. */
  private fault(
    frame: Frame,
    whole: Frame,
    index: number,
    header: number,
    from: number,
    count: number,
    more: boolean,
  ): number {
    const { table } = this;
    const to = from + count;
    if (to > this.room || to + header > LONGEST_PACKET) return TOO_LONG;
    if (from === 0 && header - IPV4_HEADER > Math.min(LONGEST_OPTIONS, this.headroom)) return TOO_LONG;
    const total = table.total[index];
    if (total >= 0 && (to > total || (!more && to !== total))) return OVERLAP;
    if (!more && to < table.end[index]) return OVERLAP;
    const there = table.look(index, from >>> 3, (to + 7) >>> 3);
    if (there === Range.mixed) return OVERLAP;
    if (there === Range.empty) return -1;
    const { bytes } = frame;
    const mine = frame.start + this.offset + header;
    const theirs = this.dataAt(whole) + from;
    for (let i = 0; i < count; i++) if (bytes[mine + i] !== bytes[theirs + i]) return OVERLAP;
    return DUPLICATE;
  }

  /** Puts a fragment's bytes, and the first one's headers, where they belong. */
  private take(
    frame: Frame,
    whole: Frame,
    index: number,
    header: number,
    from: number,
    count: number,
    more: boolean,
  ): void {
    const { table, offset } = this;
    const { bytes } = frame;
    const headers = offset + header;
    const data = frame.start + headers;
    bytes.copyWithin(this.dataAt(whole) + from, data, data + count);
    table.mark(index, from >>> 3, (from + count + 7) >>> 3);
    table.ecn[index] |= 1 << (frame.u8(offset + 1) & 3);
    table.end[index] = Math.max(table.end[index], from + count);
    if (!more) table.total[index] = from + count;
    if (from !== 0 && whole.length > 0) return;
    // Until the first one comes, the header of another stands there, for people who look at a dropped frame.
    whole.start = this.dataAt(whole) - headers;
    whole.length = headers;
    bytes.copyWithin(whole.start, frame.start, data);
    if (from === 0) table.header[index] = header;
  }

  /** Where in the pool's memory the data of a packet begins: longer headers reach into the headroom. */
  private dataAt(whole: Frame): number {
    return whole.slotOffset + this.headroom + this.offset + IPV4_HEADER;
  }

  private isComplete(index: number): boolean {
    const total = this.table.total[index];
    return total >= 0 && this.table.units[index] === (total + 7) >>> 3;
  }

  private finish(index: number, engine: EnginePort): number {
    const { table, offset } = this;
    const ecn = table.ecn[index];
    const length = table.header[index] + table.total[index];
    const whole = table.frames[index] as Frame;
    const damaged = (ecn & CONGESTION) !== 0 && (ecn & NOT_CAPABLE) !== 0;
    if (damaged || length > LONGEST_PACKET) {
      const reason = damaged ? MALFORMED : TOO_LONG;
      engine.discard(table.giveUp(index, reason), reason);
      return drop(reason);
    }
    table.remove(index);
    whole.length = offset + length;
    whole.setU16(offset + 2, length);
    whole.setU16(offset + 6, whole.u16(offset + 6) & IPV4_DONT_FRAGMENT);
    if ((ecn & CONGESTION) !== 0) whole.setU8(offset + 1, whole.u8(offset + 1) | 3);
    completeIpv4(whole.bytes, whole.start + offset);
    this.reassembled++;
    engine.emit(whole, whole.direction);
    return CONSUMED;
  }

  private forget(index: number, reason: number, engine: EnginePort): void {
    const frame = this.table.remove(index);
    if (frame !== null) engine.discard(frame, reason);
  }

  wake(engine: EnginePort): void {
    const { table } = this;
    const now = engine.now();
    while (table.oldest >= 0 && table.expires[table.oldest] <= now)
      this.forget(table.oldest, TIMEOUT, engine);
    if (table.oldest >= 0) engine.wakeAt(table.expires[table.oldest]);
  }

  details(): Readonly<Record<string, unknown>> {
    return { incomplete: this.table.held, limit: this.limit };
  }

  held(): number {
    return this.table.held;
  }

  close(engine: EnginePort): void {
    while (this.table.oldest >= 0) this.forget(this.table.oldest, CLOSED, engine);
  }
}
