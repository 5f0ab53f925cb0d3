import { before, distance, earlier } from './sequence.js';

/** SACK blocks cut no more ranges apart than this: a peer could tell of every second byte. */
const MOST_RANGES = 16_384;

/** A range that was sent in one go (one segment, or several that the link cuts apart) and is not acknowledged yet. */
export class Sent {
  /** First byte and the one behind the last. A SYN or FIN takes one number. */
  seq: number;
  end: number;
  /** When it was sent last. */
  sentAt: number;
  retransmitted = false;
  /** The peer has it, out of order (RFC 2018). */
  sacked = false;
  /** Believed to be lost, and not sent again yet. */
  lost = false;
  /** Neighbours in the order of last sending, of those that are neither sacked nor lost. */
  older: Sent | null = null;
  newer: Sent | null = null;

  constructor(seq: number, end: number, sentAt: number) {
    this.seq = seq;
    this.end = end;
    this.sentAt = sentAt;
  }

  get length(): number {
    return distance(this.seq, this.end);
  }
}

/**
 * What is on its way: everything between the first number not acknowledged and the next one to be sent, in the order of
 * sequence numbers, and what of it is in flight also in the order of sending, which is what RACK looks at.
 */
export class Scoreboard {
  /** Bytes believed to be in the network: neither sacked nor lost. RFC 6675 calls it pipe. */
  inFlight = 0;
  sackedBytes = 0;
  lostBytes = 0;
  /** Ranges that are sacked. */
  sackedRanges = 0;
  /** Sent longest ago of those in flight. */
  oldest: Sent | null = null;
  private newest: Sent | null = null;
  private list: Sent[] = [];
  private head = 0;
  /** No lost one lies before this place of the list. */
  private lostFrom = 0;

  get count(): number {
    return this.list.length - this.head;
  }

  get first(): Sent | null {
    return this.head < this.list.length ? this.list[this.head] : null;
  }

  get last(): Sent | null {
    return this.head < this.list.length ? this.list[this.list.length - 1] : null;
  }

  /** The i-th from the front; i < count. */
  at(i: number): Sent {
    return this.list[this.head + i];
  }

  /** Takes note of new bytes sent; they follow those sent before. */
  add(seq: number, end: number, now: number): void {
    const sent = new Sent(seq, end, now);
    this.list.push(sent);
    this.fly(sent);
  }

  /**
   * Everything before `una` has arrived. Calls `delivered` for each range (or front part of one) that was not known to
   * have arrived before.
   */
  acknowledge(una: number, delivered: (sent: Sent, bytes: number) => void): void {
    while (this.head < this.list.length) {
      const sent = this.list[this.head];
      if (!before(sent.seq, una)) break;
      const whole = !before(una, sent.end);
      const bytes = whole ? sent.length : distance(sent.seq, una);
      const isNews = !sent.sacked;
      this.account(sent, -bytes);
      if (whole) {
        this.land(sent);
        if (sent.sacked) this.sackedRanges--;
        this.head++;
      }
      if (isNews) delivered(sent, bytes);
      if (!whole) {
        sent.seq = una;
        break;
      }
    }
    this.lostFrom = Math.max(this.lostFrom, this.head);
    if (this.head > 64 && this.head * 2 > this.list.length) {
      this.list = this.list.slice(this.head);
      this.lostFrom -= this.head;
      this.head = 0;
    } else if (this.head === this.list.length && this.head > 0) {
      this.list = [];
      this.head = 0;
      this.lostFrom = 0;
    }
  }

  /** The peer has `left` to `right`, out of order. Calls `delivered` for what was not known before. */
  sack(left: number, right: number, delivered: (sent: Sent, bytes: number) => void): void {
    for (let i = this.find(left); i < this.list.length; i++) {
      let sent = this.list[i];
      if (!before(sent.seq, right)) return;
      if (sent.sacked) continue;
      if (before(sent.seq, left)) {
        if (this.count >= MOST_RANGES) return;
        this.split(i, left);
        continue; // its second half is next
      }
      if (before(right, sent.end)) {
        if (this.count >= MOST_RANGES) return;
        this.split(i, right);
        sent = this.list[i];
      }
      this.account(sent, -sent.length);
      this.land(sent);
      sent.sacked = true;
      sent.lost = false;
      this.sackedBytes += sent.length;
      this.sackedRanges++;
      delivered(sent, sent.length);
    }
  }

