import { z } from 'zod';
import type { Block, BlockClass, BlockContext, EnginePort } from '../../contract/block.js';
import type { Circuit } from '../../contract/circuit.js';
import { EGRESS } from '../../contract/direction.js';
import { ChecksumState, type Frame, PacketType } from '../../contract/frame.js';
import { CONSUMED, drop } from '../../contract/outcome.js';
import { writeU16 } from '../../wire/bytes.js';
import { internetChecksum } from '../../wire/checksum.js';
import { Ecn, ecnOf, setEcn } from '../../wire/ecn.js';
import { ipHeaderLength, ipProtocol, ipPseudoSum } from '../../wire/ip.js';
import {
  emitIpv4,
  IPV4_HEADER,
  ipv4PseudoSum,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
} from '../../wire/ipv4.js';
import { emitIpv6, IPV6_HEADER, ipv6PseudoSum } from '../../wire/ipv6.js';
import { completeTcp, isTcp, TCP_CHECKSUM } from '../../wire/tcp.js';
import { circuitMtu } from '../circuits.js';
import { type Host, isGroup } from '../host.js';
import type { Hosts } from '../hosts.js';
import { noNotice, readNotice } from '../icmp/notice.js';
import { tellTcp } from '../icmp/tell-tcp.js';
import { readNoticeEnds, readPacketEnds } from '../packet-ends.js';
import type { Connection } from '../tcp/connection.js';
import type { Ends } from '../tcp/ends.js';
import { takeWay } from '../tcp/operate.js';
import type { TcpOutlet } from '../tcp/outlet.js';
import { type ConnectionPath, HostPath, SMALLEST_PATH } from '../tcp/path.js';
import { defaultTcpSettings } from '../tcp/settings.js';
import { Tcp } from '../tcp/tcp.js';
import { hostOption } from './options.js';

const MALFORMED = drop(0);
const BAD_CHECKSUM = drop(1);
const TO_GROUP = drop(2);
const STRAY_ERROR = drop(3);
const TCP_HEADER = 20;
/** Payload that a packet takes with the longest headers, 65,535 bytes in all. */
const LONGEST_BURST = 65_535 - 40 - 60;
/** Microseconds until a pool that was short of frames is looked at again. */
const SHORTAGE = 1_000;
/** Segments longer than that leave a quarter of the pool to what comes in. */
const SMALL = 60;

const config = z.strictObject({ host: hostOption });

/** What sockets have of the TCP of a host. */
export interface TcpService {
  readonly tcp: Tcp;
  /** The block was removed: nothing comes or goes any more. */
  readonly isGone: boolean;
  /** Runs something that may send: now when the block runs, else as soon as it does. */
  run(work: () => void): void;
  /**
   * A way from the port number given to a peer; null: no route, or no address of ours to send from. A circuit takes the
   * route's place if it is open: the route is what the connection has when that closes.
   */
  path(
    localPort: number,
    remote: Uint8Array,
    remotePort: number,
    local?: Uint8Array,
    circuit?: Circuit | null,
  ): ConnectionPath | null;
  /**
   * Lets a connection's segments leave by a circuit if that is open and the host's, else by the host's routes; within `run`.
   * To be said anew whenever the circuit has changed.
   */
  attach(connection: Connection, circuit: Circuit | null): void;
}

