import {
  ICMP_ECHO_REQUEST,
  ICMPV6_ECHO_REQUEST,
  icmpEchoId,
  icmpEchoSequence,
  icmpType,
} from '../../wire/icmp.js';
import { isAt } from '../address-map.js';
import { type Deadlined, Deadlines } from '../deadlines.js';
import { isGroup } from '../host.js';
import type { SendFailure } from '../send-packet.js';
import type { Complaint } from './complaints.js';
import type { Notice } from './notice.js';

/** What became of an echo request. Times in microseconds. */
export type EchoAnswer =
  | {
      readonly what: 'reply';
      readonly from: Uint8Array;
      readonly time: number;
      /** Bytes behind the ICMP header. */
      readonly size: number;
      /** What was left of the reply's time to live. */
      readonly hopLimit: number;
    }
  | {
      readonly what: 'error';
      readonly from: Uint8Array;
      readonly time: number;
      readonly complaint: Complaint;
      /** What the way carries, bytes, when the complaint is `too-big`; else 0. */
      readonly mtu: number;
    }
  | { readonly what: 'timeout' }
  | { readonly what: 'unsent'; readonly failure: SendFailure };

/** An echo request that is on its way. */
interface Echo extends Deadlined {
  readonly sequence: number;
  readonly remote: Uint8Array;
  readonly sentAt: number;
  readonly told: (answer: EchoAnswer) => void;
}

/** The echo requests of a host that nobody has answered yet. */
export class Echoes {
  /** Of all requests of this host. */
  readonly id: number;
  private sequence = 0;
  private readonly bySequence = new Map<number, Echo>();
  private readonly deadlines = new Deadlines<Echo>();

  /** `random` gives numbers in [0, 2^32). */
  constructor(random: () => number) {
    this.id = random() & 0xffff;
  }

  get size(): number {
    return this.bySequence.size;
  }

  /** When `expire` has something to do. */
  get next(): number {
    return this.deadlines.next;
  }

  /** Enters a request that is about to be sent, and answers its number; -1: all numbers are on their way. */
  enter(remote: Uint8Array, now: number, timeout: number, told: (answer: EchoAnswer) => void): number {
    const sequence = (this.sequence + 1) & 0xffff;
    if (this.bySequence.has(sequence)) return -1;
    this.sequence = sequence;
    const echo: Echo = { sequence, remote, sentAt: now, told, deadline: Number.POSITIVE_INFINITY, place: -1 };
    this.bySequence.set(sequence, echo);
    this.deadlines.set(echo, now + timeout);
    return sequence;
  }

  /** Forgets a request that did not leave. */
  withdraw(sequence: number): void {
    const echo = this.bySequence.get(sequence);
    if (echo !== undefined) this.take(echo);
  }

  /** A reply has come; `at` is its ICMP header. False: to no request of ours. */
  replied(
    bytes: Uint8Array,
    at: number,
    fromAt: number,
    addressLength: number,
    now: number,
    size: number,
    hopLimit: number,
  ): boolean {
    const echo = this.find(bytes, at, fromAt, addressLength);
    if (echo === null) return false;
    this.take(echo);
    const from = bytes.slice(fromAt, fromAt + addressLength);
    echo.told({ what: 'reply', from, time: now - echo.sentAt, size, hopLimit });
    return true;
  }

  /** An ICMP error about an ICMP message has come. False: about no request of ours. */
  failed(notice: Notice, now: number): boolean {
    const { bytes, transportAt, addressLength, tellerAt, complaint, mtu } = notice;
    const request = addressLength === 4 ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST;
    if (icmpType(bytes, transportAt) !== request) return false;
    const echo = this.find(bytes, transportAt, notice.remoteAt, addressLength);
    if (echo === null) return false;
    this.take(echo);
    const from = bytes.slice(tellerAt, tellerAt + addressLength);
    echo.told({ what: 'error', from, time: now - echo.sentAt, complaint, mtu });
    return true;
  }

  /** Gives up those whose time has run out. */
  expire(now: number): void {
    for (let echo = this.deadlines.take(now); echo !== null; echo = this.deadlines.take(now)) {
      this.bySequence.delete(echo.sequence);
      echo.told({ what: 'timeout' });
    }
  }

  private find(bytes: Uint8Array, at: number, remoteAt: number, addressLength: number): Echo | null {
    if (icmpEchoId(bytes, at) !== this.id) return null;
    const echo = this.bySequence.get(icmpEchoSequence(bytes, at));
    if (echo === undefined) return null;
    // What went to a group is answered by its members.
    const isRight =
      isAt(echo.remote, bytes, remoteAt, addressLength) ||
      (echo.remote.length === addressLength && isGroup(echo.remote, 0, addressLength));
    return isRight ? echo : null;
  }

  private take(echo: Echo): void {
    this.bySequence.delete(echo.sequence);
    this.deadlines.remove(echo);
  }
}