  /** Believes a range in flight to be lost. */
  lose(sent: Sent): void {
    if (sent.lost || sent.sacked) return;
    this.account(sent, -sent.length);
    this.land(sent);
    sent.lost = true;
    this.lostBytes += sent.length;
    const place = this.find(sent.seq);
    if (place < this.lostFrom) this.lostFrom = place;
  }

  /** The first range that waits to be sent again; null: none. */
  nextLost(): Sent | null {
    if (this.lostBytes === 0) return null;
    while (this.lostFrom < this.list.length && !this.list[this.lostFrom].lost) this.lostFrom++;
    return this.lostFrom < this.list.length ? this.list[this.lostFrom] : null;
  }

  /** A range was sent again. */
  resent(sent: Sent, now: number): void {
    this.account(sent, -sent.length);
    this.land(sent);
    sent.lost = false;
    sent.retransmitted = true;
    sent.sentAt = now;
    this.fly(sent);
  }

  /** Cuts a range so that it ends at `end` at the latest; the rest is a range of its own. */
  cut(sent: Sent, end: number): void {
    if (before(end, sent.end) && before(sent.seq, end)) this.split(this.find(sent.seq), end);
  }

  /** What counted as lost is in flight after all. */
  finds(): void {
    for (let i = this.head; i < this.list.length; i++) {
      const sent = this.list[i];
      if (!sent.lost) continue;
      sent.lost = false;
      this.lostBytes -= sent.length;
      this.fly(sent);
    }
  }

  /** Forgets what the peer said to have out of order: it may take that back (RFC 2018 §8). */
  forgetSacks(): void {
    for (let i = this.head; i < this.list.length; i++) {
      const sent = this.list[i];
      if (!sent.sacked) continue;
      sent.sacked = false;
      this.sackedBytes -= sent.length;
      this.sackedRanges--;
      this.fly(sent);
    }
  }

  clear(): void {
    this.list = [];
    this.head = 0;
    this.lostFrom = 0;
    this.inFlight = 0;
    this.sackedBytes = 0;
    this.sackedRanges = 0;
    this.lostBytes = 0;
    this.oldest = null;
    this.newest = null;
  }

  /** Index of the range that holds `seq`, or of the first one behind it. */
  private find(seq: number): number {
    let low = this.head;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(seq, this.list[middle].end)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private split(i: number, at: number): void {
    const sent = this.list[i];
    const rest = new Sent(at, sent.end, sent.sentAt);
    rest.retransmitted = sent.retransmitted;
    rest.sacked = sent.sacked;
    rest.lost = sent.lost;
    if (sent.sacked) this.sackedRanges++;
    sent.end = at;
    this.list.splice(i + 1, 0, rest);
    if (sent.sacked || sent.lost) return;
    rest.older = sent;
    rest.newer = sent.newer;
    if (sent.newer) sent.newer.older = rest;
    else this.newest = rest;
    sent.newer = rest;
  }

  private account(sent: Sent, bytes: number): void {
    if (sent.sacked) this.sackedBytes += bytes;
    else if (sent.lost) this.lostBytes += bytes;
    else this.inFlight += bytes;
  }

  /** Into the order of sending, as the newest. */
  private fly(sent: Sent): void {
    this.inFlight += sent.length;
    sent.older = this.newest;
    sent.newer = null;
    if (this.newest) this.newest.newer = sent;
    else this.oldest = sent;
    this.newest = sent;
  }

  /** Out of the order of sending; nothing when it is not in it. */
  private land(sent: Sent): void {
    if (sent.sacked || sent.lost) return;
    if (sent.older) sent.older.newer = sent.newer;
    else this.oldest = sent.newer;
    if (sent.newer) sent.newer.older = sent.older;
    else this.newest = sent.older;
    sent.older = null;
    sent.newer = null;
  }
}

/** Where the part of a SACK block begins that an earlier block has not told already; `right` when all of it has. */
export function unseenFrom(left: number, right: number, seenLeft: number, seenRight: number): number {
  if (before(left, seenLeft) || !before(left, seenRight)) return left;
  return earlier(seenRight, right);
}
