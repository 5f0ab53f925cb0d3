import { TCP_ACK, TCP_CWR, TCP_ECE, TCP_FIN, TCP_RST, TCP_SYN } from '../../wire/tcp.js';
import { Deadlines } from '../deadlines.js';
import { SipHash } from '../siphash.js';
import { sendReset, sendSegment, sendStanding, sendSynCookie } from './answers.js';
import { arrive, CHALLENGE_EVERY, takeSyn } from './arrive.js';
import {
  Connection,
  type ConnectionUser,
  type IncomingSegment,
  noSegment,
  type OutgoingSegment,
  type TcpEnvironment,
  type TcpFailure,
} from './connection.js';
import { deadlineOf } from './deadlines.js';
import { type Ends, endsOf, hashEnds, initialSequence } from './ends.js';
import { expire } from './expire.js';
import { isOver } from './finish.js';
import { Listeners, type TcpListener } from './listeners.js';
import { abort, narrow, open, start } from './operate.js';
import type { TcpOutlet } from './outlet.js';
import { output, sendSyn } from './output.js';
import type { ConnectionPath } from './path.js';
import { readSegment } from './segment.js';
import { before } from './sequence.js';
import type { TcpSettings } from './settings.js';
import { makeCookie, readCookie } from './syn-cookie.js';
import { ConnectionTable } from './table.js';
import { judgeTimeWait, TimeWait } from './time-wait.js';

/** After the last SYN that found no room, cookies are looked for so long. */
const COOKIES_FOR = 120_000_000;

/** TCP of one host: connections, listeners, their time. Knows nothing of IP but addresses as bytes. */
export class Tcp {
  readonly counts = { received: 0, malformed: 0, resetsOut: 0, cookiesSent: 0, cookiesTaken: 0, refused: 0 };
  private readonly outlet: TcpOutlet;
  private readonly settings: TcpSettings;
  private readonly hash: SipHash;
  private readonly table: ConnectionTable;
  private readonly listeners = new Listeners();
  private readonly deadlines = new Deadlines<Connection>();
  /** Those that found no room below, the first ones first. */
  private readonly stalled = new Set<Connection>();
  private readonly timeWaits = new Deadlines<TimeWait>();
  private cookiesUntil = Number.NEGATIVE_INFINITY;
  private readonly segment = noSegment();
  private readonly environment: TcpEnvironment;

  constructor(outlet: TcpOutlet, settings: TcpSettings) {
    this.outlet = outlet;
    this.settings = settings;
    this.hash = new SipHash(() => outlet.random());
    this.table = new ConnectionTable(this.hash);
    this.environment = {
      now: () => outlet.now(),
      send: (c, segment) => this.sendOf(c, segment),
      schedule: (c) => this.schedule(c),
      refuse: (c, segment) => this.reset(c.path, segment),
      retire: (c) => this.retire(c),
    };
  }

  /** Connections and records of TIME-WAIT. */
  get size(): number {
    return this.table.size;
  }

  *connections(): IterableIterator<Connection | TimeWait> {
    yield* this.table.entries();
  }

  /** Who waits for calls, and how many of those are not through with their handshake. */
  waiting(): IterableIterator<{ readonly listener: TcpListener; readonly calls: number }> {
    return this.listeners.list();
  }

  /** True when no connection has these ends. */
  isFree(path: ConnectionPath): boolean {
    return this.table.find(endsOf(path)) === null;
  }

  /** Calls a peer. The path's ends must be free (`isFree`). */
  connect(path: ConnectionPath, user: ConnectionUser, settings = this.settings): Connection {
    const c = new Connection(this.environment, settings, path, user);
    const ends = endsOf(path);
    this.table.put(ends, path, c);
    open(c, this.initialSequence(ends), this.timestampOffset(ends));
    return c;
  }

  /** Waits for calls. False when somebody does already, at this address or all. */
  listen(listener: TcpListener): boolean {
    return this.listeners.add(listener);
  }

  /** No more calls are taken; connections live on, those with no handshake yet end. */
  unlisten(listener: TcpListener): void {
    for (const c of this.listeners.remove(listener)) abort(c, 'ECONNABORTED');
  }

  /** A segment with a right checksum has come, `length` bytes at `at`. False when it is malformed. */
  receive(ends: Ends, at: number, length: number, congestionExperienced: boolean): boolean {
    const segment = this.segment;
    this.counts.received++;
    if (!readSegment(ends.bytes, at, length, segment)) {
      this.counts.malformed++;
      return false;
    }
    segment.congestionExperienced = congestionExperienced;
    const entry = this.table.find(ends);
    if (entry instanceof Connection) this.arriveAt(entry, segment);
    else if (entry !== null) this.arriveInTimeWait(entry, ends, segment);
    else this.arriveUnknown(ends, segment, null);
    this.arm();
    return true;
  }