/** Makes the type of block that is the TCP of a host. */
export function tcpType(hosts: Hosts, services: Map<Host, TcpService>): BlockClass {
  return class TcpBlock implements Block, TcpOutlet, TcpService {
    static readonly kind = 'tcp';
    static readonly summary = 'the TCP of a host: its connections and listeners';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 0, egress: 1 };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = {
      segmentsIn: 'segments that came',
      segmentsOut: 'segments sent',
      errors: 'ICMP errors about segments on their way',
    };
    static readonly drops = {
      malformed: 'no whole TCP header',
      'bad-checksum': 'its checksum is wrong',
      'to-group': 'addressed to a group, or to all on a network',
      'stray-error': 'an ICMP error about nothing that is on its way: late, or forged',
    };
    static readonly portable = false;
    static readonly shared = true;

    segmentsIn = 0;
    segmentsOut = 0;
    errors = 0;
    readonly tcp: Tcp;
    isGone = false;
    bytes: Uint8Array = new Uint8Array(0);
    at = 0;
    private readonly host: Host;
    private readonly context: BlockContext;
    private engine: EnginePort | null = null;
    private frame: Frame | null = null;
    private identification = 0;
    /** The pool was short of frames: who waits goes on then. */
    private shortUntil = Number.POSITIVE_INFINITY;
    private readonly notice = noNotice();
    private readonly work: (() => void)[] = [];
    private readonly ends: Ends = {
      ...{ bytes: this.bytes, localAt: 0, remoteAt: 0, addressLength: 4, localPort: 0, remotePort: 0 },
    };

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      this.context = context;
      this.host = hosts.get(options.host, context);
      this.tcp = new Tcp(this, defaultTcpSettings);
      services.set(this.host, this);
    }

    receive(frame: Frame, engine: EnginePort): number {
      const { bytes, start, length } = frame;
      const { ends } = this;
      const header = ipHeaderLength(bytes, start, length);
      const at = start + header;
      const size = length - header;
      const protocol = ipProtocol(bytes, start, header);
      if (protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMPV6) {
        return this.takeError(bytes, start, at, size, engine);
      }
      if (!isTcp(bytes, at, size)) return MALFORMED;
      const pseudo = ipPseudoSum(bytes, start, PROTOCOL_TCP, size);
      const isTold = frame.checksum !== ChecksumState.asWritten;
      if (!isTold && internetChecksum(bytes, at, size, pseudo) !== 0) return BAD_CHECKSUM;
      readPacketEnds(ends, bytes, start, at);
      const isToAll = frame.packetType === PacketType.broadcast;
      if (isToAll || isGroup(bytes, ends.localAt, ends.addressLength)) return TO_GROUP;
      const isMarked = ecnOf(bytes, start) === Ecn.experienced;
      this.segmentsIn++;
      this.engine = engine;
      try {
        this.tcp.receive(ends, at, size, isMarked);
      } finally {
        this.engine = null;
      }
      return CONSUMED;
    }

    /** An ICMP error, from the block icmp. */
    private takeError(
      bytes: Uint8Array,
      start: number,
      at: number,
      size: number,
      engine: EnginePort,
    ): number {
      const { notice, ends } = this;
      if (!readNotice(bytes, start, at, size, notice) || notice.protocol !== PROTOCOL_TCP) return STRAY_ERROR;
      readNoticeEnds(ends, bytes, notice);
      this.engine = engine;
      try {
        if (!tellTcp(this.tcp, this.host, ends, notice)) return STRAY_ERROR;
      } finally {
        this.engine = null;
      }
      this.errors++;
      return CONSUMED;
    }

    wake(engine: EnginePort): void {
      this.engine = engine;
      try {
        for (let work = this.work.shift(); work !== undefined; work = this.work.shift()) work();
        if (this.now() >= this.shortUntil) {
          this.shortUntil = Number.POSITIVE_INFINITY;
          this.tcp.resume();
        }
        this.tcp.expire();
      } finally {
        this.engine = null;
        if (this.work.length > 0) engine.wakeAt(0);
      }
    }

    close(): void {
      services.delete(this.host);
      this.isGone = true;
      for (let work = this.work.shift(); work !== undefined; work = this.work.shift()) work();
      this.tcp.close();
    }

    run(work: () => void): void {
      if (this.engine !== null || this.isGone) {
        work();
        return;
      }
      this.work.push(work);
      this.context.wakeAt(0);
    }

    path(
      localPort: number,
      remote: Uint8Array,
      remotePort: number,
      local?: Uint8Array,
      circuit: Circuit | null = null,
    ): ConnectionPath | null {
      const zone = local === undefined ? 0 : this.host.zoneOf(local, 0, local.length);
      const destination = this.host.destination(remote, 0, remote.length, zone);
      if (destination === null || destination.isToMany) return null;
      const localAddress = local ?? this.host.sourceFor(destination);
      if (localAddress === null) return null;
      const place = this.host.circuits.placeOf(circuit);
      const mtu = place === null ? destination.mtu : circuitMtu(place);
      const burst = place === null && destination.interface.offload ? LONGEST_BURST : 0;
      const largest = Math.max(mtu - headersOf(remote), SMALLEST_PATH);
      const path = new HostPath(localAddress, localPort, remote, remotePort, largest, burst);
      path.circuit = place?.circuit ?? null;
      const ports = (localPort << 16) | remotePort;
      path.flowLabel = this.host.flowLabels.of(localAddress, remote, PROTOCOL_TCP, ports);
      return path;
    }

    attach(connection: Connection, circuit: Circuit | null): void {
      const { path } = connection;
      const place = this.host.circuits.placeOf(circuit);
      if (place === null && path.circuit === null) return;
      path.circuit = place?.circuit ?? null;
      const { localAddress, localPort, remoteAddress, remotePort } = path;
      if (place !== null) {
        takeWay(connection, circuitMtu(place) - headersOf(remoteAddress), 0);
        return;
      }
      // Without a route nothing leaves; when there is one again, ICMP tells what it carries.
      const way = this.path(localPort, remoteAddress, remotePort, localAddress);
      if (way !== null) takeWay(connection, way.largestSegment, way.burst);
    }

    now(): number {
      return this.context.clock.now();
    }

    random(): number {
      return this.context.random();
    }

    pathTo(ends: Ends): ConnectionPath | null {
      // The host's own copy: a server has very many connections to one address.
      const own = this.host.addressOf(ends.bytes, ends.localAt, ends.addressLength);
      const local = own?.record.address ?? ends.bytes.slice(ends.localAt, ends.localAt + ends.addressLength);
      const remote = ends.bytes.slice(ends.remoteAt, ends.remoteAt + ends.addressLength);
      return this.path(ends.localPort, remote, ends.remotePort, local);
    }

    begin(path: ConnectionPath, length: number): boolean {
      const header = path.localAddress.length === 4 ? IPV4_HEADER : IPV6_HEADER;
      if (header + length > this.context.pool.maxLength) return false;
      const { pool } = this.context;
      const room = length > SMALL ? pool.size >> 2 : 0;
      const frame = pool.free > room ? (this.engine?.create() ?? null) : null;
      if (frame === null) {
        this.shortUntil = this.now() + SHORTAGE;
        return false;
      }
      frame.length = header + length;
      this.frame = frame;
      this.bytes = frame.bytes;
      this.at = frame.start + header;
      return true;
    }

    commit(path: ConnectionPath, length: number, segmentSize: number, ecnCapable: boolean): boolean {
      const { frame, engine } = this;
      if (frame === null || engine === null) return false;
      const { bytes, start } = frame;
      const { localAddress, remoteAddress } = path;
      const { hopLimit } = this.host;
      let pseudo: number;
      if (localAddress.length === 4) {
        this.identification = (this.identification + 1) & 0xffff;
        const total = IPV4_HEADER + length;
        const { identification } = this;
        emitIpv4(bytes, start, total, identification, hopLimit, PROTOCOL_TCP, localAddress, remoteAddress);
        pseudo = ipv4PseudoSum(bytes, start, PROTOCOL_TCP, length);
      } else {
        const { flowLabel } = path;
        emitIpv6(bytes, start, length, PROTOCOL_TCP, hopLimit, localAddress, remoteAddress, flowLabel);
        pseudo = ipv6PseudoSum(bytes, start, PROTOCOL_TCP, length);
      }
      if (ecnCapable) setEcn(bytes, start, Ecn.capable0);
      if (path.burst > 0) {
        writeU16(bytes, this.at + TCP_CHECKSUM, pseudo);
        frame.checksum = ChecksumState.open;
        frame.segmentSize = segmentSize;
      } else completeTcp(bytes, this.at, length, pseudo);
      frame.circuit = path.circuit?.number ?? 0;
      frame.direction = EGRESS;
      this.segmentsOut++;
      this.frame = null;
      engine.emit(frame, EGRESS);
      return true;
    }

    wakeAt(time: number): void {
      const first = Math.min(time, this.shortUntil);
      if (this.engine !== null) this.engine.wakeAt(first);
      else this.context.wakeAt(this.work.length > 0 ? 0 : first);
    }
  };
}

/** Bytes in front of a segment's text, without options. */
function headersOf(address: Uint8Array): number {
  return (address.length === 4 ? IPV4_HEADER : IPV6_HEADER) + TCP_HEADER;
}
