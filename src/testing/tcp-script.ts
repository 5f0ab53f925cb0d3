import { expect } from 'vitest';
import type { IncomingSegment } from '../stack/tcp/connection.js';
import { noSegment } from '../stack/tcp/connection.js';
import type { Ends } from '../stack/tcp/ends.js';
import type { TcpListener } from '../stack/tcp/listeners.js';
import type { TcpOutlet } from '../stack/tcp/outlet.js';
import type { ConnectionPath } from '../stack/tcp/path.js';
import { readSegment } from '../stack/tcp/segment.js';
import { defaultTcpSettings, type TcpSettings } from '../stack/tcp/settings.js';
import { Tcp } from '../stack/tcp/tcp.js';
import { writeU16, writeU32 } from '../wire/bytes.js';
import { TCP_HEADER } from '../wire/tcp.js';
import { emitTcpOptions, noTcpOptions, type TcpOptions } from '../wire/tcp-options.js';
import { seededRandom } from './random.js';
import { LabUser } from './tcp-lab.js';

/** A segment as a script writes it. Numbers count from the initial ones of their sender: a SYN has 0, the first byte 1. */
export interface Written {
  /** Letters of S F R P A U E C (SYN, FIN, RST, PSH, ACK, URG, ECE, CWR). */
  flags?: string;
  seq?: number;
  ack?: number;
  /** As on the wire: not scaled. */
  window?: number;
  /** Bytes of payload, or how many. */
  payload?: string | number | Uint8Array;
  mss?: number;
  scale?: number;
  sackPermitted?: boolean;
  /** TSval and TSecr. */
  timestamps?: readonly [number, number];
  sack?: readonly (readonly [number, number])[];
}

/** What is expected of a segment: only what is named is looked at. PSH only when it is among the flags. */
export interface Wanted extends Omit<Written, 'payload' | 'timestamps'> {
  length?: number;
  text?: string;
  timestamps?: readonly [number, number] | boolean;
  /** Marked as ECN-capable. */
  ecnCapable?: boolean;
}

/** A segment that came from the host under test. */
export interface Seen extends Required<Omit<Written, 'payload' | 'timestamps'>> {
  readonly length: number;
  readonly text: string;
  readonly timestamps: readonly [number, number] | false;
  readonly ecnCapable: boolean;
  /** Microseconds of the script's clock. */
  readonly time: number;
}

const LETTERS = 'FSRPAUEC';
const OUR_PORT = 40_000;
const PEER_PORT = 80;

/** Without timestamps, so that scripts stay short; those that are about them say so. */
const plainSettings: Partial<TcpSettings> = { timestamps: false };

/**
 * One host's TCP against a peer that a test plays segment by segment, in virtual time: nothing happens but what the
 * script says, and what the host's timers do while it lets time pass.
 */
export class TcpScript implements TcpOutlet {
  /** Microseconds. */
  time = 1_000_000_000;
  readonly tcp: Tcp;
  readonly peer: Peer;
  user = new LabUser();
  largestSegment = 1460;
  burst = 1460;
  /** Answers whether there is room for a segment below TCP. */
  hasRoom = true;
  bytes = new Uint8Array(70_000);
  at = 0;
  readonly ours: Uint8Array;
  readonly theirs: Uint8Array;
  private wake = Number.POSITIVE_INFINITY;
  private readonly next = seededRandom(7);

  constructor(settings: Partial<TcpSettings> = {}, peerIsn = 0x1000_0000, addressLength: 4 | 16 = 4) {
    this.ours = new Uint8Array(addressLength).fill(1);
    this.theirs = new Uint8Array(addressLength).fill(2);
    this.tcp = new Tcp(this, { ...defaultTcpSettings, ...plainSettings, ...settings });
    this.peer = new Peer(this, peerIsn);
  }

  /** Calls the peer: its SYN waits to be expected. */
  connect(): LabUser {
    this.user = new LabUser();
    this.user.connection = this.tcp.connect(this.path(), this.user);
    return this.user;
  }

  /** Waits for the peer's calls, at the port number that it sends to. */
  listen(backlog = 8): TcpListener {
    const listener: TcpListener = {
      ...{ port: OUR_PORT, address: null, backlog },
      accept: (connection) => {
        this.user = new LabUser();
        this.user.connection = connection;
        return this.user;
      },
    };
    this.tcp.listen(listener);
    return listener;
  }

