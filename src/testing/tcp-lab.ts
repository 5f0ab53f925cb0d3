import type { Connection, ConnectionPath, ConnectionUser, TcpFailure } from '../stack/tcp/connection.js';
import type { Ends } from '../stack/tcp/ends.js';
import { read, release, shutdown, write } from '../stack/tcp/operate.js';
import { defaultTcpSettings, type TcpSettings } from '../stack/tcp/settings.js';
import { Tcp, type TcpOutlet } from '../stack/tcp/tcp.js';
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
  /** Looks at every segment; false: it is lost. */
  filter?: (segment: Uint8Array, number: number) => boolean;
}

interface Flight {
  readonly at: number;
  readonly order: number;
  readonly to: LabHost;
  readonly bytes: Uint8Array;
  readonly marked: boolean;
}

/** Two hosts' TCP, joined by a wire without IP, in virtual time. */
export class TcpLab {
  time = 1_000_000_000;
  readonly random: () => number;
  readonly a: LabHost;
  readonly b: LabHost;
  private flights: Flight[] = [];
  private order = 0;

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
      const next = Math.min(this.flights[0]?.at ?? Number.POSITIVE_INFINITY, this.a.wake, this.b.wake);
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
      const next = Math.min(this.flights[0]?.at ?? Number.POSITIVE_INFINITY, this.a.wake, this.b.wake);
      if (next > end) return done();
      this.time = Math.max(this.time, next);
      this.step();
    }
    return true;
  }

  fly(to: LabHost, bytes: Uint8Array, at: number, marked: boolean): void {
    const flight = { at, order: this.order++, to, bytes, marked };
    let low = 0;
    let high = this.flights.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.flights[middle].at <= at) low = middle + 1;
      else high = middle;
    }
    this.flights.splice(low, 0, flight);
  }

  /** Segments on the wire. */
  get flying(): number {
    return this.flights.length;
  }

  private step(): void {
    const flight = this.flights[0];
    if (flight && flight.at <= this.time) {
      this.flights.shift();
      flight.to.arrive(flight.bytes, flight.marked);
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
    return length <= this.bytes.length;
  }

  commit(_path: ConnectionPath, length: number, _segmentSize: number, ecnCapable: boolean): boolean {
    const segment = this.bytes.slice(0, length);
    if (this.recording) this.sent.push(segment);
    const faults = this.faults;
    const number = this.sentCount++;
    if (faults.filter && !faults.filter(segment, number)) return true;
    if (chance(this.lab, faults.loss)) return true;
    const queued = faults.rate ? Math.max(0, ((this.freeAt - this.lab.time) * faults.rate) / 1e6) : 0;
    if (faults.queue !== undefined && queued + length > faults.queue) return true;
    const marked = ecnCapable && faults.markAbove !== undefined && queued > faults.markAbove;
    if (faults.rate) {
      this.freeAt = Math.max(this.freeAt, this.lab.time) + ((length + 20) * 1e6) / faults.rate;
    } else this.freeAt = this.lab.time;
    const copies = chance(this.lab, faults.duplication) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const jitter = faults.jitter ? (this.lab.random() / 2 ** 32) * faults.jitter : 0;
      this.lab.fly(this.peer, segment, this.freeAt + (faults.delay ?? 1000) + jitter, marked);
    }
    return true;
  }

  pathTo(ends: Ends): ConnectionPath {
    return this.path(ends.localPort, ends.remotePort);
  }

  path(localPort: number, remotePort: number): ConnectionPath {
    return {
      ...{ localAddress: this.address, remoteAddress: this.peer.address, localPort, remotePort },
      ...{ largestSegment: this.largestSegment, burst: this.burst },
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
  connect(remotePort: number, settings?: TcpSettings): LabUser {
    const user = new LabUser();
    user.connection = this.tcp.connect(this.path(this.nextPort++, remotePort), user, settings);
    return user;
  }

  /** Waits for calls; answers the users of those that have come. */
  listen(port: number, backlog = 16): LabUser[] {
    const users: LabUser[] = [];
    this.tcp.listen({
      ...{ port, address: null, backlog },
      accept: (connection) => {
        const user = new LabUser();
        user.connection = connection;
        users.push(user);
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
    for (let chunk = read(this.connection); chunk !== null; chunk = read(this.connection)) {
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
    if (this.reads) this.drain();
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

function chance(lab: TcpLab, share: number | undefined): boolean {
  return share !== undefined && share > 0 && lab.random() / 2 ** 32 < share;
}
