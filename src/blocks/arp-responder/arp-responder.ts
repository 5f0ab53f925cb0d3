import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import { QuipuError } from '../../contract/error.js';
import { type Frame, PacketType } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { ARP_REPLY, ARP_REQUEST, isArp } from '../../wire/arp.js';
import { readU16, readU32 } from '../../wire/bytes.js';
import { ETHERNET_HEADER, ETHERTYPE_ARP } from '../../wire/ethernet.js';
import { covers, prefixList, stationAddress, words } from '../ipv4-prefix.js';

const BAD_ARP = drop(0);
const NOT_OURS = drop(1);
const HEADER = ETHERNET_HEADER;
const OUTGOING = PacketType.outgoing;
const MOST_PREFIXES = 256;

const config = z.strictObject({
  addresses: z
    .union([z.string(), z.array(z.string())])
    .describe('addresses and prefixes to answer for, at most 256: a list, or one text with spaces between'),
  mac: z.string().describe('MAC address that the answers give'),
});

/**
 * Answers ARP requests for its addresses (RFC 826): the request itself becomes the reply and turns round. Frames begin
 * with their Ethernet header. For a prefix it answers as a proxy (RFC 1027).
 */
export class ArpResponder implements Block {
  static readonly kind = 'arp-responder';
  static readonly summary = 'answers ARP requests for its addresses';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'addresses';
  static readonly counters = { answered: 'requests answered' };
  static readonly drops = {
    'bad-arp': 'no whole ARP request for IPv4 over Ethernet',
    'not-ours': 'it asks for an address that is not ours, and nothing is bound to ingress',
  };
  static readonly uses = {
    EGRESS,
    INGRESS,
    BAD_ARP,
    NOT_OURS,
    HEADER,
    OUTGOING,
    ARP_REPLY,
    ARP_REQUEST,
    ETHERTYPE_ARP,
    covers,
    isArp,
  };

  answered = 0;
  readonly ports: Int32Array;
  networks: Int32Array = new Int32Array(0);
  masks: Int32Array = new Int32Array(0);
  /** The own address: its first two bytes and the other four. */
  macHigh = 0;
  macLow = 0;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.ports = context.ports;
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    const mac = stationAddress(options.mac, 'mac');
    const { networks, masks } = prefixList(words(options.addresses), 'addresses');
    if (networks.length === 0 || networks.length > MOST_PREFIXES)
      throw new QuipuError('bad-config', `addresses: ${networks.length} of them; give 1 to ${MOST_PREFIXES}`);
    this.networks = networks;
    this.masks = masks;
    this.macHigh = readU16(mac, 0);
    this.macLow = readU32(mac, 2) | 0;
  }

  receive(frame: Frame): number {
    if (frame.direction === EGRESS) return EGRESS;
    if (frame.u16(12) !== ETHERTYPE_ARP) return BAD_ARP;
    if (!isArp(frame.bytes, frame.start + HEADER, frame.length - HEADER)) return BAD_ARP;
    // A group address cannot be answered.
    if (frame.u16(20) !== ARP_REQUEST || (frame.u8(22) & 1) !== 0) return BAD_ARP;
    const target = frame.u32(38) | 0;
    const sender = frame.u32(28) | 0;
    // A station that asks for its own address announces it: a proxy must not contest that.
    if (target === sender || !covers(this.networks, this.masks, target))
      return this.ports[INGRESS] !== 0 ? INGRESS : NOT_OURS;
    const senderHigh = frame.u16(22);
    const senderLow = frame.u32(24) | 0;
    frame.setU16(0, senderHigh);
    frame.setU32(2, senderLow);
    frame.setU16(6, this.macHigh);
    frame.setU32(8, this.macLow);
    frame.setU16(20, ARP_REPLY);
    frame.setU16(22, this.macHigh);
    frame.setU32(24, this.macLow);
    frame.setU32(28, target);
    frame.setU16(32, senderHigh);
    frame.setU32(34, senderLow);
    frame.setU32(38, sender);
    frame.packetType = OUTGOING;
    frame.direction = EGRESS;
    this.answered++;
    return EGRESS;
  }
}
