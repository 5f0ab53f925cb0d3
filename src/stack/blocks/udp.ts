import { z } from 'zod';
import type { Block, BlockClass, BlockContext, EnginePort } from '../../contract/block.js';
import { EGRESS } from '../../contract/direction.js';
import { ChecksumState, type Frame, PacketType } from '../../contract/frame.js';
import { CONSUMED, drop } from '../../contract/outcome.js';
import { readU16 } from '../../wire/bytes.js';
import { internetChecksum } from '../../wire/checksum.js';
import { ipHeaderLength, ipProtocol, ipPseudoSum, isVersion4 } from '../../wire/ip.js';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_UDP } from '../../wire/ipv4.js';
import { completeUdp, emitUdp, isUdp, UDP_CHECKSUM, UDP_HEADER, udpLength } from '../../wire/udp.js';
import { circuitMtu } from '../circuits.js';
import { type Host, isGroup } from '../host.js';
import type { Hosts } from '../hosts.js';
import { noNotice, readNotice } from '../icmp/notice.js';
import { isMapped, mapped, unmapped } from '../mapped.js';
import { readNoticeEnds, readPacketEnds } from '../packet-ends.js';
import { PacketSender, type SendFailure } from '../send-packet.js';
import type { UdpEnd, UdpSocket } from '../udp/socket.js';
import { Udp, type UdpEnds } from '../udp/udp.js';
import { hostOption } from './options.js';

const MALFORMED = drop(0);
const BAD_CHECKSUM = drop(1);
const NO_CHECKSUM = drop(2);
const QUEUE_FULL = drop(3);
const NO_MEMBER = drop(4);
const STRAY_ERROR = drop(5);
const NOBODY_LISTENS = EGRESS + 2;

const config = z.strictObject({ host: hostOption });

/** What sockets have of the UDP of a host. */
export interface UdpService {
  readonly udp: Udp;
  /** Runs something that sends: now when the block runs, else as soon as it does. */
  run(work: () => void): void;
  /** Sends a datagram, within `run`. The socket is bound. Answers why it did not leave, or null. */
  send(socket: UdpSocket, payload: Uint8Array, to: UdpEnd): SendFailure | null;
  /** The address of ours that datagrams to a peer leave from; null: no route, or no address. */
  sourceFor(remote: Uint8Array): Uint8Array | null;
  /** True for addresses that a socket may be bound to. */
  isLocal(address: Uint8Array): boolean;
  /**
   * Packets to the group are taken, on the interface of that number, or by which it is reached (0). As often as joined it has to
   * be left. Answers the number of the interface; 0: there is none.
   */
  joinGroup(group: Uint8Array, interfaceIndex: number): number;
  leaveGroup(group: Uint8Array, interfaceIndex: number): void;
  /** Number of the interface of that name, or that has the address; 0: none. */
  interfaceOf(which: string | Uint8Array): number;
  /** Name of an interface. */
  interfaceName(index: number): string;
}

