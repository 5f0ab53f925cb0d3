/** A datagram that came. */
export interface Datagram {
  /** Its payload: memory of its own. */
  readonly bytes: Uint8Array;
  readonly from: Uint8Array;
  readonly fromPort: number;
  /** Number of the interface by which it came. */
  readonly interfaceIndex: number;
}

/** Bytes that may wait by default: Linux's rmem_default. */
const MOST_BYTES = 212_992;
/** Datagrams that may wait, however small. */
const MOST_DATAGRAMS = 1024;
/** Added to each datagram's length: what it costs to keep. */
const OVERHEAD = 128;

/** Datagrams that wait for their reader, bounded in bytes and in number: what comes when it is full is not taken. */
export class DatagramQueue {
  /** Bytes that may wait, those that it costs to keep them included. */
  limit = MOST_BYTES;
  /** Datagrams that found no room. */
  overflowed = 0;
  /** Bytes that wait, what it costs to keep them included. */
  bytes = 0;
  private waiting: Datagram[] = [];
  private head = 0;

  get length(): number {
    return this.waiting.length - this.head;
  }

  /** Bytes of payload that wait. */
  get payload(): number {
    return this.bytes - OVERHEAD * this.length;
  }

  /** False when it has no room. An empty queue takes one datagram of any length. */
  push(datagram: Datagram): boolean {
    const cost = datagram.bytes.length + OVERHEAD;
    if (this.length > 0 && (this.bytes + cost > this.limit || this.length >= MOST_DATAGRAMS)) {
      this.overflowed++;
      return false;
    }
    this.waiting.push(datagram);
    this.bytes += cost;
    return true;
  }

  /** The one that has waited longest. */
  shift(): Datagram | undefined {
    if (this.length === 0) return undefined;
    const datagram = this.waiting[this.head++];
    this.bytes -= datagram.bytes.length + OVERHEAD;
    if (this.head === this.waiting.length || this.head >= MOST_DATAGRAMS) {
      this.waiting = this.waiting.slice(this.head);
      this.head = 0;
    }
    return datagram;
  }

  clear(): void {
    this.waiting = [];
    this.head = 0;
    this.bytes = 0;
  }
}
