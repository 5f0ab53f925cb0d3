import type { Connection, ConnectionUser, TcpFailure } from '../stack/tcp/connection.js';
import type { Ends } from '../stack/tcp/ends.js';
import { read, release, shutdown, write } from '../stack/tcp/operate.js';
import type { TcpOutlet } from '../stack/tcp/outlet.js';
import type { ConnectionPath } from '../stack/tcp/path.js';
import { defaultTcpSettings, type TcpSettings } from '../stack/tcp/settings.js';
import { Tcp } from '../stack/tcp/tcp.js';
import { internetChecksum, sumWords } from '../wire/checksum.js';
import {
  completeTcp,
  setTcpFlags,
  setTcpSequence,
  TCP_CWR,
  TCP_FIN,
  TCP_PSH,
  tcpFlags,
  tcpHeaderLength,
  tcpSequence,
} from '../wire/tcp.js';
import { seededRandom } from './random.js';

/** What one direction of the wire between two hosts does to segments. Times in microseconds. */
export interface WireFaults {
  delay?: number;
  /** Added by chance, up to so much: reorders. */
  jitter?: number;
  /** Shares of one. */
  loss?: number;
  duplication?: number;
  /** Bytes per second; segments queue behind each other. */
  rate?: number;
  /** Bytes that may queue. */
  queue?: number;
  /** Marks instead of dropping from so many queued bytes on. */
  markAbove?: number;
  /** Share of segments of which a byte is changed: their checksum tells. */
  corruption?: number;
  /** Looks at every segment; false: it is lost. */
  filter?: (segment: Uint8Array, number: number) => boolean;
}

/** Something that happens at a time: a segment arrives, or a test's own doing. */
interface Happening {
  readonly at: number;
  readonly isFlight: boolean;
  readonly happens: () => void;
}

/** Two hosts' TCP, joined by a wire without IP, in virtual time. */
export class TcpLab {
  time = 1_000_000_000;
  readonly random: () => number;
  readonly a: LabHost;
  readonly b: LabHost;
  /** In the order of time. */
  private readonly happenings: Happening[] = [];
  private flights = 0;

  constructor(seed = 1, settings: Partial<TcpSettings> = {}, settingsB = settings) {
    this.random = seededRandom(seed);
    this.a = new LabHost(this, Uint8Array.of(10, 0, 0, 1), { ...defaultTcpSettings, ...settings });
    this.b = new LabHost(this, Uint8Array.of(10, 0, 0, 2), { ...defaultTcpSettings, ...settingsB });
    this.a.peer = this.b;
    this.b.peer = this.a;
  }

  /** Lets time pass, everything at its time. */
  run(micros: number): void {
    const end = this.time + micros;
    for (;;) {
      const next = this.next();
      if (next > end) break;
      this.time = Math.max(this.time, next);
      this.step();
    }
    this.time = end;
  }

  /** Runs until the condition holds; false when it does not within the time. */
  until(done: () => boolean, micros = 600_000_000): boolean {
    const end = this.time + micros;
    while (!done()) {
      const next = this.next();
      if (next > end) return done();
      this.time = Math.max(this.time, next);
      this.step();
    }
    return true;
  }

  fly(to: LabHost, bytes: Uint8Array, at: number, marked: boolean): void {
    this.flights++;
    this.insert({ at, isFlight: true, happens: () => to.arrive(bytes, marked) });
  }

  /** Does something after so many microseconds. */
  after(micros: number, happens: () => void): void {
    this.insert({ at: this.time + micros, isFlight: false, happens });
  }

  /** Segments on the wire. */
  get flying(): number {
    return this.flights;
  }

  /** Connections, segments and timers that are left; a host that has nothing to do any more has none. */
  get left(): string[] {
    const left: string[] = [];
    for (const [name, host] of Object.entries({ a: this.a, b: this.b })) {
      if (host.tcp.size > 0) left.push(`${name}: ${host.tcp.size} connections`);
      if (host.wake !== Number.POSITIVE_INFINITY) left.push(`${name}: a timer`);
    }
    if (this.flights > 0) left.push(`${this.flights} segments on the wire`);
    return left;
  }

