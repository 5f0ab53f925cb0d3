import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { ARP_REQUEST, emitArp } from '../../wire/arp.js';
import { readU16, readU32, writeU32 } from '../../wire/bytes.js';
import {
  ETHERNET_HEADER,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  emitEthernet,
  formatMac,
} from '../../wire/ethernet.js';
import { formatIpv4 } from '../../wire/ipv4.js';
import { addressNumber, stationAddress } from '../ipv4-prefix.js';
import { KNOWN, MOST_ADDRESSES, MOST_WAITING, Neighbours } from './neighbours.js';
import { CACHE_SHIFT, CACHE_SIZE, letGo, type Querier, Reason, resolve, tick } from './resolve.js';

const NO_HEADROOM = drop(Reason.noHeadroom);
const HEADER = ETHERNET_HEADER;
const GOLDEN = 0x9e3779b1 | 0;
const SECOND = 1_000_000;
const NOBODY = new Uint8Array(6);
const EVERYBODY = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
/** Addresses that `details` shows. */
const SHOWN = 8;

const config = z.strictObject({
  address: z.string().describe('own IPv4 address on the link'),
  mac: z.string().describe('own MAC address on the link'),
  addresses: z
    .int()
    .min(1)
    .max(MOST_ADDRESSES)
    .default(1024)
    .describe('most addresses known or asked for at a time'),
  waiting: z.int().min(1).max(64).default(8).describe('packets that may wait for one address; the oldest go'),
  tries: z.int().min(1).max(10).default(3).describe('requests sent before an address is given up'),
  retry: z.number().min(0.1).max(60).default(1).describe('seconds between two requests'),
  lifetime: z.number().min(10).max(86_400).default(300).describe('seconds for which an answer is believed'),
});

/**
 * Puts an Ethernet header in front of IPv4 packets and finds out to which MAC address their next hop (`frame.nextHop`)
 * belongs by ARP (RFC 826, RFC 1122 §2.3.2). ARP frames that come to it are taken in. Addresses in use are asked for again
 * before their lifetime ends, so that no packet has to wait for that.
 */
export class ArpQuerier implements Block, Querier {
  static readonly kind = 'arp-querier';
  static readonly summary = 'puts the Ethernet header of the next hop in front of IPv4 packets, found by ARP';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 2, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'address';
  static readonly counters = {
    packets: 'packets that got a header',
    queries: 'requests sent',
    learned: 'packets of ARP that told an address asked for',
    unanswered: 'addresses given up',
  };
  static readonly drops = {
    'no-next-hop': 'no route has given it a next hop, and it is no ARP packet',
    'no-headroom': 'no room in front of it for an Ethernet header',
    unresolved: 'its next hop did not answer, and nothing is bound to ingress1',
    'too-many-waiting': 'it waited for an answer longest when one more came, or there was no place to wait',
    'table-full': 'its next hop is not known, and no more addresses can be asked for',
    'bad-arp': 'an ARP packet that is malformed or neither request nor reply',
    'block-removed': 'it waited for an answer when the block was removed',
  };
  static readonly state = ['neighbours'];
  static readonly uses = { CACHE_SHIFT, GOLDEN, HEADER, NO_HEADROOM, ETHERTYPE_IPV4, resolve };
  /** One table for the node: an answer reaches one engine only. */
  static readonly shared = true;

  packets = 0;
  queries = 0;
  learned = 0;
  unanswered = 0;
  neighbours = new Neighbours();
  readonly cacheKeys = new Int32Array(CACHE_SIZE);
  readonly cacheHigh = new Int32Array(CACHE_SIZE);
  readonly cacheLow = new Int32Array(CACHE_SIZE);
  readonly request = new Uint8Array(42);
  readonly ports: Int32Array;
  address = 0;
  sourceHigh = 0;
  sourceLow = 0;
  addresses = 0;
  waiting = 0;
  tries = 0;
  retry = 0;
  lifetime = 0;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.ports = context.ports;
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    const address = addressNumber(options.address, 'address');
    const mac = stationAddress(options.mac, 'mac');
    const own = new Uint8Array(4);
    writeU32(own, 0, address);
    emitEthernet(this.request, 0, EVERYBODY, mac, ETHERTYPE_ARP);
    emitArp(this.request, HEADER, ARP_REQUEST, mac, own, NOBODY, NOBODY);
    this.address = address | 0;
    this.sourceHigh = readU16(mac, 0);
    this.sourceLow = readU32(mac, 2) | 0;
    this.cacheKeys.fill(0); // what it has of headers names the address before
    this.addresses = options.addresses;
    this.waiting = options.waiting;
    this.tries = options.tries;
    this.retry = Math.round(options.retry * SECOND);
    this.lifetime = Math.round(options.lifetime * SECOND);
  }

  receive(frame: Frame, engine: EnginePort): number {
    const hop = frame.nextHop | 0;
    const place = Math.imul(hop, GOLDEN) >>> CACHE_SHIFT;
    if (hop === 0 || this.cacheKeys[place] !== hop) return resolve(this, frame, engine);
    if (!frame.push(HEADER)) return NO_HEADROOM;
    frame.setU32(0, this.cacheHigh[place]);
    frame.setU32(4, this.cacheLow[place]);
    frame.setU32(8, this.sourceLow);
    frame.setU16(12, ETHERTYPE_IPV4);
    this.packets++;
    return frame.direction;
  }

  wake(engine: EnginePort): void {
    tick(this, engine);
  }

  held(): number {
    return this.neighbours.waitingCount;
  }

  details(): Record<string, unknown> {
    const { state, address, macHigh, macLow, top, count, waitingCount } = this.neighbours;
    const known: Record<string, string> = {};
    const bytes = new Uint8Array(8);
    for (let slot = 0, shown = 0; slot < top && shown < SHOWN; slot++) {
      if (state[slot] !== KNOWN) continue;
      writeU32(bytes, 0, address[slot]);
      const ip = formatIpv4(bytes);
      writeU32(bytes, 0, macHigh[slot]);
      writeU32(bytes, 4, macLow[slot]);
      known[ip] = formatMac(bytes, 2);
      shown++;
    }
    return { addresses: count, waiting: waitingCount, mostWaiting: MOST_WAITING, known };
  }

  close(engine: EnginePort): void {
    letGo(this, engine);
  }
}