  /** Calls the peer, who answers after `roundTrip`. Both are ESTABLISHED, with nothing left to be expected. */
  establish(peer: Written = {}, roundTrip = 10_000): LabUser {
    const user = this.connect();
    const syn = this.peer.expect({ flags: syncFlags(peer) });
    this.after(roundTrip);
    const echo = syn.timestamps ? { timestamps: [1_000, syn.timestamps[0]] as const } : {};
    const usual = { flags: 'SA', seq: 0, ack: 1, window: 65_535, mss: 1460, scale: 0, sackPermitted: true };
    this.peer.send({ ...usual, ...echo, ...peer });
    this.peer.expect({ flags: 'A', seq: 1, ack: 1 });
    expect(user.connection.state).toBe('established');
    return user;
  }

  /** Waits for the peer, who calls. Both are ESTABLISHED. */
  accept(peer: Written = {}): LabUser {
    this.listen();
    this.peer.send({ flags: 'S', seq: 0, window: 65_535, mss: 1460, scale: 0, sackPermitted: true, ...peer });
    const answer = this.peer.expect({ seq: 0, ack: 1 });
    this.after(10_000);
    const echo = answer.timestamps ? { timestamps: [1_001, answer.timestamps[0]] as const } : {};
    this.peer.send({ flags: 'A', seq: 1, ack: 1, window: 65_535, ...echo });
    expect(this.user.connection.state).toBe('established');
    return this.user;
  }

  /** Lets time pass. */
  after(micros: number): void {
    const end = this.time + micros;
    while (this.wake <= end) this.tick();
    this.time = end;
  }

  /** Does what is due next; false when nothing ever is. */
  tick(): boolean {
    if (this.wake === Number.POSITIVE_INFINITY) return false;
    this.time = Math.max(this.time, this.wake);
    this.wake = Number.POSITIVE_INFINITY;
    this.tcp.expire();
    return true;
  }

  /** True when no timer runs. */
  get isQuiet(): boolean {
    return this.wake === Number.POSITIVE_INFINITY;
  }

  now(): number {
    return this.time;
  }

  random(): number {
    return this.next();
  }

  begin(_path: ConnectionPath, _length: number): boolean {
    return this.hasRoom;
  }

  commit(_path: ConnectionPath, length: number, _segmentSize: number, ecnCapable: boolean): boolean {
    this.peer.take(this.bytes.slice(0, length), ecnCapable);
    return true;
  }

  pathTo(ends: Ends): ConnectionPath {
    return this.path(ends.remotePort);
  }

  wakeAt(time: number): void {
    this.wake = time;
  }

  /** Both ends, as the segment's headers have them. */
  ends(remotePort = PEER_PORT): Ends {
    const bytes = new Uint8Array(40);
    bytes.set(this.ours, 0);
    bytes.set(this.theirs, this.ours.length);
    return {
      ...{ bytes, localAt: 0, remoteAt: this.ours.length, addressLength: this.ours.length },
      ...{ localPort: OUR_PORT, remotePort },
    };
  }

  private path(remotePort = PEER_PORT): ConnectionPath {
    return {
      ...{ localAddress: this.ours, remoteAddress: this.theirs, localPort: OUR_PORT, remotePort },
      ...{ largestSegment: this.largestSegment, burst: this.burst, circuit: null },
    };
  }
}

/** The other end: what the script sends, and what came for it. */
export class Peer {
  /** Initial numbers: the peer's own, and the host's, known from its first SYN. */
  isn: number;
  hostIsn: number | null = null;
  /** Sent by the host, not expected yet. */
  readonly seen: Seen[] = [];
  private readonly script: TcpScript;
  private readonly segment: IncomingSegment = noSegment();

  constructor(script: TcpScript, isn: number) {
    this.script = script;
    this.isn = isn;
  }

  /** Sends a segment to the host. `marked`: a router has set "congestion experienced". */
  send(written: Written, marked = false, port = PEER_PORT): void {
    const ends = this.script.ends(port);
    const at = 2 * ends.addressLength;
    const payload = bytesOf(written.payload ?? 0);
    const options = optionsOf(written, this.hostIsn ?? 0);
    const bytes = new Uint8Array(at + 60 + payload.length);
    bytes.set(ends.bytes.subarray(0, at));
    writeU16(bytes, at, port);
    writeU16(bytes, at + 2, OUR_PORT);
    writeU32(bytes, at + 4, this.isn + (written.seq ?? 0));
    writeU32(bytes, at + 8, written.ack === undefined ? 0 : (this.hostIsn ?? 0) + written.ack);
    const header = TCP_HEADER + emitTcpOptions(bytes, at + TCP_HEADER, options);
    bytes[at + 12] = (header >> 2) << 4;
    bytes[at + 13] = flagsOf(written.flags ?? 'A');
    writeU16(bytes, at + 14, written.window ?? 65_535);
    bytes.set(payload, at + header);
    this.raw(bytes.subarray(0, at + header + payload.length), marked, port);
  }