  /** Does what is due by now. */
  expire(): void {
    const now = this.outlet.now();
    for (let due = this.deadlines.take(now); due !== null; due = this.deadlines.take(now)) {
      expire(due);
      this.schedule(due);
    }
    for (let wait = this.timeWaits.take(now); wait !== null; wait = this.timeWaits.take(now)) {
      this.table.remove(endsOf(wait.path), wait);
    }
    this.arm();
  }

  /** There is room below again, after `begin` or `commit` answered false: whoever waits for it sends. */
  resume(): void {
    for (const c of [...this.stalled]) {
      this.stalled.delete(c);
      output(c);
      if (c.stalled) return; // the room is used up; it has put itself at the end
    }
  }

  /**
   * A router says that what `ends` have sent does not fit the path (RFC 1191, RFC 8201): segments shrink to
   * `largestSegment` bytes of payload. `seq` is that of the segment that it quotes: what is not on its way is a forgery
   * (RFC 5927 §4). Answers whether it was believed.
   */
  pathNarrowed(ends: Ends, seq: number, largestSegment: number): boolean {
    const c = this.table.find(ends);
    if (!(c instanceof Connection) || !isOnItsWay(c, seq)) return false;
    narrow(c, largestSegment);
    this.schedule(c);
    return true;
  }

  /** True when the connection with these ends leaves by a circuit of its own. */
  leavesByCircuit(ends: Ends): boolean {
    const c = this.table.find(ends);
    return c instanceof Connection && c.path.circuit !== null;
  }

  /**
   * A router or the peer's host says that a segment did not arrive. A connection that is being opened fails by it when
   * the error is `hard` (protocol or port unreachable); others take it as a hint why they may come to nothing (RFC 9293
   * §3.9.2.2, RFC 5461). Answers whether it was believed.
   */
  unreachable(ends: Ends, seq: number, failure: TcpFailure, hard: boolean): boolean {
    const c = this.table.find(ends);
    if (!(c instanceof Connection) || !isOnItsWay(c, seq)) return false;
    c.softFailure = failure;
    if (hard && c.state === 'syn-sent') abort(c, failure);
    return true;
  }

  /** The host goes: every connection is reset. */
  close(): void {
    for (const entry of [...this.table.entries()]) {
      if (entry instanceof Connection) abort(entry, 'ECONNABORTED');
    }
    for (const entry of [...this.table.entries()]) {
      if (!(entry instanceof Connection)) this.forget(entry);
    }
    this.listeners.clear();
    this.arm();
  }

  private arriveAt(c: Connection, segment: IncomingSegment): void {
    const opening = c.state === 'syn-received';
    arrive(c, segment);
    if (opening && c.state !== 'syn-received') this.listeners.end(c);
    this.schedule(c);
  }

  /** RFC 9293 §3.10.7.1 and §3.10.7.2: for a listener, or for nobody. `after`: numbers that the old connection used. */
  private arriveUnknown(ends: Ends, segment: IncomingSegment, after: TimeWait | null): void {
    const { flags } = segment;
    if (flags & TCP_RST) return;
    const listener = this.listeners.find(ends);
    if (listener === null || flags & TCP_ACK) {
      if (listener !== null && this.takeCookie(listener, ends, segment)) return;
      this.refuse(ends, segment);
      return;
    }
    if (!(flags & TCP_SYN) || flags & TCP_FIN) return;
    const path = this.outlet.pathTo(ends);
    if (path === null) return;
    if (this.listeners.isFull(listener)) {
      const now = this.outlet.now();
      this.cookiesUntil = now + COOKIES_FOR;
      this.counts.cookiesSent++;
      const cookie = makeCookie(this.hash, ends, segment.seq, segment.options.mss || 536, now);
      sendSynCookie(this.outlet, path, segment, cookie);
      return;
    }
    let iss = this.initialSequence(ends);
    if (after !== null && ((iss - after.sndNxt) | 0) <= 0) iss = (after.sndNxt + 65_536) | 0;
    const c = this.answer(listener, ends, path, segment, iss);
    if (isOver(c)) return; // the listener did not want it
    sendSyn(c);
    output(c);
    this.schedule(c);
  }

