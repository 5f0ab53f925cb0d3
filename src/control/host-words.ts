import { z } from 'zod';
import { HOST_NAME } from './socket-path.js';

/**
 * The words of hosts. `HostRequest` is what a host itself is asked, on its own control socket; `HostsRequest` is what a
 * daemon is asked about the hosts that run in it. Addresses are text: `10.0.0.1`, `fe80::1%eth`, networks `10.0.0.1/24`.
 */

/** A host's name becomes the beginning of its blocks' names and a part of its socket's path. */
export const hostName = z
  .string()
  .regex(HOST_NAME, 'a host’s name begins with a letter; up to 31 letters, digits, "_" and "-" follow');

const text = z.string().min(1).max(255);

const hostActions = [
  /** The host as a whole: `HostView`. */
  z.strictObject({ op: z.literal('show') }),
  z.strictObject({
    op: z.literal('address-add'),
    interface: text,
    address: text,
    /** When others are asked whether it is theirs (RFC 5227, RFC 4862): `before` it is used, `meanwhile`, or not. */
    check: z.enum(['before', 'meanwhile', 'off']).default('meanwhile'),
  }),
  /** Without the length of its network. */
  z.strictObject({ op: z.literal('address-remove'), interface: text, address: text }),
  /** `to`: a network, or `default` with a gateway. At least one of `via` and `interface`. */
  z.strictObject({
    op: z.literal('route-add'),
    to: text,
    via: text.exactOptional(),
    interface: text.exactOptional(),
    metric: z.int().min(0).max(0xffff_ffff).default(0),
  }),
  /** All routes to the network that fit what else is named. */
  z.strictObject({
    op: z.literal('route-remove'),
    to: text,
    via: text.exactOptional(),
    interface: text.exactOptional(),
  }),
  /** Permanent: it is not asked for. */
  z.strictObject({ op: z.literal('neighbour-add'), interface: text, address: text, mac: text }),
  z.strictObject({ op: z.literal('neighbour-remove'), interface: text, address: text }),
  /** `SocketRow[]`. */
  z.strictObject({ op: z.literal('sockets') }),
  /** `HostStatistics`. */
  z.strictObject({ op: z.literal('statistics') }),
  z.strictObject({ op: z.literal('forwarding'), on: z.boolean() }),
] as const;

export const hostRequestSchema = z.discriminatedUnion('op', hostActions);
export type HostRequest = z.infer<typeof hostRequestSchema>;
export type HostRequestInput = z.input<typeof hostRequestSchema>;

/** What a daemon is asked about its hosts. The configuration is a document as `quipu/register` reads it. */
export const hostsRequestSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('start'), config: z.record(z.string(), z.unknown()) }),
  z.strictObject({ op: z.literal('stop'), name: hostName }),
  z.strictObject({ op: z.literal('list') }),
]);
export type HostsRequest = z.infer<typeof hostsRequestSchema>;
export type HostsRequestInput = z.input<typeof hostsRequestSchema>;

/** A host of a daemon. */
export interface HostRow {
  readonly name: string;
  /** Its control socket. */
  readonly socket: string;
  readonly links: readonly string[];
  readonly addresses: readonly string[];
  readonly uptimeSeconds: number;
}

export interface HostView {
  readonly name: string;
  readonly forwarding: boolean;
  readonly interfaces: readonly InterfaceRow[];
  readonly routes: readonly RouteRow[];
  readonly neighbours: readonly NeighbourRow[];
}

export interface InterfaceRow {
  readonly name: string;
  readonly index: number;
  /** Null on a link without hardware addresses. */
  readonly mac: string | null;
  readonly mtu: number;
  readonly addresses: readonly { readonly address: string; readonly bits: number; readonly state: string }[];
}

export interface RouteRow {
  /** `10.0.0.0/24`, or `default`. */
  readonly to: string;
  readonly family: 4 | 6;
  readonly via: string | null;
  readonly interface: string;
  readonly metric: number;
  /** A router has told of it. */
  readonly learned: boolean;
}

export interface NeighbourRow {
  readonly interface: string;
  readonly address: string;
  /** Null while it is not known. */
  readonly mac: string | null;
  readonly state: string;
  readonly isRouter: boolean;
}

export interface SocketEndRow {
  readonly address: string;
  readonly port: number;
}

/** A socket as ss(8) lists it. */
export interface SocketRow {
  readonly protocol: 'tcp' | 'udp';
  /** `listen`, `established` …; of UDP `open`. */
  readonly state: string;
  readonly local: SocketEndRow;
  /** Null: anybody. */
  readonly remote: SocketEndRow | null;
  /** Bytes that wait for the application; of listeners the calls that do. */
  readonly receiveQueue: number;
  /** Bytes that wait to be sent or acknowledged; of listeners the most calls that may wait. */
  readonly sendQueue: number;
  /** Of TCP connections. */
  readonly info?: TcpInfo;
}

/** What Linux tells by TCP_INFO, as far as it has a meaning here. Times are microseconds, sizes bytes. */
export interface TcpInfo {
  readonly smoothedRoundTrip: number;
  readonly roundTripVariation: number;
  readonly leastRoundTrip: number;
  readonly retransmissionTimeout: number;
  readonly congestionWindow: number;
  readonly slowStartThreshold: number | null;
  readonly segmentSize: number;
  readonly peerWindow: number;
  readonly ownWindow: number;
  readonly inFlight: number;
  readonly segmentsIn: number;
  readonly segmentsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly retransmitted: number;
  readonly duplicates: number;
  readonly congestion: string;
  readonly options: readonly ('timestamps' | 'sack' | 'window-scaling' | 'ecn')[];
}

/** Counters and drops of a host's blocks, by the block's name without the host's: `tcp`, `ip-input` … */
export type HostStatistics = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A line of `GET /v1/host/listen`. */
export type ListenLine =
  | { readonly listening: SocketEndRow }
  /** Somebody calls: to be taken by `/v1/host/accept?id=…`, within ten seconds. */
  | { readonly call: number; readonly local: SocketEndRow; readonly remote: SocketEndRow }
  | { readonly error: { readonly code: string; readonly message: string } };
