import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { portName } from '../../contract/port.js';
import { ETHERNET_HEADER } from '../../wire/ethernet.js';
import {
  forgetMacs,
  learnMac,
  MAC_LEARNED,
  MAC_MOVED,
  MAC_TABLE_FULL,
  MacTable,
  macLines,
  portOfMac,
} from './mac-table.js';

const SIDES = 16;
const PORTS = { ingress: SIDES, egress: SIDES } as const;
const PORT_COUNT = 2 * SIDES;
const SECOND = 1_000_000;
/** The table is looked through this often while an address grows too old. */
const ROUNDS = 8;
const SHOWN = 16;
/** 01:80:c2:00:00:00, the first of the addresses that stay on their link (IEEE 802.1D-2004 §7.12.6). */
const GROUP_UPPER = 0x0180;
const GROUP_LOWER = 0xc2000000 | 0;
const TOO_SHORT = drop(0);
const BAD_SOURCE = drop(1);
const UNKNOWN_PORT = drop(2);
const LINK_LOCAL = drop(3);
const SAME_PORT = drop(4);
const NO_OTHER_PORT = drop(5);

const config = z.strictObject({
  table: z.int().min(1).max(65536).default(4096).describe('how many addresses there is room for'),
  age: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(300)
    .describe('seconds after which an address is forgotten; 0: never'),
});

/**
 * A learning Ethernet switch (IEEE 802.1D-2004 §7). `ethernet` blocks sit below it, each bound to it by its ingress, and
 * egress i leads to the i-th; sockets may sit on its ingress ports. A frame's port is the one that leads to the block whose
 * link brought it (`frame.link`). Not here: spanning tree, and VLANs, which share one table of addresses.
 */
export class Bridge implements Block {
  static readonly kind = 'bridge';
  static readonly summary = 'a learning Ethernet switch between the links below it';
  static readonly mode = 'dual';
  static readonly ports = PORTS;
  static readonly config = config;
  static readonly counters = {
    forwarded: 'frames sent by the one port of their destination',
    flooded: 'frames for a group, or for an address not learned, sent by all other ports',
    copies: 'copies made for that',
    learned: 'addresses learned',
    moved: 'addresses seen at another port than before',
    aged: 'addresses forgotten, as they were not seen for too long',
    unlearned: 'frames whose source address was not learned, as the table was full',
  };
  static readonly drops = {
    'too-short': 'shorter than an Ethernet header',
    'bad-source': 'its source address is a group address, or all zeros',
    'unknown-port': 'it came by a link to which no port leads',
    'link-local': 'addressed to 01:80:c2:00:00:00 to 0f, which no bridge passes on',
    'same-port': 'its destination is at the port by which it came',
    'no-other-port': 'no port is bound but the one by which it came',
  };
  static readonly state = ['macs', 'armed', 'round'];
  static readonly shared = true;
  static readonly uses = {
    ETHERNET_HEADER,
    GROUP_LOWER,
    GROUP_UPPER,
    PORT_COUNT,
    TOO_SHORT,
    BAD_SOURCE,
    UNKNOWN_PORT,
    LINK_LOCAL,
    SAME_PORT,
    NO_OTHER_PORT,
    MAC_LEARNED,
    MAC_MOVED,
    MAC_TABLE_FULL,
    learnMac,
    portOfMac,
  };

  forwarded = 0;
  flooded = 0;
  copies = 0;
  learned = 0;
  moved = 0;
  aged = 0;
  unlearned = 0;
  macs: MacTable;
  /** Microseconds between two looks through the table; 0: addresses are never forgotten. */
  interval = 0;
  /** 1 while the timer is set. */
  armed = 0;
  /** Looks through the table so far. */
  round = 0;
  readonly ports: Int32Array;
  private spare: MacTable | null = null;
  private readonly context: BlockContext;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.context = context;
    this.ports = context.ports;
    this.macs = new MacTable(options.table, context.random() | 0);
    this.configure(options);
  }

  /** Another size begins with an empty table: what it knew is learned again from the next frames. */
  configure(options: z.infer<typeof config>): void {
    if (options.table !== this.macs.capacity) {
      const macs = this.macs;
      // A change that is taken back, before any frame has come, loses nothing.
      const again = this.spare?.capacity === options.table && macs.count === 0 ? this.spare : null;
      this.macs = again ?? new MacTable(options.table, macs.seed);
      this.spare = macs;
    }
    this.interval = (options.age * SECOND) / ROUNDS;
    if (this.interval > 0) this.context.wakeAt(this.context.clock.now() + this.interval);
  }

  receive(frame: Frame, engine: EnginePort): number {
    if (frame.length < ETHERNET_HEADER) return TOO_SHORT;
    // The way by which it came; -1 for frames that were made in this node.
    let from = -1;
    if (frame.link !== 0) {
      for (let port = 0; port < PORT_COUNT; port++) {
        if (this.ports[port] === frame.link) {
          from = port;
          break;
        }
      }
      if (from < 0) return UNKNOWN_PORT;
    }
    const sourceUpper = frame.u16(6);
    const sourceLower = frame.u32(8) | 0;
    if ((sourceUpper & 0x100) !== 0 || (sourceUpper === 0 && sourceLower === 0)) return BAD_SOURCE;
    if (from >= 0) {
      const known = learnMac(this.macs, sourceUpper, sourceLower, from, frame.link, this.round);
      if (known === MAC_TABLE_FULL) {
        this.unlearned++;
      } else if (known === MAC_MOVED) {
        this.moved++;
      } else if (known === MAC_LEARNED) {
        this.learned++;
        if (this.armed === 0 && this.interval > 0) {
          this.armed = 1;
          engine.wakeAt(engine.now() + this.interval);
        }
      }
    }
    const upper = frame.u16(0);
    const lower = frame.u32(2) | 0;
    if (upper === GROUP_UPPER && (lower & ~15) === GROUP_LOWER) return LINK_LOCAL;
    if ((upper & 0x100) === 0) {
      const to = portOfMac(this.macs, upper, lower, this.ports);
      if (to >= 0) {
        if (to === from) return SAME_PORT;
        this.forwarded++;
        frame.direction = (to & 1) === 0 ? 0 : 1;
        return to;
      }
    }
    let first = -1;
    for (let port = 0; port < PORT_COUNT; port++) {
      if (port !== from && this.ports[port] !== 0) {
        if (first < 0) {
          first = port;
        } else {
          frame.direction = (port & 1) === 0 ? 0 : 1;
          this.copies++;
          engine.copy(frame, port);
        }
      }
    }
    if (first < 0) return NO_OTHER_PORT;
    this.flooded++;
    frame.direction = (first & 1) === 0 ? 0 : 1;
    return first;
  }

  /** Forgets what was not seen in all of ROUNDS rounds. */
  wake(engine: EnginePort): void {
    this.armed = 0;
    if (this.interval === 0) return;
    this.aged += forgetMacs(this.macs, this.round - ROUNDS);
    this.round++;
    if (this.macs.count === 0) return;
    this.armed = 1;
    engine.wakeAt(engine.now() + this.interval);
  }

  details(): Record<string, unknown> {
    const lines = macLines(this.macs, SHOWN);
    return {
      addresses: this.macs.count,
      room: this.macs.capacity,
      first: lines.map(({ mac, port }) => ({ mac, port: portName(PORTS, port) })),
    };
  }
}
