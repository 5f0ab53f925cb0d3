import { z } from 'zod';
import type { Block } from '../../contract/block.js';
import { type Frame, PacketType } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';

const GROUP = drop(0);
const BROADCAST = PacketType.broadcast;
const MULTICAST = PacketType.multicast;

/** Ends frames that came by a broadcast or multicast of the link: a router must not forward them (RFC 1812 §5.3.4). */
export class DropBroadcasts implements Block {
  static readonly kind = 'drop-broadcasts';
  static readonly summary = 'ends what came as a broadcast or multicast of the link';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = z.strictObject({});
  static readonly counters = { packets: 'frames that passed' };
  static readonly drops = { 'link-broadcast': 'it came as a broadcast or multicast of the link' };
  static readonly uses = { BROADCAST, GROUP, MULTICAST };

  packets = 0;

  receive(frame: Frame): number {
    if (frame.packetType === BROADCAST || frame.packetType === MULTICAST) return GROUP;
    this.packets++;
    return frame.direction;
  }
}
