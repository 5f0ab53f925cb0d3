import { finish, mix } from '../flow-key.js';

const NONE = -1;
/** Ports tried for a new mapping when the inside's own number is taken. */
const TRIES = 256;

/** `claim` answers these in place of an index. */
export const TABLE_FULL = -1;
export const NO_PORT = -2;

/** Idle lists of a table: each has a timeout of its own. */
export const Group = { udp: 0, opening: 1, established: 2, icmp: 3 } as const;
export const GROUPS = 4;

/** What a table is made for. Two tables of equal numbers can stand for one another. */
export interface NatRange {
  readonly firstAddress: number;
  readonly lastAddress: number;
  readonly firstPort: number;
  readonly lastPort: number;
  readonly mappings: number;
}

/**
 * Mappings (protocol, inside address and port) ↔ (protocol, outside address and port), found from both ends by two
 * chained hash tables. Each is in the list of its group, the one idle for longest first. A mapping is named by its index.
 * All is allocated at birth: about 50 bytes for each mapping.
 */
export class NatTable {
  range: NatRange;
  readonly insideAddress: Uint32Array;
  readonly outsideAddress: Uint32Array;
  readonly insidePort: Uint16Array;
  readonly outsidePort: Uint16Array;
  readonly protocol: Uint8Array;
  readonly group: Uint8Array;
  /** What the block has seen of a TCP connection. */
  readonly flags: Uint8Array;
  /** Microseconds. */
  readonly lastUse: Float64Array;
  /** The time of what is done now, in microseconds; an argument of a call would be a new number on the heap each time. */
  readonly clock = new Float64Array(1);
  readonly counts = new Int32Array(GROUPS);
  readonly oldest = new Int32Array(GROUPS).fill(NONE);
  count = 0;

  private readonly newest = new Int32Array(GROUPS).fill(NONE);
  private readonly older: Int32Array;
  private readonly newer: Int32Array;
  private readonly insideHeads: Int32Array;
  private readonly outsideHeads: Int32Array;
  private readonly insideNext: Int32Array;
  private readonly outsideNext: Int32Array;
  private readonly seed: number;
  /** Slots below it have been used once; those that are free again are chained by `newer` from `free` on. */
  private fresh = 0;
  private free = NONE;

