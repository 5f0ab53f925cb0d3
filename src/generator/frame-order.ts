import type { FrameTemplate } from '../traffic/frame-template.js';

/** Which of several packets comes next: one behind the other and from the beginning again, or by chance. */
export class FrameOrder {
  readonly packets: readonly FrameTemplate[];
  private readonly random: (() => number) | null;
  private at = 0;

  /** `random` in [0, 2^32) draws the next one by chance; there must be one packet at least. */
  constructor(packets: readonly FrameTemplate[], random: (() => number) | null) {
    this.packets = packets;
    this.random = random;
  }

  /** The same order of other packets, as many. */
  withPackets(packets: readonly FrameTemplate[]): FrameOrder {
    return new FrameOrder(packets, this.random);
  }

  /** Index of the next packet. */
  next(): number {
    const { packets, random } = this;
    if (random !== null) return Math.floor((random() / 0x1_0000_0000) * packets.length);
    const now = this.at;
    this.at = now + 1 === packets.length ? 0 : now + 1;
    return now;
  }
}
