import { z } from 'zod';
import type { Block, BlockClass, BlockContext, EnginePort } from '../../contract/block.js';
import { EGRESS } from '../../contract/direction.js';
import { ChecksumState, type Frame } from '../../contract/frame.js';
import { CONSUMED, drop } from '../../contract/outcome.js';
import { readU16 } from '../../wire/bytes.js';
import { internetChecksum } from '../../wire/checksum.js';
import {
  IPV4_DESTINATION,
  IPV4_SOURCE,
  ipv4HeaderLength,
  ipv4Protocol,
  ipv4PseudoSum,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_UDP,
} from '../../wire/ipv4.js';
import {
  IPV6_DESTINATION,
  IPV6_SOURCE,
  ipv6HeaderLength,
  ipv6Protocol,
  ipv6PseudoSum,
} from '../../wire/ipv6.js';
import {
  completeUdp,
  emitUdp,
  isUdp,
  UDP_CHECKSUM,
  UDP_HEADER,
  udpDestinationPort,
  udpLength,
  udpSourcePort,
} from '../../wire/udp.js';
import { type Host, isGroup } from '../host.js';
import type { Hosts } from '../hosts.js';
import { noNotice, readNotice } from '../icmp/notice.js';
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
  /** Packets to the group are taken, on the interface by which it is reached. As often as joined it has to be left. */
  joinGroup(group: Uint8Array): void;
  leaveGroup(group: Uint8Array): void;
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
    private readonly host: Host;
    private readonly context: BlockContext;
    private readonly sender: PacketSender;
    private engine: EnginePort | null = null;
    private readonly work: (() => void)[] = [];
    private readonly notice = noNotice();
    private readonly ends: UdpEnds = {
      ...{ bytes: new Uint8Array(0), addressLength: 4, localAt: 0, localPort: 0, remoteAt: 0, remotePort: 0 },
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
      const isFour = bytes[start] >>> 4 === 4;
      const header = isFour ? ipv4HeaderLength(bytes, start) : ipv6HeaderLength(bytes, start, length);
      const protocol = isFour ? ipv4Protocol(bytes, start) : ipv6Protocol(bytes, start, header);
      const at = start + header;
      if (protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMPV6) {
        return this.takeError(bytes, start, at, length - header);
      }
      if (!isUdp(bytes, at, length - header)) return MALFORMED;
      const size = udpLength(bytes, at);
      if (readU16(bytes, at + UDP_CHECKSUM) === 0) {
        if (!isFour) return NO_CHECKSUM;
      } else if (frame.checksum === ChecksumState.asWritten) {
        const pseudo = isFour
          ? ipv4PseudoSum(bytes, start, PROTOCOL_UDP, size)
          : ipv6PseudoSum(bytes, start, PROTOCOL_UDP, size);
        if (internetChecksum(bytes, at, size, pseudo) !== 0) return BAD_CHECKSUM;
      }
      ends.bytes = bytes;
      ends.addressLength = isFour ? 4 : 16;
      ends.localAt = start + (isFour ? IPV4_DESTINATION : IPV6_DESTINATION);
      ends.remoteAt = start + (isFour ? IPV4_SOURCE : IPV6_SOURCE);
      ends.localPort = udpDestinationPort(bytes, at);
      ends.remotePort = udpSourcePort(bytes, at);
      if (isGroup(bytes, ends.localAt, ends.addressLength)) return this.takeForGroup(at, size);
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
    }

    details(): Readonly<Record<string, unknown>> {
      return { sockets: [...this.udp.sockets()].length };
    }

    run(work: () => void): void {
      if (this.engine !== null) {
        work();
        return;
      }
      this.work.push(work);
      this.context.wakeAt(0);
    }

    send(socket: UdpSocket, payload: Uint8Array, to: UdpEnd): SendFailure | null {
      const { engine, host } = this;
      if (engine === null) throw new Error('datagrams are sent within run');
      const { address } = to;
      const toGroup = isGroup(address, 0, address.length);
      if (toGroup && address.length === 4 && address[0] === 0xff && !socket.mayBroadcast) return 'EACCES';
      const destination = host.destination(address, 0, address.length);
      if (destination === null) return 'ENETUNREACH';
      const source = socket.address ?? socket.localToPeer ?? host.sourceFor(destination);
      if (source === null) return 'EADDRNOTAVAIL';
      const length = UDP_HEADER + payload.length;
      if (length > 0xffff) return 'EMSGSIZE';
      const failure = this.sender.send(engine, {
        ...{ source, destination: address, protocol: PROTOCOL_UDP, mtu: destination.mtu, length },
        hopLimit: toGroup ? socket.groupHopLimit : (socket.hopLimit ?? host.hopLimit),
        write: (bytes, at, pseudoSum) => {
          bytes.set(payload, at + UDP_HEADER);
          emitUdp(bytes, at, socket.portNumber, to.portNumber, length);
          completeUdp(bytes, at, length, pseudoSum);
        },
      });
      if (failure === null) this.datagramsOut++;
      return failure;
    }

    sourceFor(remote: Uint8Array): Uint8Array | null {
      const destination = this.host.destination(remote, 0, remote.length);
      return destination && this.host.sourceFor(destination);
    }

    isLocal(address: Uint8Array): boolean {
      return this.host.isLocal(address, 0, address.length);
    }

    joinGroup(group: Uint8Array): void {
      const way = this.host.destination(group, 0, group.length);
      if (way !== null) this.host.joinGroup(way.interface, group);
    }

    leaveGroup(group: Uint8Array): void {
      const way = this.host.destination(group, 0, group.length);
      if (way !== null) this.host.leaveGroup(way.interface, group);
    }

    private takeForGroup(at: number, size: number): number {
      const members = this.udp.members(this.ends);
      if (members.length === 0) return NO_MEMBER;
      let taken = 0;
      for (const member of members) if (this.give(member, at, size)) taken++;
      return taken > 0 ? CONSUMED : QUEUE_FULL;
    }

    private give(socket: UdpSocket, at: number, size: number): boolean {
      const { bytes, remoteAt, remotePort, addressLength } = this.ends;
      const given = socket.queue.push({
        bytes: bytes.slice(at + UDP_HEADER, at + size),
        from: bytes.slice(remoteAt, remoteAt + addressLength),
        fromPort: remotePort,
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
      ends.bytes = bytes;
      ends.addressLength = notice.addressLength;
      ends.localAt = notice.localAt;
      ends.remoteAt = notice.remoteAt;
      ends.localPort = udpSourcePort(bytes, notice.transportAt);
      ends.remotePort = udpDestinationPort(bytes, notice.transportAt);
      const socket = this.udp.find(ends);
      if (socket === null) return STRAY_ERROR;
      this.errors++;
      const { complaint, remoteAt, addressLength } = notice;
      if (complaint === 'too-big') {
        this.host.narrow(bytes.slice(remoteAt, remoteAt + addressLength), notice.mtu);
      } else if (socket.peer !== null) {
        // The others may pass: a route that comes back, a neighbour that wakes up.
        if (complaint === 'no-port' || complaint === 'no-protocol') socket.user.failed('ECONNREFUSED');
        else if (complaint === 'prohibited') socket.user.failed('EHOSTUNREACH');
      }
      return CONSUMED;
    }
  };
}
