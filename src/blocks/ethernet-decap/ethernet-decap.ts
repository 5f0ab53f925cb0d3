import { z } from 'zod';
import type { Block } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { ETHERNET_HEADER } from '../../wire/ethernet.js';

const TOO_SHORT = drop(0);
const HEADER = ETHERNET_HEADER;

/** Takes the Ethernet header off; its type stays with the frame as `protocol`. */
export class EthernetDecap implements Block {
  static readonly kind = 'ethernet-decap';
  static readonly summary = 'takes the Ethernet header off and keeps its type with the frame';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = z.strictObject({});
  static readonly counters = { packets: 'frames that lost their header' };
  static readonly drops = { 'too-short': 'shorter than an Ethernet header' };
  static readonly uses = { HEADER, TOO_SHORT };

  packets = 0;

  receive(frame: Frame): number {
    const type = frame.u16(12);
    if (!frame.pull(HEADER)) return TOO_SHORT;
    frame.protocol = type;
    this.packets++;
    return frame.direction;
  }
}