  /** Sends bytes as they are, behind both addresses: a segment that no `Written` can say. */
  raw(bytes: Uint8Array, marked = false, port = PEER_PORT): boolean {
    const ends = { ...this.script.ends(port), bytes };
    const at = 2 * ends.addressLength;
    return this.script.tcp.receive(ends, at, bytes.length - at, marked);
  }

  /** The next segment must be there already, and be so. */
  expect(wanted: Wanted): Seen {
    const seen = this.seen.shift();
    if (seen === undefined) expect.fail(`nothing came; wanted ${JSON.stringify(wanted)}`);
    compare(seen, wanted);
    return seen;
  }

  /** Lets time pass until the next segment comes, which must be so. Answers the microseconds that this took. */
  await(wanted: Wanted, atMost = 10_000_000_000): number {
    const begin = this.script.time;
    while (this.seen.length === 0 && this.script.time - begin <= atMost && this.script.tick());
    return this.expect(wanted).time - begin;
  }

  /** Nothing came, that was not expected. */
  expectNothing(): void {
    expect(this.seen).toEqual([]);
  }

  /** Forgets what came. */
  ignore(): number {
    return this.seen.splice(0).length;
  }

  take(bytes: Uint8Array, ecnCapable: boolean): void {
    const segment = this.segment;
    if (!readSegment(bytes, 0, bytes.length, segment)) expect.fail('the host sent a malformed segment');
    const flags = lettersOf(segment.flags);
    if (flags.includes('S')) this.hostIsn = segment.seq;
    const { options } = segment;
    const text = Buffer.from(bytes.subarray(segment.payloadAt)).toString('latin1');
    const hostIsn = this.hostIsn ?? 0;
    this.seen.push({
      ...{ flags, seq: (segment.seq - hostIsn) | 0, window: segment.window, length: text.length, text },
      ack: flags.includes('A') ? (segment.ack - this.isn) | 0 : 0,
      ...{ mss: options.mss, scale: options.windowScale, sackPermitted: options.sackPermitted },
      timestamps: options.hasTimestamps && [options.timestamp, options.timestampEcho],
      sack: Array.from({ length: options.sackCount }, (_, i) => [
        (options.sackLeft[i] - this.isn) | 0,
        (options.sackRight[i] - this.isn) | 0,
      ]),
      ...{ ecnCapable, time: this.script.time },
    });
  }
}

function compare(seen: Seen, wanted: Wanted): void {
  const { flags, timestamps, ...others } = wanted;
  const actual: Record<string, unknown> = {};
  const expected: Record<string, unknown> = { ...others };
  for (const key of Object.keys(others) as (keyof typeof others)[]) actual[key] = seen[key];
  if (flags !== undefined) {
    expected.flags = lettersOf(flagsOf(flags));
    actual.flags = flags.includes('P') ? seen.flags : seen.flags.replace('P', '');
  }
  if (timestamps !== undefined) {
    expected.timestamps = timestamps;
    actual.timestamps = typeof timestamps === 'boolean' ? seen.timestamps !== false : seen.timestamps;
  }
  expect(actual, `of ${JSON.stringify({ ...seen, text: seen.text.slice(0, 40) })}`).toEqual(expected);
}

function optionsOf(written: Written, hostIsn: number): TcpOptions {
  const options = noTcpOptions();
  options.mss = written.mss ?? 0;
  options.windowScale = written.scale ?? -1;
  options.sackPermitted = written.sackPermitted ?? false;
  if (written.timestamps) {
    options.hasTimestamps = true;
    [options.timestamp, options.timestampEcho] = written.timestamps;
  }
  // The peer tells of what the host has sent.
  for (const [left, right] of written.sack ?? []) {
    options.sackLeft[options.sackCount] = hostIsn + left;
    options.sackRight[options.sackCount++] = hostIsn + right;
  }
  return options;
}

function flagsOf(letters: string): number {
  return [...letters].reduce((flags, letter) => flags | (1 << LETTERS.indexOf(letter)), 0);
}

function lettersOf(flags: number): string {
  return [...LETTERS].filter((_, i) => flags & (1 << i)).join('');
}

function bytesOf(payload: string | number | Uint8Array): Uint8Array {
  if (typeof payload === 'number') return new Uint8Array(payload).fill(0x2e);
  return typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
}

function syncFlags(peer: Written): string {
  return peer.flags?.includes('E') ? 'SEC' : 'S';
}
