import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { readU16, readU32 } from '../../wire/bytes.js';
import { ETHERNET_HEADER, parseMac } from '../../wire/ethernet.js';
import { stationAddress } from '../ipv4-prefix.js';

const NO_HEADROOM = drop(0);
const HEADER = ETHERNET_HEADER;

const config = z.strictObject({
  source: z.string().describe('MAC address that the frames come from'),
  destination: z.string().describe('MAC address that they go to; a group address may stand here'),
  type: z
    .union([z.int().min(0).max(0xffff), z.string().regex(/^0x[0-9a-fA-F]{1,4}$/, 'write 2048 or "0x0800"')])
    .optional()
    .describe('EtherType, 2048 or "0x0800"; without it the protocol that the frame is known to have'),
});

/** Puts an Ethernet header with fixed addresses in front of every frame. */
export class EthernetEncap implements Block {
  static readonly kind = 'ethernet-encap';
  static readonly summary = 'puts an Ethernet header with fixed addresses in front of every frame';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly counters = { packets: 'frames that got a header' };
  static readonly drops = { 'no-headroom': 'no room in front of it for an Ethernet header' };
  static readonly uses = { HEADER, NO_HEADROOM };

  packets = 0;
  /** The header's first twelve bytes as three words, and its type; -1: the frame's. */
  word0 = 0;
  word1 = 0;
  word2 = 0;
  type = -1;

  constructor(_context: BlockContext, options: z.infer<typeof config>) {
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    const source = stationAddress(options.source, 'source');
    const destination = parseMac(options.destination);
    if (destination === null)
      throw new QuipuError('bad-config', `destination: "${options.destination}" is not a MAC address`);
    this.word0 = readU32(destination, 0) | 0;
    this.word1 = (readU16(destination, 4) << 16) | readU16(source, 0);
    this.word2 = readU32(source, 2) | 0;
    this.type = options.type === undefined ? -1 : Number(options.type);
  }

  receive(frame: Frame): number {
    if (!frame.push(HEADER)) return NO_HEADROOM;
    if (this.type >= 0) frame.protocol = this.type;
    frame.setU32(0, this.word0);
    frame.setU32(4, this.word1);
    frame.setU32(8, this.word2);
    frame.setU16(12, frame.protocol);
    this.packets++;
    return frame.direction;
  }
}
