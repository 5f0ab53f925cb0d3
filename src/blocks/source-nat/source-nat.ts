import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import type { Random } from '../../contract/clock.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { ICMP_ECHO_REPLY, ICMP_ECHO_REQUEST } from '../../wire/icmp.js';
import { PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from '../../wire/ipv4.js';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../wire/tcp.js';
import { addressNumber } from '../ipv4-prefix.js';
import { outwardOption, outwardPort } from '../nat-direction.js';
import {
  addressOf,
  DESTINATION,
  ERROR,
  examine,
  FIRST_OWN_REASON,
  ICMP_TYPE,
  natFaults,
  PLAIN,
  portOf,
  protocolOf,
  rewrite,
  SOURCE,
} from '../nat-rewrite.js';
import { describeMapping } from './describe-mapping.js';
import { GROUPS, Group, type NatRange, NatTable, TABLE_FULL } from './nat-table.js';

const NO_MAPPING = drop(FIRST_OWN_REASON);
const FULL = drop(FIRST_OWN_REASON + 1);
const PORTS_USED_UP = drop(FIRST_OWN_REASON + 2);
const HAIRPIN = drop(FIRST_OWN_REASON + 3);

const MOST_ADDRESSES = 256;
/** How often idle mappings are looked for, and how many may go at a time, so that frames never wait long for it. */
const SWEEP_INTERVAL = 1_000_000;
const SWEEP_LIMIT = 1024;
const SWEEP_PAUSE = 1000;
/** Bits of a mapping's flags: FIN seen from each side, an answer seen, the connection is over. */
const [OUT_FIN, IN_FIN, ANSWERED, OVER] = [1, 2, 4, 8];
const SHOWN = 8;

const seconds = (most: number) => z.number().min(1).max(most);

const config = z.strictObject({
  address: z.string().describe('outside address, or the first and the last of several: 192.0.2.1-192.0.2.4'),
  outward: outwardOption,
  ports: z
    .string()
    .regex(/^[0-9]{1,5}-[0-9]{1,5}$/, 'write the first and the last port number: 1024-65535')
    .default('1024-65535')
    .describe('outside port numbers and echo identifiers, first-last'),
  mappings: z
    .int()
    .min(1)
    .max(1 << 20)
    .default(16_384)
    .describe('most mappings at a time'),
  unmapped: z
    .enum(['drop', 'pass'])
    .default('drop')
    .describe('what becomes of frames to an outside address for which there is no mapping'),
  offset: z.int().min(0).max(64).default(14).describe('bytes of link header before the IPv4 header'),
  udpTimeout: seconds(86_400).default(300).describe('seconds until an idle UDP mapping goes'),
  tcpTimeout: seconds(604_800).default(7440).describe('the same for an established TCP connection'),
  openingTimeout: seconds(86_400).default(240).describe('the same for one that is opening or closing'),
  icmpTimeout: seconds(86_400).default(60).describe('the same for an echo identifier'),
});
type Options = z.infer<typeof config>;

/**
 * Source NAT for IPv4 with TCP, UDP and ICMP echo (RFC 3022; behaviour by RFC 4787, 5382 and 5508): what goes out gets an
 * outside address and port, what comes back to these is turned into what it was. Mapping and filtering are
 * endpoint-independent: as long as a mapping lives, anybody may send to it. Frames that go out keep it alive.
 */
export class SourceNat implements Block {
  static readonly kind = 'source-nat';
  static readonly summary =
    'gives IPv4 packets that go out another source address, and turns the answers back';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'address';
  static readonly counters = {
    outbound: 'packets that went out translated',
    inbound: 'packets that came back translated',
    passed: 'packets that passed as they were',
    created: 'mappings made',
    expired: 'mappings that were idle for too long',
  };
  static readonly drops = {
    ...natFaults,
    'no-mapping': 'it belongs to no mapping',
    'table-full': 'there are as many mappings as may be',
    'no-port': 'no free port number was found at its outside address',
    hairpin: 'from the inside to an outside address, which is not turned round',
  };
  static readonly state = ['table'];
  static readonly shared = true;
  /** Its table is an object, and TCP has states. */
  static readonly portable = false;

  outbound = 0;
  inbound = 0;
  passed = 0;
  created = 0;
  expired = 0;
  table: NatTable;
  private range: NatRange;
  private offset = 0;
  private port: 0 | 1 = 0;
  private byAddress = false;
  private passUnmapped = false;
  /** Microseconds, by group. */
  private readonly timeouts = new Float64Array(GROUPS);
  private readonly random: Random;

  constructor(context: BlockContext, options: Options) {
    this.random = context.random;
    this.range = parseRange(options);
    this.table = new NatTable(this.range, context.random());
    this.configure(options);
  }

  configure(options: Options): void {
    this.range = parseRange(options);
    this.offset = options.offset;
    this.port = outwardPort(options.outward);
    this.byAddress = options.outward === 'address';
    this.passUnmapped = options.unmapped === 'pass';
    this.timeouts[Group.udp] = options.udpTimeout * 1e6;
    this.timeouts[Group.opening] = options.openingTimeout * 1e6;
    this.timeouts[Group.established] = options.tcpTimeout * 1e6;
    this.timeouts[Group.icmp] = options.icmpTimeout * 1e6;
  }

  receive(frame: Frame, engine: EnginePort): number {
    // After a change of the configuration, or when the table came from the block that this one replaced.
    if (this.table.range !== this.range) this.table = this.table.fitted(this.range);
    const at = this.offset;
    const kind = examine(frame, at);
    if (kind < 0) return kind;
    const destination = frame.u32(at + 16);
    const toOutside = this.isOutside(destination);
    const goesOut = this.byAddress ? !toOutside : frame.direction === this.port;
    const port = goesOut ? this.port : 1 - this.port;
    frame.direction = port === 0 ? 0 : 1;
    if (goesOut) return toOutside ? HAIRPIN : this.out(frame, kind, port, engine);
    if (toOutside) return this.back(frame, kind, port, engine);
    this.passed++;
    return port;
  }

  private isOutside(address: number): boolean {
    return address >= this.range.firstAddress && address <= this.range.lastAddress;
  }

  private out(frame: Frame, kind: number, port: number, engine: EnginePort): number {
    const { table, offset } = this;
    // Another block has given it that address: one that translates destinations, turning an answer back.
    if (this.isOutside(frame.u32(offset + 12))) {
      this.passed++;
      return port;
    }
    const protocol = protocolOf(frame, offset, kind);
    const address = addressOf(frame, offset, kind, SOURCE);
    const number = portOf(frame, offset, kind, SOURCE);
    let index = table.findInside(protocol, address, number);
    if (kind === ERROR) {
      if (index < 0) return NO_MAPPING;
    } else {
      if (protocol === PROTOCOL_ICMP && this.icmpType(frame) !== ICMP_ECHO_REQUEST) return ICMP_TYPE;
      table.clock[0] = engine.now();
      const group = this.groupAfter(frame, protocol, index, true);
      if (index >= 0) {
        table.touch(index, group);
      } else {
        index = table.claim(protocol, address, number, group, this.random());
        if (index < 0) return index === TABLE_FULL ? FULL : PORTS_USED_UP;
        this.created++;
        if (table.count === 1) engine.wakeAt(table.clock[0] + SWEEP_INTERVAL);
      }
    }
    rewrite(frame, offset, kind, SOURCE, table.outsideAddress[index], table.outsidePort[index]);
    this.outbound++;
    return port;
  }

  private back(frame: Frame, kind: number, port: number, engine: EnginePort): number {
    const { table, offset } = this;
    const protocol = protocolOf(frame, offset, kind);
    const address = addressOf(frame, offset, kind, DESTINATION);
    const index = table.findOutside(protocol, address, portOf(frame, offset, kind, DESTINATION));
    if (index < 0) {
      if (!this.passUnmapped) return NO_MAPPING;
      this.passed++;
      return port;
    }
    if (kind === PLAIN) {
      if (protocol === PROTOCOL_ICMP && this.icmpType(frame) !== ICMP_ECHO_REPLY) return ICMP_TYPE;
      // Only what goes out keeps a mapping alive (RFC 4787 REQ-6); but the end of a connection may come from there.
      const group = this.groupAfter(frame, protocol, index, false);
      if (group !== table.group[index]) {
        table.clock[0] = engine.now();
        table.touch(index, group);
      }
    }
    rewrite(frame, offset, kind, DESTINATION, table.insideAddress[index], table.insidePort[index]);
    this.inbound++;
    return port;
  }

  private icmpType(frame: Frame): number {
    return frame.u8(this.offset + ((frame.u8(this.offset) & 0x0f) << 2));
  }

  /** The group of a mapping after this packet; of TCP, its flags are brought up to date. */
  private groupAfter(frame: Frame, protocol: number, index: number, goesOut: boolean): number {
    if (protocol === PROTOCOL_UDP) return Group.udp;
    if (protocol !== PROTOCOL_TCP) return Group.icmp;
    if (index < 0) return Group.opening;
    const { table, offset } = this;
    const tcp = frame.u8(offset + ((frame.u8(offset) & 0x0f) << 2) + 13);
    let flags = table.flags[index];
    if (goesOut && (tcp & TCP_SYN) !== 0) flags = 0;
    if (!goesOut) flags |= ANSWERED;
    if ((tcp & TCP_FIN) !== 0) flags |= goesOut ? OUT_FIN : IN_FIN;
    if ((tcp & TCP_RST) !== 0 || (flags & (OUT_FIN | IN_FIN)) === (OUT_FIN | IN_FIN)) flags |= OVER;
    table.flags[index] = flags;
    if ((flags & OVER) !== 0) return Group.opening;
    // Established once what goes out acknowledges what came in (RFC 5382 REQ-5).
    const acknowledges = goesOut && (tcp & (TCP_SYN | TCP_ACK)) === TCP_ACK && (flags & ANSWERED) !== 0;
    if (acknowledges) return Group.established;
    // A new connection from the same port begins anew.
    return flags === 0 ? Group.opening : table.group[index];
  }

  wake(engine: EnginePort): void {
    const { table } = this;
    const now = engine.now();
    let left = SWEEP_LIMIT;
    for (let group = 0; group < GROUPS; group++) {
      const limit = now - this.timeouts[group];
      for (let i = table.oldest[group]; left > 0 && i >= 0; i = table.oldest[group]) {
        if (table.lastUse[i] > limit) break;
        table.remove(i);
        this.expired++;
        left--;
      }
    }
    if (table.count > 0) engine.wakeAt(now + (left === 0 ? SWEEP_PAUSE : SWEEP_INTERVAL));
  }

  details(): Readonly<Record<string, unknown>> {
    const { table } = this;
    const some = table.latest(SHOWN).map((index) => describeMapping(table, index));
    const [udp, opening, established, icmp] = table.counts;
    return { mappings: table.count, udp, opening, established, icmp, limit: this.range.mappings, some };
  }
}

function parseRange(options: Options): NatRange {
  const [first, last = first, ...more] = options.address.split('-');
  const firstAddress = addressNumber(first, 'address');
  const lastAddress = addressNumber(last, 'address');
  if (more.length > 0 || lastAddress < firstAddress || lastAddress - firstAddress >= MOST_ADDRESSES) {
    const text = `address: "${options.address}" is not an address, or a range of at most ${MOST_ADDRESSES}`;
    throw new QuipuError('bad-config', text);
  }
  const [firstPort, lastPort] = options.ports.split('-').map(Number);
  if (firstPort < 1 || lastPort > 65_535 || lastPort < firstPort) {
    throw new QuipuError('bad-config', `ports: "${options.ports}" is no range within 1-65535`);
  }
  return { firstAddress, lastAddress, firstPort, lastPort, mappings: options.mappings };
}
