/**
 * What a filter sees of a frame. A frame of the engine fits as it is; so does any object with these fields.
 * Numbers are unsigned; the frame is `bytes[start … start + length)`, and must lie inside `bytes`.
 */
export interface FilterInput {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly length: number;
  /** EtherType, host order. */
  readonly protocol: number;
  /** 0 to us, 1 broadcast, 2 multicast, 3 to another host, 4 outgoing. */
  readonly packetType: number;
  readonly interfaceIndex: number;
  readonly mark: number;
  readonly queue: number;
  /** ARPHRD_*: 1 is Ethernet. */
  readonly hardwareType: number;
  readonly hash: number;
  readonly cpu: number;
  /** 1 when the frame came with a VLAN tag that is no longer among its bytes, else 0. */
  readonly vlanPresent: number;
  readonly vlanTag: number;
  readonly vlanProtocol: number;
}

const ETHERNET = 1;
const LOOPBACK = 772;
const ETHERNET_HEADER = 14;
/** SKF_NET_OFF and SKF_LL_OFF as signed numbers. */
const NETWORK = -0x100000;
const LINK = -0x200000;

/**
 * Where the network header begins, in bytes from the frame's first. Linux frames loopback as Ethernet too;
 * every other hardware type is taken to have no link header (TUN, raw IP).
 */
export function networkOffset(input: FilterInput): number {
  return input.hardwareType === ETHERNET || input.hardwareType === LOOPBACK ? ETHERNET_HEADER : 0;
}

/**
 * Resolves the offset of a load with its sign bit set (so -0x80000000 to -1): relative to the network header
 * from SKF_NET_OFF on, relative to the link header from SKF_LL_OFF on. Answers bytes from the frame's
 * first (it may lie beyond its end), or -1 where there is nothing to read.
 */
export function relativeOffset(input: FilterInput, offset: number): number {
  if (offset >= NETWORK) return offset - NETWORK + networkOffset(input);
  if (offset >= LINK) return offset - LINK;
  return -1;
}
