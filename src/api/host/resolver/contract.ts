/** A server of names. */
export interface NameServer {
  /** Literal, of either family. */
  readonly address: string;
  readonly port: number;
}

/** How a resolver asks. What resolv.conf(5) has a word for is named as there. */
export interface ResolverSettings {
  /** Asked in this order, the next one when one does not answer or cannot. */
  readonly servers: readonly NameServer[];
  /** Domains that are put behind names with few dots. */
  readonly search: readonly string[];
  /** A name with so many dots is asked for as it stands first; with fewer, behind the domains of `search` first. */
  readonly ndots: number;
  /** Microseconds that an answer is waited for. */
  readonly timeout: number;
  /** How often each server is asked. */
  readonly attempts: number;
}

/** Who hears what comes on a line. */
export interface LineUser {
  /** A datagram, or the next bytes of a stream, and from where. Never called within the call that opens the line. */
  heard(bytes: Uint8Array, from: NameServer): void;
  /** Nothing more will come. Never called within the call that opens the line. */
  failed(): void;
}

/** A way to a server for one question. */
export interface Line {
  send(bytes: Uint8Array): void;
  close(): void;
}

/** What a resolver has of the world: the same code runs over a host's sockets and in virtual time. */
export interface ResolverEnvironment {
  /** Microseconds; never runs backwards. */
  now(): number;
  /** A number in [0, 2^32) that nobody can foretell (RFC 5452 §9.2). */
  random(): number;
  /** Calls once, in so many microseconds; the answer calls it off. */
  after(micros: number, work: () => void): () => void;
  /** A line over UDP, from a port number that nobody can foretell. */
  datagrams(server: NameServer, user: LineUser): Line;
  /** A line over TCP. */
  stream(server: NameServer, user: LineUser): Line;
}
