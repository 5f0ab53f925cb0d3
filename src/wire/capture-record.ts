/** Longest packet that the readers take, in bytes: the snap length that tcpdump and dumpcap use. */
export const MAX_CAPTURED = 262_144;

/** What most captures hold. */
export const LINKTYPE_ETHERNET = 1;

/** Which way a packet went, as in the flags word of pcapng's packet blocks. */
export const CaptureDirection = { unknown: 0, inbound: 1, outbound: 2 } as const;

/** One packet of a capture file of either format. */
export interface CaptureRecord {
  /** Microseconds since the Unix epoch; 0 when the file says none. */
  readonly timestamp: number;
  /** Length on the wire; `bytes` may be shorter. */
  readonly originalLength: number;
  /** What was captured: a copy that is the caller's. */
  readonly bytes: Uint8Array;
  /** Number of the interface within its section (pcapng), 0 in pcap. */
  readonly interfaceId: number;
  /** LINKTYPE_* (1 = Ethernet). */
  readonly linkType: number;
  /** Comments of the packet, joined by line ends; empty when there are none. */
  readonly comment: string;
  /** One of CaptureDirection. */
  readonly direction: number;
  /** Packets lost since the one before, as far as the file says; 0 otherwise. */
  readonly dropCount: number;
}

/** A capture file that cannot be read, or not from here on. */
export class PcapError extends Error {
  /** Byte position in the file of the record or block at fault. */
  readonly position: number;
  /** True when no more can be read; false when the reader has skipped the block and can go on. */
  readonly fatal: boolean;
  constructor(position: number, what: string, fatal = true) {
    super(`${what} (at byte ${position})`);
    this.name = 'PcapError';
    this.position = position;
    this.fatal = fatal;
  }
}
