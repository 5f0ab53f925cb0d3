import { TCP_ACK, TCP_CWR, TCP_ECE, TCP_FIN, TCP_RST, TCP_SYN } from '../../wire/tcp.js';
import { clearTcpOptions, noTcpOptions } from '../../wire/tcp-options.js';
import { type Deadlined, Deadlines } from '../deadlines.js';
import { SipHash } from '../siphash.js';
import { arrive, takeSyn } from './arrive.js';
import {
  Connection,
  type ConnectionPath,
  type ConnectionUser,
  type IncomingSegment,
  noSegment,
  type OutgoingSegment,
  type TcpEnvironment,
} from './connection.js';
import { deadlineOf } from './deadlines.js';
import { type Ends, endsOf, hashEnds, initialSequence } from './ends.js';
import { expire } from './expire.js';
import { abort, open, start } from './operate.js';
import { output, sendSyn } from './output.js';
import { emitSegment, readSegment, segmentLength } from './segment.js';
import type { SendQueue } from './send-queue.js';
import type { TcpSettings } from './settings.js';
import { makeCookie, readCookie } from './syn-cookie.js';
import { ConnectionTable } from './table.js';
import { judgeTimeWait, TimeWait } from './time-wait.js';

/** Records of TIME-WAIT that are kept at most: beyond, the oldest one goes. */
const MOST_WAITING = 16_384;
/** After the last SYN that found no room, cookies are looked for so long. */
const COOKIES_FOR = 120_000_000;

/** What TCP has from the layer below. */
export interface TcpOutlet {
  now(): number;
  /** In [0, 2^32). */
  random(): number;
  /** Room for a segment of `length` bytes towards the path's other end, at `bytes[at]`. False: there is none now. */
  begin(path: ConnectionPath, length: number): boolean;
  bytes: Uint8Array;
  at: number;
  /** Sends what was written there, its checksum to be completed. `segmentSize` > 0: to be cut into segments of that payload. */
  commit(path: ConnectionPath, length: number, segmentSize: number, ecnCapable: boolean): boolean;
  /** The way to a peer that calls, or null when there is none. */
  pathTo(ends: Ends): ConnectionPath | null;
  /** `expire` is to be called at that time. */
  wakeAt(time: number): void;
}

/** Somebody who waits for calls at a port number. */
export interface TcpListener {
  readonly port: number;
  /** The address called; null: any. */
  readonly address: Uint8Array | null;
  /** Connections whose handshake is not done: beyond, callers get cookies. */
  readonly backlog: number;
  /** A new connection's user; it is told `established` when the handshake is done. */
  accept(connection: Connection): ConnectionUser;
}

/** A connection's place among those that wait for their time. */
interface Waiting extends Deadlined {
  readonly connection: Connection;
}

/** TCP of one host: connections, listeners, their time. Knows nothing of IP but addresses as bytes. */
export class Tcp {
  readonly counts = { received: 0, malformed: 0, resetsOut: 0, cookiesSent: 0, cookiesTaken: 0, refused: 0 };
  private readonly outlet: TcpOutlet;
  private readonly settings: TcpSettings;
  private readonly hash: SipHash;
  private readonly table: ConnectionTable;
  private readonly listeners = new Map<number, TcpListener[]>();
  private readonly halfOpen = new Map<TcpListener, number>();
  private readonly heardBy = new Map<Connection, TcpListener>();
  private readonly waiting = new Map<Connection, Waiting>();
  private readonly deadlines = new Deadlines<Waiting>();
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
      random: () => outlet.random(),
      send: (c, segment) => this.send(c.path, segment, c.queue),
      schedule: (c) => this.schedule(c),
      refuse: (c, segment) => this.sendReset(c.path, segment),
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

  /** True when no connection has these ends. */
  isFree(path: ConnectionPath): boolean {
    return this.table.find(endsOf(path)) === null;
  }

  /** Calls a peer. The path's ends must be free (`isFree`). */
  connect(path: ConnectionPath, user: ConnectionUser, settings = this.settings): Connection {
    const c = new Connection(this.environment, settings, path, user);
    const ends = endsOf(path);
    this.table.put(ends, path, c);
    open(c, initialSequence(hashEnds(this.hash, ends, 1), this.outlet.now()));
    return c;
  }

  /** Waits for calls. False when somebody does already, at this address or all. */
  listen(listener: TcpListener): boolean {
    const others = this.listeners.get(listener.port) ?? [];
    if (others.some((other) => sameAddress(other.address, listener.address))) return false;
    this.listeners.set(listener.port, [...others, listener]);
    return true;
  }