  private next(): number {
    return Math.min(this.happenings[0]?.at ?? Number.POSITIVE_INFINITY, this.a.wake, this.b.wake);
  }

  private insert(one: Happening): void {
    let low = 0;
    let high = this.happenings.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.happenings[middle].at <= one.at) low = middle + 1;
      else high = middle;
    }
    this.happenings.splice(low, 0, one);
  }

  private step(): void {
    const first = this.happenings[0];
    if (first && first.at <= this.time) {
      this.happenings.shift();
      if (first.isFlight) this.flights--;
      first.happens();
      return;
    }
    if (this.a.wake <= this.time) this.a.tick();
    if (this.b.wake <= this.time) this.b.tick();
  }
}

/** One of the two hosts: an outlet for its TCP. */
export class LabHost implements TcpOutlet {
  readonly tcp: Tcp;
  readonly faults: WireFaults = {};
  /** Every segment sent, before the wire's faults, when `recording`. */
  readonly sent: Uint8Array[] = [];
  recording = false;
  bytes = new Uint8Array(70_000);
  at = 0;
  wake = Number.POSITIVE_INFINITY;
  peer!: LabHost;
  /** Largest payload of a segment, and of a burst that is cut up on the wire. */
  largestSegment = 1460;
  burst = 1460;
  /** Answers whether there is room for a segment to be sent. */
  hasRoom: () => boolean = () => true;
  private readonly lab: TcpLab;
  readonly address: Uint8Array;
  private freeAt = 0;
  private sentCount = 0;
  private nextPort = 40_000;

  constructor(lab: TcpLab, address: Uint8Array, settings: TcpSettings) {
    this.lab = lab;
    this.address = address;
    this.tcp = new Tcp(this, settings);
  }

  now(): number {
    return this.lab.time;
  }

  random(): number {
    return this.lab.random();
  }

  begin(_path: ConnectionPath, length: number): boolean {
    return length <= this.bytes.length && this.hasRoom();
  }

  commit(_path: ConnectionPath, length: number, segmentSize: number, ecnCapable: boolean): boolean {
    for (const segment of cutApart(this.bytes.slice(0, length), segmentSize)) this.put(segment, ecnCapable);
    return true;
  }

  /** Puts one segment on the wire. */
  private put(segment: Uint8Array, ecnCapable: boolean): void {
    const { length } = segment;
    completeTcp(segment, 0, length, this.pseudoSum(length));
    if (this.recording) this.sent.push(segment);
    const faults = this.faults;
    const number = this.sentCount++;
    if (faults.filter && !faults.filter(segment, number)) return;
    if (chance(this.lab, faults.loss)) return;
    const queued = faults.rate ? Math.max(0, ((this.freeAt - this.lab.time) * faults.rate) / 1e6) : 0;
    if (faults.queue !== undefined && queued + length > faults.queue) return;
    const marked = ecnCapable && faults.markAbove !== undefined && queued > faults.markAbove;
    if (faults.rate) {
      this.freeAt = Math.max(this.freeAt, this.lab.time) + ((length + 20) * 1e6) / faults.rate;
    } else this.freeAt = this.lab.time;
    // One byte: a change that the checksum always finds.
    if (chance(this.lab, faults.corruption))
      segment[this.lab.random() % length] ^= 1 + (this.lab.random() % 255);
    const copies = chance(this.lab, faults.duplication) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const jitter = faults.jitter ? (this.lab.random() / 2 ** 32) * faults.jitter : 0;
      this.lab.fly(this.peer, segment, this.freeAt + (faults.delay ?? 1000) + jitter, marked);
    }
  }

  /** Of the pseudo-header (RFC 9293 §3.1); the same in both directions. */
  pseudoSum(length: number): number {
    return sumWords(this.address, 0, 4, sumWords(this.peer.address, 0, 4, 6 + length));
  }

  pathTo(ends: Ends): ConnectionPath {
    return this.path(ends.localPort, ends.remotePort);
  }

  path(localPort: number, remotePort: number): ConnectionPath {
    return {
      ...{ localAddress: this.address, remoteAddress: this.peer.address, localPort, remotePort },
      ...{ largestSegment: this.largestSegment, burst: this.burst, circuit: null },
    };
  }

  wakeAt(time: number): void {
    this.wake = time;
  }

  tick(): void {
    this.wake = Number.POSITIVE_INFINITY;
    this.tcp.expire();
  }

  /** Hands the host a segment, as if it came by the wire. */
  arrive(segment: Uint8Array, marked = false): void {
    if (internetChecksum(segment, 0, segment.length, this.pseudoSum(segment.length)) !== 0) return;
    const bytes = new Uint8Array(8 + segment.length);
    bytes.set(this.address, 0);
    bytes.set(this.peer.address, 4);
    bytes.set(segment, 8);
    const remotePort = (segment[0] << 8) | segment[1];
    const localPort = (segment[2] << 8) | segment[3];
    const ends: Ends = { bytes, localAt: 0, remoteAt: 4, addressLength: 4, localPort, remotePort };
    this.tcp.receive(ends, 8, segment.length, marked);
  }

  /** Calls the other host. */
  connect(remotePort: number, localPort = this.nextPort++): LabUser {
    const user = new LabUser();
    user.connection = this.tcp.connect(this.path(localPort, remotePort), user);
    return user;
  }

  /** Waits for calls; answers the users of those that have come, after `accepted` had a look at them. */
  listen(port: number, accepted: (user: LabUser) => void = () => {}, backlog = 16): LabUser[] {
    const users: LabUser[] = [];
    this.tcp.listen({
      ...{ port, address: null, backlog },
      accept: (connection) => {
        const user = new LabUser();
        user.connection = connection;
        users.push(user);
        accepted(user);
        return user;
      },
    });
    return users;
  }
}

