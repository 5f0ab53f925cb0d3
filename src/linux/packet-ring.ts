import { VNET_HEADER } from '../wire/virtio-net.js';

/** Bytes of a block: pages in one piece, in which slots lie one after the other. */
const BLOCK = 1 << 16;
/** struct tpacket2_hdr and the struct sockaddr_ll behind it. */
const HEADER = 52;
/** TPACKET_ALIGNMENT. */
const ALIGNMENT = 16;
/** Link header for which the kernel leaves room; shorter ones end where this one does. */
const LINK_HEADER_ROOM = 16;
const ETHERNET_HEADER = 14;
/** Slots begin at different sets of the cache: not a power of two, but whole cache lines. */
const LINE = 64;

/** A ring of slots for received frames (TPACKET_V2), as it is asked of the kernel. */
export interface RingShape {
  readonly slots: number;
  /** Bytes from a slot to the next in its block. */
  readonly slotBytes: number;
  readonly slotsInBlock: number;
  readonly blockBytes: number;
  readonly blocks: number;
  /** All of it: what is mapped. */
  readonly bytes: number;
  /** PACKET_RESERVE: bytes in front of a frame beyond those that the kernel needs. */
  readonly reserve: number;
}

/**
 * A ring of `bytes` or a little less (at least one block) whose Ethernet frames have `headroom` free bytes in front,
 * the kernel's own headers not touched, and `maxLength` bytes from the first one on.
 */
export function ringShape(bytes: number, headroom: number, maxLength: number): RingShape {
  // Where the kernel puts an Ethernet frame (tpacket_rcv): aligned, behind its headers, a virtio-net header in front.
  const lead = align(HEADER + LINK_HEADER_ROOM, ALIGNMENT) + VNET_HEADER - ETHERNET_HEADER;
  // The virtio-net header and what follows begin with a line of the cache: one is read for all the headers of a frame.
  const start = align(Math.max(lead, HEADER + headroom) - VNET_HEADER, LINE) + VNET_HEADER;
  const reserve = start - lead;
  const slotBytes = align(start + maxLength, LINE);
  const blockBytes = BLOCK * Math.ceil(slotBytes / BLOCK);
  const slotsInBlock = Math.floor(blockBytes / slotBytes);
  const blocks = Math.max(1, Math.floor(bytes / blockBytes));
  return {
    slots: blocks * slotsInBlock,
    slotBytes,
    slotsInBlock,
    blockBytes,
    blocks,
    bytes: blocks * blockBytes,
    reserve,
  };
}

/** Offset of slot i in the ring. */
export function slotOffset(shape: RingShape, i: number): number {
  const block = Math.floor(i / shape.slotsInBlock);
  return block * shape.blockBytes + (i - block * shape.slotsInBlock) * shape.slotBytes;
}

/** First byte of a slot that a frame may use: the kernel's headers are in front of it. */
export const SLOT_HEADER = HEADER;

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