  /** A connection in SYN-RECEIVED for a SYN that came. */
  private answer(
    listener: TcpListener,
    ends: Ends,
    path: ConnectionPath,
    segment: IncomingSegment,
    iss: number,
  ): Connection {
    const c = new Connection(this.environment, listener.settings ?? this.settings, path, nobody);
    start(c, iss, this.timestampOffset(ends));
    c.state = 'syn-received';
    takeSyn(c, segment);
    const asks = (segment.flags & (TCP_ECE | TCP_CWR)) === (TCP_ECE | TCP_CWR);
    c.ecn = asks && c.settings.ecn !== 'off';
    this.table.put(ends, path, c);
    this.listeners.begin(c, listener);
    c.user = listener.accept(c);
    return c;
  }

  /** The last ACK of a handshake of which nothing was kept. */
  private takeCookie(listener: TcpListener, ends: Ends, segment: IncomingSegment): boolean {
    if (this.outlet.now() > this.cookiesUntil || segment.flags & TCP_SYN) return false;
    const iss = (segment.ack - 1) | 0;
    const irs = (segment.seq - 1) | 0;
    const largest = readCookie(this.hash, ends, irs, iss, this.outlet.now());
    if (largest === 0) return false;
    const path = this.outlet.pathTo(ends);
    if (path === null) return false;
    const syn = noSegment();
    syn.seq = irs;
    syn.flags = TCP_SYN;
    syn.window = segment.window;
    syn.options.mss = largest;
    this.counts.cookiesTaken++;
    this.arriveAt(this.answer(listener, ends, path, syn, iss), segment);
    return true;
  }

  private arriveInTimeWait(wait: TimeWait, ends: Ends, segment: IncomingSegment): void {
    const judgement = judgeTimeWait(wait, segment);
    if (judgement === 'again' && this.listeners.find(ends) !== null) {
      this.forget(wait);
      this.arriveUnknown(ends, segment, wait);
    } else if (judgement !== 'ignore') {
      const now = this.outlet.now();
      if (segment.flags & TCP_FIN) this.timeWaits.set(wait, now + this.settings.timeWait);
      else if (now - wait.answeredAt < CHALLENGE_EVERY) return;
      wait.answeredAt = now;
      sendStanding(this.outlet, wait);
    }
  }

  private refuse(ends: Ends, segment: IncomingSegment): void {
    const path = this.outlet.pathTo(ends);
    if (path === null) return;
    this.counts.refused++;
    this.reset(path, segment);
  }

  private reset(path: ConnectionPath, segment: IncomingSegment): void {
    this.counts.resetsOut++;
    sendReset(this.outlet, path, segment);
  }

  private sendOf(c: Connection, segment: OutgoingSegment): boolean {
    const left = sendSegment(this.outlet, c.path, segment, c.queue);
    if (!left && !isOver(c)) this.stalled.add(c);
    return left;
  }

  private initialSequence(ends: Ends): number {
    return initialSequence(hashEnds(this.hash, ends, 1), this.outlet.now());
  }

  /** One for each pair of ends: the timestamps of a new connection go on where the old one's ended (RFC 6191 §2). */
  private timestampOffset(ends: Ends): number {
    return hashEnds(this.hash, ends, 2);
  }

  private retire(c: Connection): void {
    this.listeners.end(c);
    this.deadlines.remove(c);
    this.stalled.delete(c);
    const ends = endsOf(c.path);
    if (c.state === 'time-wait') this.remember(ends, c);
    else this.table.remove(ends, c);
    this.arm();
  }

  private remember(ends: Ends, c: Connection): void {
    if (this.timeWaits.size >= this.settings.timeWaitMost) {
      const oldest = this.timeWaits.take(Number.POSITIVE_INFINITY);
      if (oldest !== null) this.table.remove(endsOf(oldest.path), oldest);
    }
    const wait = new TimeWait(c);
    this.table.put(ends, c.path, wait);
    this.timeWaits.set(wait, this.outlet.now() + this.settings.timeWait);
  }

  private forget(wait: TimeWait): void {
    this.timeWaits.remove(wait);
    this.table.remove(endsOf(wait.path), wait);
  }

  private schedule(c: Connection): void {
    const deadline = deadlineOf(c);
    if (c.deadline === deadline || isOver(c)) return;
    this.deadlines.set(c, deadline);
    this.arm();
  }

  private arm(): void {
    this.outlet.wakeAt(Math.min(this.deadlines.next, this.timeWaits.next));
  }
}

/** True when `seq` begins something that was sent and not acknowledged. */
function isOnItsWay(c: Connection, seq: number): boolean {
  return !before(seq, c.sndUna) && before(seq, c.sndNxt);
}

/** User of a connection until its listener has given one. */
const nobody: ConnectionUser = {
  established() {},
  readable() {},
  ended() {},
  writable() {},
  closed() {},
};