/** An application at one end: keeps what it reads, and says what happened to it. */
export class LabUser implements ConnectionUser {
  connection!: Connection;
  readonly events: string[] = [];
  readonly chunks: Uint8Array[] = [];
  received = 0;
  /** False: bytes are left where they are. */
  reads = true;
  readsAtOnce = Number.POSITIVE_INFINITY;
  /** Closes its end when the peer has. */
  closesBack = true;
  failure: TcpFailure | null = null;
  over = false;

  established(): void {
    this.events.push('established');
  }

  readable(): void {
    if (this.reads) this.drain();
  }

  drain(): void {
    for (;;) {
      const chunk = read(this.connection, this.readsAtOnce);
      if (chunk === null) return;
      this.chunks.push(chunk);
      this.received += chunk.length;
    }
  }

  ended(): void {
    this.events.push('ended');
    if (this.closesBack) shutdown(this.connection);
  }

  writable(): void {}

  closed(_connection: Connection, failure: TcpFailure | null): void {
    this.drain();
    this.over = true;
    this.failure = failure;
    this.events.push(failure ?? 'closed');
  }

  write(bytes: Uint8Array): void {
    write(this.connection, bytes);
  }

  end(): void {
    shutdown(this.connection);
  }

  leave(): void {
    release(this.connection);
  }

  get content(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

/** What a link with segmentation offload makes of a long segment. */
function cutApart(whole: Uint8Array, segmentSize: number): Uint8Array[] {
  const header = tcpHeaderLength(whole, 0);
  if (segmentSize === 0 || whole.length - header <= segmentSize) return [whole];
  const parts: Uint8Array[] = [];
  for (let at = header; at < whole.length; at += segmentSize) {
    const payload = whole.subarray(at, at + segmentSize);
    const part = new Uint8Array(header + payload.length);
    part.set(whole.subarray(0, header));
    part.set(payload, header);
    setTcpSequence(part, 0, tcpSequence(whole, 0) + at - header);
    const isLast = at + segmentSize >= whole.length;
    let flags = tcpFlags(whole, 0);
    if (!isLast) flags &= ~(TCP_FIN | TCP_PSH);
    if (at > header) flags &= ~TCP_CWR;
    setTcpFlags(part, 0, flags);
    parts.push(part);
  }
  return parts;
}

function chance(lab: TcpLab, share: number | undefined): boolean {
  return share !== undefined && share > 0 && lab.random() / 2 ** 32 < share;
}
