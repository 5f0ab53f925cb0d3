import type { Direction } from './direction.js';

/** How a link met a frame (linux/if_packet.h, `sll_pkttype`). */
export const PacketType = { host: 0, broadcast: 1, multicast: 2, otherHost: 3, outgoing: 4 } as const;

/** What is known of a frame's TCP or UDP checksum. */
export const ChecksumState = {
  /** Nothing: whoever reads it checks it. */
  asWritten: 0,
  /** The link vouches for it. */
  verified: 1,
  /** Unfinished: the field holds the sum of the pseudo-header. Only links that say so (`offload`) give or take such frames. */
  open: 2,
} as const;

/**
 * What the engine moves: a slot of the frame pool with its metadata. Frames go by reference;
 * exactly one party owns a frame at a time.
 *
 * Offsets are relative to the frame's first byte. Reads beyond its end answer 0 and writes there
 * do nothing, so that no wire byte can make a block fail; check `length` where it matters.
 */
export interface Frame {
  /**
   * The memory of its pool, shared by all of the pool's frames. The frame is `bytes[start … start + length)`;
   * its slot (headroom, frame, tailroom) begins at `bytes[slotOffset]`. `start` counts from the memory's
   * beginning, not from the slot's.
   */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly slotOffset: number;
  start: number;
  length: number;

  /** Identifier of the link by which it came, 0 for none. */
  link: number;
  /** EtherType, host order (`#proto` of a filter). */
  protocol: number;
  /** One of `PacketType`. */
  packetType: number;
  interfaceIndex: number;
  /** ARPHRD_* (1 = Ethernet). */
  hardwareType: number;
  /** 1 when the frame came with a VLAN tag; then `vlanTag` is its TCI and `vlanProtocol` its TPID. */
  vlanPresent: number;
  vlanTag: number;
  vlanProtocol: number;
  queue: number;
  mark: number;
  hash: number;
  cpu: number;
  /** IPv4 address of the next hop in host order, 0 when none is known: a route sets it, who resolves addresses reads it. */
  nextHop: number;
  /**
   * Payload bytes of each of the segments into which the link has to cut it, or of which the link has made it; 0: it is
   * one packet. Longer than the MTU only with this.
   */
  segmentSize: number;
  /** One of `ChecksumState`. */
  checksum: number;
  /** Number of the circuit by which it came or is to leave (contract/circuit.ts); 0 for none. */
  circuit: number;
  /** Microseconds since the epoch of the link's clock. */
  timestamp: number;
  direction: Direction;
  /** The information dispatch point that sees it next; 0 for none. */
  nextIdp: number;
  /** Blocks entered so far. */
  hops: number;

  u8(offset: number): number;
  u16(offset: number): number;
  u32(offset: number): number;
  setU8(offset: number, value: number): void;
  setU16(offset: number, value: number): void;
  setU32(offset: number, value: number): void;
  /** Grows the frame at its front by n bytes (contents undefined); false when the headroom is too small. */
  push(n: number): boolean;
  /** Removes n bytes from its front; false when it is shorter than that. */
  pull(n: number): boolean;
  /** Cuts the frame to n bytes; longer than it is changes nothing. */
  truncate(n: number): void;
  /** Replaces the frame's bytes and sets its length; false when they do not fit behind `start`. */
  fill(source: Uint8Array): boolean;
}

/** Where links and blocks get frames from. Owned by one engine. */
export interface FramePool {
  /** All slots, one after the other: what every frame's `bytes` is. */
  readonly memory: Uint8Array;
  readonly headroom: number;
  /** Longest frame that a slot takes behind the headroom, in bytes. */
  readonly maxLength: number;
  /** Frames free now. */
  readonly free: number;
  readonly size: number;
  /** A fresh frame: start at slotOffset + headroom, length 0, metadata cleared; null when the pool is empty. */
  allocate(): Frame | null;
  /** Gives a frame back without any account of it: for links and blocks that hold spare frames. */
  release(frame: Frame): void;

  /** Where in `memory`, behind the slots, links may map rings that the kernel writes; null: nowhere. */
  readonly rings: RingRoom | null;
  /** A frame object for a slot of a ring in `rings`. Free: `lend` gives it out. */
  makeLoan(): Frame;
  /**
   * Gives out the frame of a ring's slot, fresh as from `allocate`, its first byte at `start` of `memory`. There,
   * `headroom` bytes in front of it and `maxLength` from it on are the frame's. False when the pool is empty: a frame
   * on loan counts as one of the pool's.
   */
  lend(loan: Frame, start: number): boolean;
  /**
   * The slot's frame after the ring got its slot back, to be lent again later: the same one if it was released
   * meanwhile. If somebody still has it, its bytes are moved to a slot of the pool's, and the answer is another.
   */
  reclaim(loan: Frame): Frame;
}

/** Part of a pool's memory that is given to links. Offsets are those of the pool's memory. */
export interface RingRoom {
  /** Offset of a free piece of so many bytes, at a page's border; -1 when there is none. */
  claim(bytes: number): number;
  /** Gives the piece at this offset back; nothing is mapped there any more. */
  giveBack(offset: number): void;
}