/** Makes the type of block that is the UDP of a host. */
export function udpType(hosts: Hosts, services: Map<Host, UdpService>): BlockClass {
  return class UdpBlock implements Block, UdpService {
    static readonly kind = 'udp';
    static readonly summary =
      'the UDP of a host: its sockets; datagrams for a port number at which nobody listens leave by egress1';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 0, egress: 2 };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = {
      datagramsIn: 'datagrams given to sockets',
      datagramsOut: 'datagrams sent',
      refused: 'datagrams for nobody',
      errors: 'ICMP errors about datagrams of sockets',
    };
    static readonly drops = {
      malformed: 'no whole UDP header, or longer than the packet',
      'bad-checksum': 'its checksum is wrong',
      'no-checksum': 'no checksum, which IPv6 demands',
      'queue-full': 'its socket was read too slowly',
      'no-member': 'for a group that no socket at its port number has joined',
      'stray-error': 'an ICMP error about a datagram that no socket here has sent',
    };
    static readonly portable = false;
    static readonly shared = true;

    datagramsIn = 0;
    datagramsOut = 0;
    refused = 0;
    errors = 0;
    readonly udp: Udp;
    private isGone = false;
    private readonly host: Host;
    private readonly context: BlockContext;
    private readonly sender: PacketSender;
    private engine: EnginePort | null = null;
    private readonly work: (() => void)[] = [];
    private readonly notice = noNotice();
    private readonly ends: UdpEnds = {
      ...{ bytes: new Uint8Array(0), addressLength: 4, localAt: 0, localPort: 0, remoteAt: 0, remotePort: 0 },
      interfaceIndex: 0,
    };

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      this.context = context;
      this.host = hosts.get(options.host, context);
      this.udp = new Udp(context.random);
      this.sender = new PacketSender(context.random, context.pool);
      services.set(this.host, this);
    }

    receive(frame: Frame): number {
      const { bytes, start, length } = frame;
      const { ends } = this;
      const isFour = isVersion4(bytes, start);
      const header = ipHeaderLength(bytes, start, length);
      const protocol = ipProtocol(bytes, start, header);
      const at = start + header;
      if (protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMPV6) {
        return this.takeError(bytes, start, at, length - header);
      }
      if (!isUdp(bytes, at, length - header)) return MALFORMED;
      const size = udpLength(bytes, at);
      if (readU16(bytes, at + UDP_CHECKSUM) === 0) {
        if (!isFour) return NO_CHECKSUM;
      } else if (frame.checksum === ChecksumState.asWritten) {
        const pseudo = ipPseudoSum(bytes, start, PROTOCOL_UDP, size);
        if (internetChecksum(bytes, at, size, pseudo) !== 0) return BAD_CHECKSUM;
      }
      readPacketEnds(ends, bytes, start, at);
      ends.interfaceIndex = frame.interfaceIndex;
      const isToAll =
        isFour &&
        frame.packetType === PacketType.broadcast &&
        this.host.isBroadcast(frame.interfaceIndex, bytes, ends.localAt);
      if (isToAll || isGroup(bytes, ends.localAt, ends.addressLength)) {
        return this.takeForMany(at, size, isToAll);
      }
      const socket = this.udp.find(ends);
      if (socket !== null) return this.give(socket, at, size) ? CONSUMED : QUEUE_FULL;
      this.refused++;
      frame.direction = EGRESS;
      return NOBODY_LISTENS;
    }

    wake(engine: EnginePort): void {
      this.engine = engine;
      try {
        for (let work = this.work.shift(); work !== undefined; work = this.work.shift()) work();
      } finally {
        this.engine = null;
        if (this.work.length > 0) engine.wakeAt(0);
      }
    }

    close(): void {
      services.delete(this.host);
      this.isGone = true;
      for (let work = this.work.shift(); work !== undefined; work = this.work.shift()) work();
    }

    details(): Readonly<Record<string, unknown>> {
      return { sockets: [...this.udp.sockets()].length };
    }

    run(work: () => void): void {
      if (this.engine !== null || this.isGone) {
        work();
        return;
      }
      this.work.push(work);
      this.context.wakeAt(0);
    }

    send(socket: UdpSocket, payload: Uint8Array, to: UdpEnd): SendFailure | null {
      const { engine, host } = this;
      if (this.isGone) return 'ENETUNREACH';
      if (engine === null) throw new Error('datagrams are sent within run');
      const address = socket.takesMapped ? unmapped(to.address) : to.address;
      if (isMapped(address)) return 'ENETUNREACH';
      const toGroup = isGroup(address, 0, address.length);
      const zone = to.zone || (toGroup ? socket.groupInterface : 0);
      const destination = host.destination(address, 0, address.length, zone);
      if (destination === null) return 'ENETUNREACH';
      const toAll = address.length === 4 && destination.isToMany && (!toGroup || address[0] === 0xff);
      if (toAll && !socket.mayBroadcast) return 'EACCES';
      const bound = socket.address ?? socket.localToPeer;
      const source = bound === null ? host.sourceFor(destination) : unmapped(bound);
      if (source === null) return 'EADDRNOTAVAIL';
      if (source.length !== address.length) return 'ENETUNREACH';
      const length = UDP_HEADER + payload.length;
      const place = host.circuits.placeOf(socket.circuit);
      const mtu = place === null ? destination.mtu : circuitMtu(place);
      if (length > 0xffff) return 'EMSGSIZE';
      const ports = (socket.portNumber << 16) | to.portNumber;
      const failure = this.sender.send(engine, {
        ...{ source, destination: address, protocol: PROTOCOL_UDP, mtu, length },
        zone,
        circuit: place?.circuit.number ?? 0,
        flowLabel: socket.flowLabel ?? host.flowLabels.of(source, address, PROTOCOL_UDP, ports),
        hopLimit: toGroup ? socket.groupHopLimit : (socket.hopLimit ?? host.hopLimit),
        write: (bytes, at, pseudoSum) => {
          bytes.set(payload, at + UDP_HEADER);
          emitUdp(bytes, at, socket.portNumber, to.portNumber, length);
          completeUdp(bytes, at, length, pseudoSum);
        },
      });
      if (failure !== null) return failure;
      this.datagramsOut++;
      if (destination.isToMany && socket.loopsGroups) {
        const where = { localPort: to.portNumber, remotePort: socket.portNumber };
        const at = { ...where, interfaceIndex: destination.interface.index };
        this.loopBack(payload, address, source, at, toAll);
      }
      return null;
    }

    sourceFor(remote: Uint8Array): Uint8Array | null {
      const plain = unmapped(remote);
      const destination = this.host.destination(plain, 0, plain.length);
      const source = destination && this.host.sourceFor(destination);
      return source && plain !== remote ? mapped(source) : source;
    }

    isLocal(address: Uint8Array): boolean {
      const plain = unmapped(address);
      return this.host.isLocal(plain, 0, plain.length);
    }

    joinGroup(group: Uint8Array, interfaceIndex: number): number {
      const way = this.host.destination(group, 0, group.length, interfaceIndex);
      if (way === null) return 0;
      this.host.joinGroup(way.interface, group);
      return way.interface.index;
    }

    leaveGroup(group: Uint8Array, interfaceIndex: number): void {
      const at = this.host.interface(interfaceIndex);
      if (at !== null) this.host.leaveGroup(at, group);
    }

    interfaceOf(which: string | Uint8Array): number {
      if (typeof which !== 'string') return this.host.zoneOf(which, 0, which.length);
      return this.host.interfaces.find(({ name }) => name === which)?.index ?? 0;
    }

    interfaceName(index: number): string {
      return this.host.interface(index)?.name ?? String(index);
    }

    private takeForMany(at: number, size: number, isToAll: boolean): number {
      const members = this.udp.members(this.ends, isToAll);
      if (members.length === 0) return NO_MEMBER;
      let taken = 0;
      for (const member of members) if (this.give(member, at, size)) taken++;
      return taken > 0 ? CONSUMED : QUEUE_FULL;
    }

    private give(socket: UdpSocket, at: number, size: number): boolean {
      return this.hand(socket, this.ends.bytes.slice(at + UDP_HEADER, at + size));
    }

    /** What goes to a group is for the members on this host too, of the interface by which it leaves. */
    private loopBack(
      payload: Uint8Array,
      group: Uint8Array,
      source: Uint8Array,
      where: Pick<UdpEnds, 'localPort' | 'remotePort' | 'interfaceIndex'>,
      isToAll: boolean,
    ): void {
      const { ends } = this;
      Object.assign(ends, where);
      ends.bytes = Uint8Array.from([...group, ...source]);
      ends.addressLength = group.length;
      ends.localAt = 0;
      ends.remoteAt = group.length;
      for (const member of this.udp.members(ends, isToAll)) this.hand(member, Uint8Array.from(payload));
    }

    /** Gives a socket a datagram whose ends are known; false when it has no room. */
    private hand(socket: UdpSocket, payload: Uint8Array): boolean {
      const { bytes, remoteAt, remotePort, addressLength, interfaceIndex } = this.ends;
      const from = bytes.slice(remoteAt, remoteAt + addressLength);
      const given = socket.queue.push({
        ...{ bytes: payload, from: socket.addressLength === 16 ? mapped(from) : from },
        ...{ fromPort: remotePort, interfaceIndex },
      });
      if (!given) return false;
      this.datagramsIn++;
      if (socket.queue.length === 1) socket.user.readable();
      return true;
    }

    /** An ICMP error. What a socket is told: RFC 1122 §4.1.3.3, as far as it concerns one that is connected. */
    private takeError(bytes: Uint8Array, start: number, at: number, size: number): number {
      const { notice, ends } = this;
      if (!readNotice(bytes, start, at, size, notice) || notice.protocol !== PROTOCOL_UDP) return STRAY_ERROR;
      readNoticeEnds(ends, bytes, notice);
      const socket = this.udp.find(ends);
      if (socket === null) return STRAY_ERROR;
      this.errors++;
      const { complaint, remoteAt, addressLength } = notice;
      if (complaint === 'too-big') {
        // What comes of a circuit says nothing of the routes.
        const byRoute = this.host.circuits.placeOf(socket.circuit) === null;
        if (byRoute) this.host.narrow(bytes.slice(remoteAt, remoteAt + addressLength), notice.mtu);
      } else if (socket.peer !== null) {
        // The others may pass: a route that comes back, a neighbour that wakes up.
        if (complaint === 'no-port' || complaint === 'no-protocol') socket.user.failed('ECONNREFUSED');
        else if (complaint === 'prohibited') socket.user.failed('EHOSTUNREACH');
      }
      return CONSUMED;
    }
  };
}
