/** What a printer says of a frame: its layers, outermost first, each a list of names and values. */

/** One value of a header. */
export interface Field {
  readonly name: string;
  readonly value: string | number;
  /** Place of its first byte, from the frame's first one. */
  readonly at: number;
  /** Bytes that it takes, wholly or in part. */
  readonly length: number;
}

/** Something that the format forbids. */
export interface Fault {
  readonly text: string;
  /** Byte of the frame at which it is seen; the frame's length when bytes are missing at its end. */
  readonly at: number;
}

/**
 * `unfinished`: it holds the sum of the pseudo-header alone, as a device was to complete it. `none`: the sender made none.
 * `unknown`: it covers bytes, or depends on addresses, that are not at hand.
 */
export type ChecksumState = 'right' | 'wrong' | 'unfinished' | 'none' | 'unknown';

export interface Checksum {
  readonly state: ChecksumState;
  /** Place of the field. */
  readonly at: number;
  /** What it covers, and the folded sum of the pseudo-header. */
  readonly from: number;
  readonly length: number;
  readonly pseudoSum: number;
}

/** One header. */
export interface Layer {
  readonly protocol: string;
  /** Place of its first byte, from the frame's first one. */
  readonly offset: number;
  /** Bytes of the header that are at hand. */
  readonly length: number;
  /** How deep it lies in quoted packets: 0 is the frame itself, 1 what an ICMP error quotes. */
  readonly depth: number;
  readonly fields: readonly Field[];
  readonly faults: readonly Fault[];
  readonly checksum: Checksum | null;
  /** Its part of the line that sums up the frame; empty for what goes without saying. */
  readonly text: string;
}

/** Addresses of the IP packet around a header. */
export interface IpEnds {
  readonly version: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** Folded sum of both addresses; null when the final destination is another one: the packet is on its way by a source route. */
  readonly addressSum: number | null;
}

export type Format =
  | 'ethernet'
  | 'llc'
  | 'vlan'
  | 'mpls'
  | 'mac-control'
  | 'arp'
  | 'unknown-type'
  | 'ipv4'
  | 'ipv6'
  | 'hop-by-hop'
  | 'destination-options'
  | 'routing'
  | 'fragment'
  | 'authentication'
  | 'icmp'
  | 'icmpv6'
  | 'igmp'
  | 'udp'
  | 'tcp'
  | 'unknown-protocol';

/** Where a header begins, and what is known of it from those before it. Places count from the frame's first byte. */
export interface Stretch {
  readonly format: Format;
  /** EtherType or protocol number by which it was found. */
  readonly number: number;
  readonly at: number;
  /** End of the bytes that are at hand. */
  readonly held: number;
  /** Where it ends according to the headers before it: behind `held` when the capture or a quotation has cut it. */
  readonly end: number;
  readonly depth: number;
  readonly ip: IpEnds | null;
}