  /** No more calls are taken; connections live on, those with no handshake yet end. */
  unlisten(listener: TcpListener): void {
    const rest = (this.listeners.get(listener.port) ?? []).filter((other) => other !== listener);
    if (rest.length > 0) this.listeners.set(listener.port, rest);
    else this.listeners.delete(listener.port);
    for (const [c, by] of [...this.heardBy]) if (by === listener) abort(c, 'ECONNABORTED');
    this.halfOpen.delete(listener);
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
      expire(due.connection);
      this.schedule(due.connection);
    }
    for (let wait = this.timeWaits.take(now); wait !== null; wait = this.timeWaits.take(now)) {
      this.table.remove(endsOf(wait.path), wait);
    }
    this.arm();
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
    this.halfOpen.clear();
  }

  private arriveAt(c: Connection, segment: IncomingSegment): void {
    const opening = c.state === 'syn-received';
    arrive(c, segment);
    if (opening && c.state !== 'syn-received') this.endHandshake(c);
    this.schedule(c);
  }

  /** RFC 9293 §3.10.7.1 and §3.10.7.2: for a listener, or for nobody. `after`: numbers that the old connection used. */
  private arriveUnknown(ends: Ends, segment: IncomingSegment, after: TimeWait | null): void {
    const { flags } = segment;
    if (flags & TCP_RST) return;
    const listener = this.listenerFor(ends);
    if (listener === null || flags & TCP_ACK) {
      if (listener !== null && this.takeCookie(listener, ends, segment)) return;
      this.refuse(ends, segment);
      return;
    }
    if (!(flags & TCP_SYN) || flags & TCP_FIN) return;
    const path = this.outlet.pathTo(ends);
    if (path === null) return;
    const now = this.outlet.now();
    if ((this.halfOpen.get(listener) ?? 0) >= listener.backlog) {
      this.sendCookie(ends, path, segment, now);
      return;
    }
    let iss = initialSequence(hashEnds(this.hash, ends, 1), now);
    if (after !== null && ((iss - after.sndNxt) | 0) <= 0) iss = (after.sndNxt + 65_536) | 0;
    const c = this.answer(listener, ends, path, segment, iss);
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
    const c = new Connection(this.environment, this.settings, path, nobody);
    start(c, iss);
    c.state = 'syn-received';
    takeSyn(c, segment);
    const asks = (segment.flags & (TCP_ECE | TCP_CWR)) === (TCP_ECE | TCP_CWR);
    c.ecn = asks && this.settings.ecn !== 'off';
    this.table.put(ends, path, c);
    this.heardBy.set(c, listener);
    this.halfOpen.set(listener, (this.halfOpen.get(listener) ?? 0) + 1);
    c.user = listener.accept(c);
    return c;
  }

  private endHandshake(c: Connection): void {
    const listener = this.heardBy.get(c);
    if (listener === undefined) return;
    this.heardBy.delete(c);
    const left = (this.halfOpen.get(listener) ?? 1) - 1;
    if (left > 0) this.halfOpen.set(listener, left);
    else this.halfOpen.delete(listener);
  }

  private sendCookie(ends: Ends, path: ConnectionPath, segment: IncomingSegment, now: number): void {
    this.cookiesUntil = now + COOKIES_FOR;
    this.counts.cookiesSent++;
    const answer = blank;
    clearTcpOptions(answer.options);
    answer.seq = makeCookie(this.hash, ends, segment.seq, segment.options.mss || 536, now);
    answer.ack = (segment.seq + 1) | 0;
    answer.flags = TCP_SYN | TCP_ACK;
    answer.window = 0xffff;
    answer.options.mss = Math.min(path.largestSegment, 0xffff);
    this.send(path, answer, null);
  }

  /** The last ACK of a handshake of which nothing was kept. */
  private takeCookie(listener: TcpListener, ends: Ends, segment: IncomingSegment): boolean {
    if (this.outlet.now() > this.cookiesUntil || segment.flags & (TCP_SYN | TCP_FIN)) return false;
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
    if (judgement === 'again' && this.listenerFor(ends) !== null) {
      this.forget(wait);
      this.arriveUnknown(ends, segment, wait);
    } else if (judgement !== 'ignore') {
      const answer = blank;
      clearTcpOptions(answer.options);
      answer.seq = wait.sndNxt;
      answer.ack = wait.rcvNxt;
      answer.flags = TCP_ACK;
      answer.window = wait.window;
      if (wait.timestamps) {
        answer.options.hasTimestamps = true;
        answer.options.timestamp = (Math.floor(this.outlet.now() / 1000) + wait.timestampOffset) | 0;
        answer.options.timestampEcho = wait.recentTimestamp;
      }
      this.send(wait.path, answer, null);
      if (segment.flags & TCP_FIN) this.timeWaits.set(wait, this.outlet.now() + this.settings.timeWait);
    }
  }

  private refuse(ends: Ends, segment: IncomingSegment): void {
    const path = this.outlet.pathTo(ends);
    if (path === null) return;
    this.counts.refused++;
    this.sendReset(path, segment);
  }

  /** RFC 9293 §3.10.7.1: a reset that the sender of the segment will believe. */
  private sendReset(path: ConnectionPath, segment: IncomingSegment): void {
    this.counts.resetsOut++;
    const answer = blank;
    clearTcpOptions(answer.options);
    const hasAck = (segment.flags & TCP_ACK) !== 0;
    const length =
      segment.payloadLength + (segment.flags & TCP_SYN ? 1 : 0) + (segment.flags & TCP_FIN ? 1 : 0);
    answer.seq = hasAck ? segment.ack : 0;
    answer.ack = hasAck ? 0 : (segment.seq + length) | 0;
    answer.flags = hasAck ? TCP_RST : TCP_RST | TCP_ACK;
    answer.window = 0;
    this.send(path, answer, null);
  }

  private send(path: ConnectionPath, segment: OutgoingSegment, queue: SendQueue | null): boolean {
    const length = segmentLength(segment);
    const { outlet } = this;
    if (!outlet.begin(path, length)) return false;
    emitSegment(outlet.bytes, outlet.at, path.localPort, path.remotePort, segment, queue);
    return outlet.commit(path, length, segment.segmentSize, segment.ecnCapable);
  }

  private retire(c: Connection): void {
    this.endHandshake(c);
    const waiting = this.waiting.get(c);
    if (waiting) this.deadlines.remove(waiting);
    this.waiting.delete(c);
    const ends = endsOf(c.path);
    if (c.state !== 'time-wait') {
      this.table.remove(ends, c);
      return;
    }
    if (this.timeWaits.size >= MOST_WAITING) {
      const oldest = this.timeWaits.take(Number.POSITIVE_INFINITY);
      if (oldest !== null) this.table.remove(endsOf(oldest.path), oldest);
    }
    const wait = new TimeWait(c);
    this.table.put(ends, c.path, wait);
    this.timeWaits.set(wait, this.outlet.now() + this.settings.timeWait);
    this.arm();
  }

  private forget(wait: TimeWait): void {
    this.timeWaits.remove(wait);
    this.table.remove(endsOf(wait.path), wait);
  }

  private schedule(c: Connection): void {
    const deadline = deadlineOf(c);
    let waiting = this.waiting.get(c);
    if (c.state === 'closed' || c.state === 'time-wait' || deadline === Number.POSITIVE_INFINITY) {
      if (waiting) this.deadlines.remove(waiting);
      this.waiting.delete(c);
      return;
    }
    if (waiting === undefined) {
      waiting = { connection: c, deadline: Number.POSITIVE_INFINITY, place: -1 };
      this.waiting.set(c, waiting);
    }
    if (waiting.deadline === deadline) return;
    this.deadlines.set(waiting, deadline);
    this.arm();
  }

  private arm(): void {
    this.outlet.wakeAt(Math.min(this.deadlines.next, this.timeWaits.next));
  }

  private listenerFor(ends: Ends): TcpListener | null {
    const listeners = this.listeners.get(ends.localPort);
    if (listeners === undefined) return null;
    const local = ends.bytes.subarray(ends.localAt, ends.localAt + ends.addressLength);
    const exact = listeners.find((one) => one.address !== null && sameAddress(one.address, local));
    return exact ?? listeners.find((one) => one.address === null) ?? null;
  }
}

/** A segment to be filled for peers of which no connection is kept. */
const blank: OutgoingSegment = {
  ...{ seq: 0, ack: 0, flags: 0, window: 0, options: noTcpOptions() },
  ...{ payloadOffset: 0, payloadLength: 0, segmentSize: 0, ecnCapable: false },
};

/** User of a connection until its listener has given one. */
const nobody: ConnectionUser = {
  established() {},
  readable() {},
  ended() {},
  writable() {},
  closed() {},
};

function sameAddress(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
