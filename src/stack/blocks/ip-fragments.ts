import { z } from 'zod';
import type { Block, BlockClass, BlockContext, EnginePort } from '../../contract/block.js';
import { INGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { CONSUMED, drop, dropIndex } from '../../contract/outcome.js';
import { copyBytes, writeU16 } from '../../wire/bytes.js';
import { ecnOf, ecnOfFragments, setEcn } from '../../wire/ecn.js';
import { completeIpv4 } from '../../wire/ipv4.js';
import { IPV6_HEADER } from '../../wire/ipv6.js';
import { IPV6_FRAGMENT_HEADER, nextHeaderFieldAt } from '../../wire/ipv6-fragment.js';
import { Datagram, HEADER_ROOM, Placed } from '../fragments/datagram.js';
import { type Fragment, type FragmentFault, isFragment, readFragment } from '../fragments/fragment.js';
import { hostOption } from './options.js';

const faults: readonly FragmentFault[] = ['malformed', 'tiny', 'discovery'];
const OVERLAP = drop(3);
const SCATTERED = drop(4);
const TOO_LONG = drop(5);
const NO_FRAME = drop(6);
const LOST = drop(7);
const OVERTAKEN = 8;
const INCOMPLETE = 9;
const REMOVED = 10;
const FROM_ONE = drop(11);
const DUPLICATE = drop(12);
const ECN_LOSS = 13;
/** Port by which the beginning of a datagram leaves of which the rest did not come in time. */
const GIVEN_UP = INGRESS + 2;

const config = z.strictObject({
  datagrams: z
    .int()
    .min(1)
    .max(4096)
    .default(64)
    .describe('unfinished datagrams that are held at most; each takes a frame of the pool'),
  perSource: z.int().min(1).max(4096).default(16).describe('of these, from one address'),
  seconds4: z.int().min(1).max(120).default(30).describe('how long a datagram of IPv4 is waited for'),
  seconds6: z.int().min(1).max(120).default(60).describe('the same for IPv6 (RFC 8200 §4.5 says 60)'),
  host: hostOption,
});

/** Makes the type of block that puts fragments together again: in front of the hook local-in. */
export function ipFragmentsType(): BlockClass {
  return class IpFragments implements Block {
    static readonly kind = 'ip-fragments';
    static readonly summary =
      'puts the fragments of packets for a host together; what stays incomplete leaves by ingress1';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 2, egress: 0 };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = {
      passed: 'packets that were whole',
      fragments: 'fragments that came',
      completed: 'packets put together',
    };
    static readonly drops = {
      malformed: 'its offset, its length or its headers are wrong',
      tiny: 'the first fragment does not hold the headers, or the second would overwrite them',
      discovery: 'neighbour discovery in fragments (RFC 6980)',
      overlap: 'it contradicts what came before: the whole datagram is lost (RFC 5722)',
      scattered: 'its datagram has too many holes',
      'too-long': 'its datagram is longer than a frame of the pool',
      'no-frame': 'the pool is empty',
      lost: 'its datagram is lost already',
      'too-many': 'its datagram had waited longest when there were too many',
      incomplete: 'the rest of its datagram did not come in time',
      'block-removed': 'its datagram was incomplete when the block was removed',
      'too-many-of-one': 'its source has too many incomplete datagrams',
      duplicate: 'the same has come before',
      'ecn-loss':
        'a router has marked a fragment instead of dropping it, but its ends know no marks (RFC 3168 §5.3)',
    };
    static readonly portable = false;
    static readonly shared = true;

    passed = 0;
    fragments = 0;
    completed = 0;
    private readonly context: BlockContext;
    private options: z.infer<typeof config>;
    /** In the order in which they began. */
    private readonly datagrams = new Map<string, Datagram>();
    private readonly bySource = new Map<string, number>();
    private holding = 0;

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      this.context = context;
      this.options = options;
    }

    configure(options: z.infer<typeof config>): void {
      this.options = options;
    }

    receive(frame: Frame, engine: EnginePort): number {
      const { bytes, start, length } = frame;
      if (!isFragment(bytes, start, length)) {
        this.passed++;
        return INGRESS;
      }
      this.fragments++;
      const one = readFragment(bytes, start, length);
      if (typeof one === 'string') return drop(faults.indexOf(one));
      if (one.from === 0 && one.isLast) return this.passAtomic(frame, one);
      let datagram = this.datagrams.get(one.key);
      if (datagram === undefined) {
        if ((this.bySource.get(one.source) ?? 0) >= this.options.perSource) return FROM_ONE;
        while (this.datagrams.size >= this.options.datagrams) this.giveUpOldest(engine);
        const made = this.begin(frame, one, engine);
        if (made === null) return NO_FRAME;
        datagram = made;
      }
      if (datagram.frame === null) return LOST;
      if (one.headers + IPV6_FRAGMENT_HEADER > HEADER_ROOM) return TOO_LONG;
      if (HEADER_ROOM + one.from + one.length > this.context.pool.maxLength) {
        this.lose(datagram, engine, TOO_LONG);
        return TOO_LONG;
      }
      return this.place(datagram, frame, one, engine);
    }

    wake(engine: EnginePort): void {
      const now = engine.now();
      for (const datagram of this.datagrams.values())
        if (datagram.until <= now) this.giveUp(datagram, engine);
      this.arm(engine);
    }

    held(): number {
      return this.holding;
    }

    details(): Readonly<Record<string, unknown>> {
      return { incomplete: this.datagrams.size, sources: this.bySource.size };
    }

    close(engine: EnginePort): void {
      for (const { frame } of this.datagrams.values()) if (frame !== null) engine.discard(frame, REMOVED);
      this.datagrams.clear();
      this.bySource.clear();
      this.holding = 0;
    }

    private begin(frame: Frame, one: Fragment, engine: EnginePort): Datagram | null {
      const own = engine.create();
      if (own === null) return null;
      own.link = frame.link;
      own.interfaceIndex = frame.interfaceIndex;
      own.packetType = frame.packetType;
      own.timestamp = frame.timestamp;
      own.direction = frame.direction;
      const seconds = one.isFour ? this.options.seconds4 : this.options.seconds6;
      const datagram = new Datagram(one.key, one.source, engine.now() + seconds * 1_000_000, own);
      this.datagrams.set(one.key, datagram);
      this.bySource.set(one.source, (this.bySource.get(one.source) ?? 0) + 1);
      this.holding++;
      this.arm(engine);
      return datagram;
    }

    private place(datagram: Datagram, frame: Frame, one: Fragment, engine: EnginePort): number {
      const { bytes, start } = frame;
      const own = datagram.frame;
      if (own === null) return LOST;
      if (one.from === 0 && datagram.headers === 0) {
        copyBytes(bytes, start, one.dataAt, own.bytes, datagram.dataAt - one.dataAt);
        datagram.headers = one.dataAt;
      }
      datagram.ecnSeen |= 1 << ecnOf(bytes, start);
      const placed = datagram.place(bytes, start + one.dataAt, one.from, one.length, one.isLast);
      if (placed === Placed.duplicate) return DUPLICATE;
      if (placed === Placed.overlap || placed === Placed.scattered) {
        const reason = placed === Placed.overlap ? OVERLAP : SCATTERED;
        this.lose(datagram, engine, reason);
        return reason;
      }
      if (placed === Placed.complete) this.complete(datagram, own, one.isFour, engine);
      return CONSUMED;
    }

    private complete(datagram: Datagram, own: Frame, isFour: boolean, engine: EnginePort): void {
      this.forget(datagram);
      const { dataAt, headers, total } = datagram;
      const { bytes } = own;
      own.start = dataAt - headers;
      own.length = headers + total;
      if (isFour) {
        writeU16(bytes, own.start + 2, headers + total);
        writeU16(bytes, own.start + 6, 0);
        completeIpv4(bytes, own.start);
      } else takeHeaderOut(own, headers - IPV6_FRAGMENT_HEADER);
      this.arm(engine);
      const ecn = ecnOfFragments(datagram.ecnSeen, ecnOf(bytes, own.start));
      if (ecn < 0) {
        engine.discard(own, ECN_LOSS);
        return;
      }
      setEcn(bytes, own.start, ecn);
      this.completed++;
      engine.emit(own, INGRESS);
    }

    /** An atomic fragment (of IPv6) has nothing to do with others (RFC 6946). */
    private passAtomic(frame: Frame, one: Fragment): number {
      this.completed++;
      takeHeaderOut(frame, one.headers);
      return INGRESS;
    }

    /** Drops what has come, and remembers not to take in the rest. */
    private lose(datagram: Datagram, engine: EnginePort, reason: number): void {
      const { frame } = datagram;
      if (frame === null) return;
      datagram.frame = null;
      this.holding--;
      engine.discard(frame, dropIndex(reason));
    }

    private giveUpOldest(engine: EnginePort): void {
      const [oldest] = this.datagrams.values();
      this.forget(oldest);
      if (oldest.frame !== null) engine.discard(oldest.frame, OVERTAKEN);
    }

    /** Its time is over: who sent it is told, if its beginning has come (RFC 792, RFC 8200 §4.5). */
    private giveUp(datagram: Datagram, engine: EnginePort): void {
      const { frame, headers, beginning, dataAt } = datagram;
      this.forget(datagram);
      if (frame === null) return;
      if (headers === 0 || beginning === 0) {
        engine.discard(frame, INCOMPLETE);
        return;
      }
      frame.start = dataAt - headers;
      frame.length = headers + beginning;
      const isFour = frame.bytes[frame.start] >>> 4 === 4;
      writeU16(frame.bytes, frame.start + (isFour ? 2 : 4), frame.length - (isFour ? 0 : IPV6_HEADER));
      if (isFour) completeIpv4(frame.bytes, frame.start);
      engine.emit(frame, GIVEN_UP);
    }

    private forget({ key, source, frame }: Datagram): void {
      this.datagrams.delete(key);
      const count = (this.bySource.get(source) ?? 1) - 1;
      if (count > 0) this.bySource.set(source, count);
      else this.bySource.delete(source);
      if (frame !== null) this.holding--;
    }

    private arm(engine: EnginePort): void {
      let next = Number.POSITIVE_INFINITY;
      for (const { until } of this.datagrams.values()) next = Math.min(next, until);
      engine.wakeAt(next);
    }
  };
}

/** Takes the fragment header out that stands behind `headers` bytes of headers. */
function takeHeaderOut(frame: Frame, headers: number): void {
  const { bytes, start } = frame;
  bytes[start + nextHeaderFieldAt(bytes, start, headers)] = bytes[start + headers];
  bytes.copyWithin(start + IPV6_FRAGMENT_HEADER, start, start + headers);
  frame.pull(IPV6_FRAGMENT_HEADER);
  writeU16(bytes, frame.start + 4, frame.length - IPV6_HEADER);
}
