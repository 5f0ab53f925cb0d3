import type { TcpOptions } from '../../wire/tcp-options.js';
import { noTcpOptions } from '../../wire/tcp-options.js';
import type { Deadlined } from '../deadlines.js';
import type { CongestionControl } from './congestion/contract.js';
import type { ConnectionPath } from './path.js';
import { ReceiveQueue } from './receive-queue.js';
import { RoundTrip } from './round-trip.js';
import { Scoreboard } from './scoreboard.js';
import { SendQueue } from './send-queue.js';
import type { TcpSettings } from './settings.js';

/** States of RFC 9293 §3.3.2. LISTEN is a listener's, TIME-WAIT a record's of its own (time-wait.ts). */
export type TcpState =
  | 'syn-sent'
  | 'syn-received'
  | 'established'
  | 'fin-wait-1'
  | 'fin-wait-2'
  | 'close-wait'
  | 'closing'
  | 'last-ack'
  | 'time-wait'
  | 'closed';

/** Why a connection ended otherwise than by both ends closing; the names are those of errno(3). */
export type TcpFailure =
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'ETIMEDOUT'
  | 'EHOSTUNREACH'
  | 'ENETUNREACH'
  | 'ECONNABORTED';

/** What the one who uses a connection is told. Called last in whatever brought it about: it may call back. */
export interface ConnectionUser {
  /** The handshake is done. */
  established(connection: Connection): void;
  /** Bytes in order have come. */
  readable(connection: Connection): void;
  /** The peer will send no more: after the bytes that are readable comes the end. */
  ended(connection: Connection): void;
  /** Bytes have left the send queue. */
  writable(connection: Connection): void;
  /** It is over; nothing is called any more. `failure` is null when both ends have closed. */
  closed(connection: Connection, failure: TcpFailure | null): void;
}

/** A segment to be sent. One object for a host, filled anew for each. */
export interface OutgoingSegment {
  seq: number;
  ack: number;
  flags: number;
  /** As it is on the wire: scaled, 16 bits. */
  window: number;
  options: TcpOptions;
  /** Payload: bytes of the send queue from this offset on. */
  payloadOffset: number;
  payloadLength: number;
  /** Bytes of payload of each segment into which a link may have to cut it; 0: it is one segment. */
  segmentSize: number;
  /** To be marked as ECN-capable (ECT(0), RFC 3168). */
  ecnCapable: boolean;
}

/** What a connection has from its host. */
export interface TcpEnvironment {
  /** Microseconds. */
  now(): number;
  /** Hands a segment to IP. False: there is no room for it now; `output` is called when there may be. */
  send(connection: Connection, segment: OutgoingSegment): boolean;
  /** `deadline` has changed. */
  schedule(connection: Connection): void;
  /** Answers a segment that cannot be of this connection with a reset of its own (RFC 9293 §3.10.7.1). */
  refuse(connection: Connection, segment: IncomingSegment): void;
  /** It came to an end or into TIME-WAIT: its place in the tables is free. */
  retire(connection: Connection): void;
}

/** How the connection stands with losses. `recovery` after a few, `loss` after the retransmission timer ran out. */
export type LossState = 'open' | 'recovery' | 'loss';

/**
 * A connection: the transmission control block of RFC 9293 §3.3.1, and nothing but data. What happens to it is in the
 * files beside: arrive.ts (segments come), acknowledge.ts and recovery.ts (what an ACK means), output.ts (what to send),
 * expire.ts (time passes), operate.ts (what the application asks for). Sequence numbers are signed 32-bit, times
 * microseconds of the environment's clock, lengths bytes.
 */
export class Connection implements Deadlined {
  /** When it is to be woken (`Infinity`: never), and its place among those that wait. */
  deadline = Number.POSITIVE_INFINITY;
  place = -1;
  readonly environment: TcpEnvironment;
  /** A socket may have wishes of its own: it is given a changed copy. */
  settings: TcpSettings;
  user: ConnectionUser;
  state: TcpState = 'closed';
  failure: TcpFailure | null = null;
  /** The user was told of the end. */
  endTold = false;

  /** Bytes of payload in a segment at most: what the peer takes, what the path carries, without options. */
  segment: number;
  /** What the peer's SYN allowed. */
  peerSegment: number;
  /** Bytes of payload that one call of `send` takes: many segments, where the link cuts them. */
  burst: number;

  // --- what we send
  /** Initial number, first one not acknowledged, next one to send. */
  iss = 0;
  sndUna = 0;
  sndNxt = 0;
  /** The peer's window in bytes, from `sndUna` on; the largest it ever was; whence it was taken. */
  sndWnd = 0;
  sndWndMax = 0;
  sndWl1 = 0;
  sndWl2 = 0;
  /** Shift of the windows that the peer tells. */
  sndScale = 0;
  readonly queue = new SendQueue();
  readonly board = new Scoreboard();
  readonly rtt = new RoundTrip();
  congestion: CongestionControl;
  /** Number of our FIN, once it was sent. */
  finSeq = 0;
  finSent = false;
  /** The application has closed its sending side: a FIN follows the queue. */
  finWanted = false;
  noDelay = false;

