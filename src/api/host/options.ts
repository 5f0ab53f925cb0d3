import type { SocketConstructorOpts } from 'node:net';
import type { Circuit } from '../../contract/circuit.js';
import type { LinkOpener, LinkSpec } from '../../contract/link.js';
import type { Ipv6Mode } from '../../stack/interface.js';
import type { DialOptions } from './dial.js';
import type { NameOptions } from './name-service.js';
import type { HostSocket } from './socket.js';
import type { HostTunnel } from './tunnels.js';

export interface HostOptions extends NameOptions {
  /** Its blocks are named after it: `h1.tcp`. */
  readonly name: string;
  readonly links: readonly HostLink[];
  /** Tunnels over the links, or over one another: each is one more interface. */
  readonly tunnels?: readonly HostTunnel[];
  /** Where packets go that no other route takes: an address of each family, or one. */
  readonly gateway?: string | readonly string[];
  /**
   * Path of its control socket, by which `fbctl`, `quipu` and others reach it; none without it. Whether it could be opened
   * is told by `ready`.
   */
  readonly control?: string;
  /** Packets for others are passed on between the links; then routers are not listened to. */
  readonly forwarding?: boolean;
  /**
   * The frames of the host's pool: how many, and bytes of each. Default: 1024 of 68 KiB, so that the longest packet of
   * IP fits one. Memory is touched, and so taken, only as far as frames are in use and long.
   */
  readonly frames?: { readonly count?: number; readonly bytes?: number };
  /** Opens links; default: every kind that there is. */
  readonly openLink?: LinkOpener;
}

/** As for `net.connect`: whom to call, and how the socket is made. */
export type ConnectOptions = DialOptions &
  SocketConstructorOpts & {
    /** Milliseconds of `setTimeout`, from the beginning. */
    readonly timeout?: number;
    readonly noDelay?: boolean;
    readonly keepAlive?: boolean;
    /** Milliseconds without traffic before keepalive begins. */
    readonly keepAliveInitialDelay?: number;
    /** A circuit of its own, for the call, too: `HostSocket.attach`. */
    readonly circuit?: Circuit;
  };

export interface HostLink {
  /** Of the interface, and of the block that holds the link. */
  readonly name: string;
  /** Device name, or a link as an object. */
  readonly link: string | LinkSpec;
  /** Hardware address; absent on links that carry packets without a header, as TUN's do. */
  readonly mac?: string;
  /** Largest packet in bytes, 68 to 65,535; default 1500. With less than 1280 the link has no IPv6. */
  readonly mtu?: number;
  /** `10.0.0.1/24`, `2001:db8::1/64`. */
  readonly addresses: readonly string[];
  /** IPv6 by itself: not at all, a link-local address, or (the default) also addresses and routes that routers advertise. */
  readonly ipv6?: Ipv6Mode;
  /** When others on the link are asked whether an address is theirs: before it is used, meanwhile (the default), or not. */
  readonly check?: 'before' | 'meanwhile' | 'off';
}

/** Who calls peers: a host, to those who need no more of it. */
export interface Caller {
  connect(options: ConnectOptions): HostSocket;
}
