import { z } from 'zod';
import type { Block, BlockContext, LinkPort } from '../../contract/block.js';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';

const HEADER = 14;
/** Length of the tag: the EtherType 0xAC00 + id, put in front of the frame's own. */
const TAG = 2;
const TAG_TYPE = 0xac00;
const TOO_SHORT = drop(0);
const WRONG_TAG = drop(1);
const NO_HEADROOM = drop(2);

const config = z.strictObject({
  id: z.int().min(0).max(255).describe('identifier of the virtual device: EtherType 0xAC00 + id'),
  device: z
    .string()
    .min(1)
    .max(15)
    .optional()
    .describe('name of the Linux device; the name of the block when absent'),
  mtu: z
    .int()
    .min(68)
    .max(65521)
    .default(1498)
    .describe('MTU of the Linux device: two bytes less than the carrier’s'),
  mac: z
    .string()
    .regex(/^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/, 'six bytes in hex, with colons')
    .optional()
    .describe('hardware address of the Linux device; random when absent'),
});

/**
 * A virtual Ethernet device on a carrier (seed 004 §5.4.2). Frames of the carrier with its tag come up here, the tag
 * taken off: to the block that sits on top, or, when none does, to a real Linux device (a TAP) of the same name.
 * What comes from above, or from the Linux device, goes down to the carrier with the tag put in.
 */
export class EthernetTagged implements Block {
  static readonly kind = 'ethernet-tagged';
  static readonly summary =
    'a virtual Ethernet device on a carrier, visible to Linux, told apart by EtherType 0xAC00 + id';
  static readonly mode = 'source';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'id';
  static readonly counters = {
    received: 'tagged frames from the carrier',
    receivedBytes: 'their bytes, tag included',
    transmitted: 'frames passed to the carrier',
    transmittedBytes: 'their bytes, tag included',
  };
  static readonly drops = {
    'too-short': 'shorter than an Ethernet header',
    'wrong-tag': 'it came from the carrier without the tag of this device',
    'no-headroom': 'no room left in front of the frame for the tag',
  };
  static readonly uses = { EGRESS, INGRESS, HEADER, TAG, TOO_SHORT, WRONG_TAG, NO_HEADROOM };

  received = 0;
  receivedBytes = 0;
  transmitted = 0;
  transmittedBytes = 0;
  readonly tagType: number;
  readonly ports: Int32Array;
  readonly device: LinkPort;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.ports = context.ports;
    this.tagType = TAG_TYPE + options.id;
    const { mtu, mac, device = context.name } = options;
    const spec = { kind: 'tap', device, mtu, up: true, ...(mac === undefined ? {} : { mac }) };
    this.device = context.openLink(spec, { direction: EGRESS });
  }

  receive(frame: Frame): number {
    if (frame.direction === EGRESS) {
      if (frame.length < HEADER) return TOO_SHORT;
      if (!frame.push(TAG)) return NO_HEADROOM;
      for (let i = 0; i < 12; i++) frame.setU8(i, frame.u8(i + TAG));
      frame.setU16(12, this.tagType);
      frame.protocol = this.tagType;
      this.transmitted++;
      this.transmittedBytes += frame.length;
      return EGRESS;
    }
    if (frame.length < HEADER + TAG) return TOO_SHORT;
    if (frame.u16(12) !== this.tagType) return WRONG_TAG;
    this.received++;
    this.receivedBytes += frame.length;
    for (let i = 11; i >= 0; i--) frame.setU8(i + TAG, frame.u8(i));
    frame.pull(TAG);
    frame.protocol = frame.u16(12);
    if (this.ports[INGRESS] !== 0) return INGRESS;
    return this.device.transmit(frame);
  }
}