  // --- losses
  loss: LossState = 'open';
  /** `sndNxt` when the present recovery began: it ends there. */
  recoveryPoint = 0;
  /** Of PRR (RFC 6937): delivered and sent since the recovery began, flight size then. */
  prrDelivered = 0;
  prrOut = 0;
  prrFlight = 0;
  duplicateAcks = 0;
  /** Of RACK (RFC 8985): the delivered range that was sent last, its round trip, the highest one delivered. */
  rackSentAt = 0;
  rackEnd = 0;
  rackRtt = 0;
  rackForward = 0;
  reorderingSeen = false;
  /** Widens the window for reordering after spurious retransmissions; how many recoveries that still lasts. */
  reorderSteps = 1;
  reorderPersist = 16;
  reorderRoundEnd = 0;
  dsackSeen = false;
  /** Tail loss probe (RFC 8985 §7): where it ended, whether it was a retransmission. */
  probeEnd = 0;
  probeOut = false;
  probeWasRetransmission = false;
  /** TSval of the first retransmission of a loss episode: an echo from before shows it was needless (RFC 3522). */
  eifelTimestamp = 0;
  eifelArmed = false;
  /** SACK blocks of the ACK before: their parts need not be gone through again. */
  seenSackCount = 0;
  seenSack: Int32Array | null = null;
  /** The window was full when it was last looked at: growth is deserved. */
  windowLimited = false;

  // --- what we receive
  irs = 0;
  rcvNxt = 0;
  /** Right edge of the window that the peer was told. */
  rcvAdvertised = 0;
  rcvScale = 0;
  readonly inbox = new ReceiveQueue();
  /** Bytes that may wait for the application; grows by itself up to the setting. */
  receiveLimit: number;
  finReceived = false;
  /** A FIN that came before the bytes in front of it. */
  earlyFin = false;
  earlyFinSeq = 0;
  /** The application wants nothing more: bytes that come are answered by a reset. */
  receiveShut = false;
  /** Bytes since the last ACK, and whether one must go at once. */
  unacknowledged = 0;
  /** Longest text of a segment so far: what the peer fills its segments with. */
  largestArrived = 0;
  ackNow = false;
  lastAckSent = 0;
  /** A range that came twice, told in the next SACK (RFC 2883). */
  dsackLeft = 0;
  dsackRight = 0;
  hasDsack = false;
  /** Of receive autotuning: bytes read since, when the measuring began. */
  readSince = 0;
  measuredAt = 0;

  // --- options agreed upon
  scaling = false;
  sackAllowed = false;
  timestamps = false;
  /** Added to our clock to make TSval (RFC 7323 §5.4); the peer's last, and when it came. */
  timestampOffset = 0;
  recentTimestamp = 0;
  recentAt = 0;
  /** ECN agreed upon; we echo a mark; the peer's echo is answered in the next segment. */
  ecn = false;
  ecnEcho = false;
  ecnReduced = false;

  // --- time; Infinity: not set
  /** When the retransmission timer was started, and how often it ran out since anything was acknowledged. */
  retransmitFrom = 0;
  backoff = 0;
  retransmitAt = Number.POSITIVE_INFINITY;
  retransmitKind: 'timeout' | 'probe' | 'reorder' | 'persist' = 'timeout';
  ackAt = Number.POSITIVE_INFINITY;
  keepAliveAt = Number.POSITIVE_INFINITY;
  keepAliveProbes = 0;
  /** FIN-WAIT-2 of a socket that nobody has any more, or the user's own time limit. */
  endAt = Number.POSITIVE_INFINITY;
  lastReceivedAt = 0;
  /** When bytes were sent last. */
  lastSentAt = Number.NEGATIVE_INFINITY;
  /** There was no room below for the last segment: sending waits for it. */
  stalled = false;
  /** What a router said of the way to the peer (RFC 9293 §3.9.2.2): the reason if it comes to nothing. */
  softFailure: TcpFailure | null = null;
  /** When a segment outside of the window was last answered (RFC 5961 §7). */
  challengedAt = Number.NEGATIVE_INFINITY;

  // --- counts, for `info`
  readonly counts = {
    segmentsOut: 0,
    segmentsIn: 0,
    bytesOut: 0,
    bytesIn: 0,
    retransmitted: 0,
    duplicates: 0,
  };

  /** Where it goes. Addresses and port numbers stay; the way there may become another one (`takeWay`). */
  readonly path: ConnectionPath;

  constructor(
    environment: TcpEnvironment,
    settings: TcpSettings,
    path: ConnectionPath,
    user: ConnectionUser,
  ) {
    this.environment = environment;
    this.settings = settings;
    this.path = path;
    this.user = user;
    this.segment = path.largestSegment;
    this.peerSegment = path.largestSegment;
    this.burst = path.burst > path.largestSegment ? path.burst : 0;
    this.congestion = settings.congestion(this.segment);
    this.receiveLimit = settings.receiveBuffer;
    this.noDelay = settings.noDelay;
  }
}

/** The header of a segment that came. One object for a host, filled anew for each. */
export interface IncomingSegment {
  seq: number;
  ack: number;
  flags: number;
  window: number;
  readonly options: TcpOptions;
  bytes: Uint8Array;
  payloadAt: number;
  payloadLength: number;
  /** The IP header carried "congestion experienced". */
  congestionExperienced: boolean;
}

/** A fresh object to read segments into. */
export function noSegment(): IncomingSegment {
  return {
    ...{ seq: 0, ack: 0, flags: 0, window: 0, options: noTcpOptions(), bytes: new Uint8Array(0) },
    ...{ payloadAt: 0, payloadLength: 0, congestionExperienced: false },
  };
}