  constructor(range: NatRange, seed: number) {
    const size = range.mappings;
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(16, size)));
    this.range = range;
    this.seed = seed;
    this.insideAddress = new Uint32Array(size);
    this.outsideAddress = new Uint32Array(size);
    this.insidePort = new Uint16Array(size);
    this.outsidePort = new Uint16Array(size);
    this.protocol = new Uint8Array(size);
    this.group = new Uint8Array(size);
    this.flags = new Uint8Array(size);
    this.lastUse = new Float64Array(size);
    this.older = new Int32Array(size);
    this.newer = new Int32Array(size);
    this.insideNext = new Int32Array(size);
    this.outsideNext = new Int32Array(size);
    this.insideHeads = new Int32Array(buckets).fill(NONE);
    this.outsideHeads = new Int32Array(buckets).fill(NONE);
  }

  /** The table for another range: this one if nothing differs, else a new one with all mappings that suit it. */
  fitted(range: NatRange): NatTable {
    const { firstAddress, lastAddress, firstPort, lastPort, mappings } = this.range;
    if (
      range.firstAddress === firstAddress &&
      range.lastAddress === lastAddress &&
      range.firstPort === firstPort &&
      range.lastPort === lastPort &&
      range.mappings === mappings
    ) {
      this.range = range;
      return this;
    }
    const table = new NatTable(range, this.seed);
    for (let group = 0; group < GROUPS; group++) {
      for (let i = this.oldest[group]; i !== NONE; i = this.newer[i]) if (!table.takeOver(this, i)) break;
    }
    return table;
  }

  /** False when there is no room for any more. */
  private takeOver(from: NatTable, i: number): boolean {
    const { firstAddress, lastAddress, firstPort, lastPort } = this.range;
    const [address, portNumber] = [from.outsideAddress[i], from.outsidePort[i]];
    if (address < firstAddress || address > lastAddress) return true;
    if (portNumber < firstPort || portNumber > lastPort) return true;
    const index = this.takeSlot();
    if (index < 0) return false;
    const [insideAddress, insidePort] = [from.insideAddress[i], from.insidePort[i]];
    this.put(index, from.protocol[i], insideAddress, insidePort, address, portNumber);
    this.flags[index] = from.flags[i];
    this.clock[0] = from.lastUse[i];
    this.append(index, from.group[i]);
    return true;
  }

  /** Index of the mapping of an inside end, or -1. */
  findInside(protocol: number, address: number, portNumber: number): number {
    let i = this.insideHeads[this.bucket(protocol, address, portNumber)];
    while (
      i !== NONE &&
      (this.insidePort[i] !== portNumber ||
        this.insideAddress[i] !== address ||
        this.protocol[i] !== protocol)
    ) {
      i = this.insideNext[i];
    }
    return i;
  }

  /** Index of the mapping that an outside end stands for, or -1. */
  findOutside(protocol: number, address: number, portNumber: number): number {
    let i = this.outsideHeads[this.bucket(protocol, address, portNumber)];
    while (
      i !== NONE &&
      (this.outsidePort[i] !== portNumber ||
        this.outsideAddress[i] !== address ||
        this.protocol[i] !== protocol)
    ) {
      i = this.outsideNext[i];
    }
    return i;
  }

  /**
   * Makes a mapping and answers its index; TABLE_FULL or NO_PORT when it cannot. All mappings of an inside address have
   * the same outside address (RFC 4787 REQ-2). The port stays the inside's if it is in the range and free; else
   * ports are tried in order, beginning at one that `chance` (an integer from 0 to 2^32 - 1) picks.
   */
  claim(protocol: number, address: number, portNumber: number, group: number, chance: number): number {
    const { firstAddress, lastAddress, firstPort, lastPort } = this.range;
    const addresses = lastAddress - firstAddress + 1;
    const outside = firstAddress + ((finish(mix(this.seed, address)) >>> 0) % addresses);
    const ports = lastPort - firstPort + 1;
    let candidate = portNumber;
    let found = candidate >= firstPort && candidate <= lastPort && this.isFree(protocol, outside, candidate);
    for (let i = 0; !found && i < TRIES && i < ports; i++) {
      candidate = firstPort + ((chance + i) % ports);
      found = this.isFree(protocol, outside, candidate);
    }
    if (!found) return NO_PORT;
    const index = this.takeSlot();
    if (index < 0) return TABLE_FULL;
    this.put(index, protocol, address, portNumber, outside, candidate);
    this.flags[index] = 0;
    this.append(index, group);
    return index;
  }

  private isFree(protocol: number, address: number, portNumber: number): boolean {
    return this.findOutside(protocol, address, portNumber) < 0;
  }

  /** It is in use now, and belongs to this group from now on. */
  touch(index: number, group: number): void {
    this.unlink(index);
    this.append(index, group);
  }

  remove(index: number): void {
    const protocol = this.protocol[index];
    const inside = this.bucket(protocol, this.insideAddress[index], this.insidePort[index]);
    const outside = this.bucket(protocol, this.outsideAddress[index], this.outsidePort[index]);
    takeOut(this.insideHeads, inside, this.insideNext, index);
    takeOut(this.outsideHeads, outside, this.outsideNext, index);
    this.unlink(index);
    this.newer[index] = this.free;
    this.free = index;
    this.count--;
  }

  /** Of every group the mappings used last, at most so many. */
  latest(most: number): number[] {
    const found: number[] = [];
    for (let group = 0; group < GROUPS; group++) {
      let left = most >> 2;
      for (let i = this.newest[group]; i !== NONE && left-- > 0; i = this.older[i]) found.push(i);
    }
    return found;
  }

  private takeSlot(): number {
    if (this.free !== NONE) {
      const index = this.free;
      this.free = this.newer[index];
      return index;
    }
    return this.fresh < this.range.mappings ? this.fresh++ : TABLE_FULL;
  }

  private put(
    index: number,
    protocol: number,
    insideAddress: number,
    insidePort: number,
    outsideAddress: number,
    outsidePort: number,
  ): void {
    this.protocol[index] = protocol;
    this.insideAddress[index] = insideAddress;
    this.insidePort[index] = insidePort;
    this.outsideAddress[index] = outsideAddress;
    this.outsidePort[index] = outsidePort;
    const inside = this.bucket(protocol, insideAddress, insidePort);
    const outside = this.bucket(protocol, outsideAddress, outsidePort);
    this.insideNext[index] = this.insideHeads[inside];
    this.insideHeads[inside] = index;
    this.outsideNext[index] = this.outsideHeads[outside];
    this.outsideHeads[outside] = index;
    this.count++;
  }

  private append(index: number, group: number): void {
    const last = this.newest[group];
    this.older[index] = last;
    this.newer[index] = NONE;
    if (last === NONE) this.oldest[group] = index;
    else this.newer[last] = index;
    this.newest[group] = index;
    this.group[index] = group;
    this.lastUse[index] = this.clock[0];
    this.counts[group]++;
  }

  private unlink(index: number): void {
    const group = this.group[index];
    const older = this.older[index];
    const newer = this.newer[index];
    if (older === NONE) this.oldest[group] = newer;
    else this.newer[older] = newer;
    if (newer === NONE) this.newest[group] = older;
    else this.older[newer] = older;
    this.counts[group]--;
  }

  private bucket(protocol: number, address: number, portNumber: number): number {
    return (
      finish(mix(mix(this.seed, address), (protocol << 16) | portNumber)) & (this.insideHeads.length - 1)
    );
  }
}

function takeOut(heads: Int32Array, bucket: number, next: Int32Array, index: number): void {
  if (heads[bucket] === index) {
    heads[bucket] = next[index];
    return;
  }
  let before = heads[bucket];
  while (next[before] !== index) before = next[before];
  next[before] = next[index];
}
