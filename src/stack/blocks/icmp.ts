import { z } from 'zod';
import type { Block, BlockClass, BlockContext, EnginePort } from '../../contract/block.js';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import { type Frame, PacketType } from '../../contract/frame.js';
import { CONSUMED, drop } from '../../contract/outcome.js';
import { writeU16 } from '../../wire/bytes.js';
import { internetChecksum } from '../../wire/checksum.js';
import {
  ICMP_CHECKSUM,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  icmpType,
  isIcmp,
} from '../../wire/icmp.js';
import {
  emitIcmp,
  ICMP_REDIRECT,
  ICMPV6_REDIRECT,
  isIcmpQuery,
  isIcmpv6Information,
} from '../../wire/icmp-message.js';
import { ipHeaderLength } from '../../wire/ip.js';
import { isTunnelProtocol } from '../../wire/ipip.js';
import {
  completeIpv4,
  IPV4_DESTINATION,
  IPV4_SOURCE,
  ipv4Ttl,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../../wire/ipv4.js';
import { IPV6_DESTINATION, IPV6_HEADER, IPV6_SOURCE, ipv6HopLimit, ipv6PseudoSum } from '../../wire/ipv6.js';
import { type Host, isGroup } from '../host.js';
import type { Hosts } from '../hosts.js';
import { type EchoAnswer, Echoes } from '../icmp/echoes.js';
import { noNotice, readNotice } from '../icmp/notice.js';
import { PacketSender } from '../send-packet.js';
import { hostOption } from './options.js';

const MALFORMED = drop(0);
const BAD_CHECKSUM = drop(1);
const TO_GROUP = drop(2);
const HEADERS_IN_FRONT = drop(3);
const REDIRECT = drop(4);
const BAD_ERROR = drop(5);
const STRAY_ERROR = drop(6);
const STRAY_REPLY = drop(7);
const TO_TCP = INGRESS;
const TO_UDP = INGRESS + 2;
const TO_TUNNELS = INGRESS + 4;

const config = z.strictObject({ host: hostOption });

/** An echo request to be sent. */
export interface Ping {
  readonly remote: Uint8Array;
  /** Bytes behind the ICMP header. */
  readonly size: number;
  /** Time to live; null: what the host's packets have. */
  readonly hopLimit: number | null;
  /** Microseconds. */
  readonly timeout: number;
  /** Called once, while the engine runs: it must not fail. */
  told(answer: EchoAnswer): void;
}

/** What applications have of the ICMP of a host. */
export interface IcmpService {
  ping(ping: Ping): void;
}

/** Makes the type of block that is the ICMP of a host, of both families. */
export function icmpType4and6(hosts: Hosts, services: Map<Host, IcmpService>): BlockClass {
  return class Icmp implements Block, IcmpService {
    static readonly kind = 'icmp';
    static readonly summary =
      'the ICMP of a host: answers echoes, sends its own, and passes errors on to TCP (ingress), UDP (ingress1) and tunnels (ingress2)';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 3, egress: 1 };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = {
      messages: 'messages that came',
      echoes: 'echoes answered',
      errors: 'errors about packets of this host',
      pings: 'echoes asked for',
    };
    static readonly drops = {
      malformed: 'no whole ICMP header',
      'bad-checksum': 'its checksum is wrong',
      'to-group': 'an echo request to a group, or to all on a network',
      'extension-headers': 'an echo request behind extension headers',
      redirect: 'a redirect: routes are what they were set to, whoever says otherwise',
      'bad-error': 'an error that quotes no packet of this host, or tells an MTU that no honest router tells',
      'stray-error': 'an error about a protocol or an echo that nobody waits for',
      'stray-reply': 'an echo reply that nobody waits for',
    };
    static readonly portable = false;
    static readonly shared = true;

    messages = 0;
    echoes = 0;
    errors = 0;
    pings = 0;
    readonly host: Host;
    private readonly context: BlockContext;
    private readonly asked: Echoes;
    private readonly sender: PacketSender;
    private readonly notice = noNotice();
    private readonly work: Ping[] = [];
    private isGone = false;

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      this.context = context;
      this.host = hosts.get(options.host, context);
      this.asked = new Echoes(context.random);
      this.sender = new PacketSender(context.random, context.pool);
      services.set(this.host, this);
    }

    receive(frame: Frame): number {
      const { bytes, start, length } = frame;
      const isFour = bytes[start] >>> 4 === 4;
      const header = ipHeaderLength(bytes, start, length);
      const size = length - header;
      const at = start + header;
      if (!isIcmp(size)) return MALFORMED;
      const pseudo = isFour ? 0 : ipv6PseudoSum(bytes, start, PROTOCOL_ICMPV6, size);
      if (internetChecksum(bytes, at, size, pseudo) !== 0) return BAD_CHECKSUM;
      this.messages++;
      const type = icmpType(bytes, at);
      if (type !== (isFour ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST)) {
        return this.receiveOther(bytes, start, at, size, type);
      }
      const to = start + (isFour ? IPV4_DESTINATION : IPV6_DESTINATION);
      const isToAll = frame.packetType === PacketType.broadcast;
      if (isToAll || isGroup(bytes, to, isFour ? 4 : 16)) return TO_GROUP;
      if (!isFour && header !== IPV6_HEADER) return HEADERS_IN_FRONT;
      // The request goes back as the answer: addresses changed about, the rest as it came (RFC 792, RFC 4443 §4.2),
      // the flow label, too, so that the way back is chosen as the way there was.
      this.echoes++;
      if (isFour) {
        swap(bytes, start + IPV4_SOURCE, 4);
        bytes[start + 8] = this.host.hopLimit;
        completeIpv4(bytes, start);
      } else {
        swap(bytes, start + IPV6_SOURCE, 16);
        bytes[start + 7] = this.host.hopLimit;
      }
      bytes[at] = isFour ? ICMP_ECHO_REPLY : ICMPV6_ECHO_REPLY;
      writeU16(bytes, at + ICMP_CHECKSUM, 0);
      writeU16(bytes, at + ICMP_CHECKSUM, internetChecksum(bytes, at, size, pseudo));
      frame.circuit = 0; // circuits are those of sockets
      frame.direction = EGRESS;
      return EGRESS;
    }

    wake(engine: EnginePort): void {
      for (let ping = this.work.shift(); ping !== undefined; ping = this.work.shift()) this.ask(ping, engine);
      this.asked.expire(engine.now());
      engine.wakeAt(this.asked.next);
    }

    close(): void {
      services.delete(this.host);
      this.isGone = true;
      for (let ping = this.work.shift(); ping !== undefined; ping = this.work.shift()) this.ping(ping);
      this.asked.expire(Number.POSITIVE_INFINITY);
    }

    ping(ping: Ping): void {
      if (this.isGone) {
        ping.told({ what: 'unsent', failure: 'ENETUNREACH' });
        return;
      }
      this.work.push(ping);
      this.context.wakeAt(0);
    }

    /** Everything but echo requests. */
    private receiveOther(bytes: Uint8Array, start: number, at: number, size: number, type: number): number {
      const isFour = bytes[start] >>> 4 === 4;
      if (type === (isFour ? ICMP_ECHO_REPLY : ICMPV6_ECHO_REPLY)) {
        const from = start + (isFour ? IPV4_SOURCE : IPV6_SOURCE);
        const hopLimit = isFour ? ipv4Ttl(bytes, start) : ipv6HopLimit(bytes, start);
        const now = this.context.clock.now();
        return this.asked.replied(bytes, at, from, isFour ? 4 : 16, now, size - ICMP_HEADER, hopLimit)
          ? CONSUMED
          : STRAY_REPLY;
      }
      if (type === (isFour ? ICMP_REDIRECT : ICMPV6_REDIRECT)) return REDIRECT;
      if (isFour ? isIcmpQuery(type) : isIcmpv6Information(type)) return CONSUMED;
      return this.receiveError(bytes, start, at, size);
    }

    /** Errors go to whom they concern: it knows best whether it sent what they quote (RFC 5927). */
    private receiveError(bytes: Uint8Array, start: number, at: number, size: number): number {
      const { notice, host } = this;
      if (!readNotice(bytes, start, at, size, notice)) return BAD_ERROR;
      if (!host.isLocal(bytes, notice.localAt, notice.addressLength)) return BAD_ERROR;
      this.errors++;
      if (notice.protocol === PROTOCOL_TCP) return TO_TCP;
      if (notice.protocol === PROTOCOL_UDP) return TO_UDP;
      if (isTunnelProtocol(notice.protocol) && this.context.ports[TO_TUNNELS] !== 0) return TO_TUNNELS;
      const own = notice.addressLength === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
      if (notice.protocol !== own || !this.asked.failed(notice, this.context.clock.now())) return STRAY_ERROR;
      if (notice.complaint === 'too-big') {
        const { remoteAt, addressLength } = notice;
        host.narrow(bytes.slice(remoteAt, remoteAt + addressLength), notice.mtu);
      }
      return CONSUMED;
    }

    private ask({ remote, size, hopLimit, timeout, told }: Ping, engine: EnginePort): void {
      const destination = this.host.destination(remote, 0, remote.length);
      const source = destination && this.host.sourceFor(destination);
      if (destination === null || source === null) {
        told({ what: 'unsent', failure: destination === null ? 'ENETUNREACH' : 'EADDRNOTAVAIL' });
        return;
      }
      const sequence = this.asked.enter(remote, this.context.clock.now(), timeout, told);
      if (sequence < 0) {
        told({ what: 'unsent', failure: 'ENOBUFS' });
        return;
      }
      const isFour = remote.length === 4;
      const second = (this.asked.id << 16) | sequence;
      const protocol = isFour ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
      // All echoes to one host are a flow: they take one way where there are several.
      const flowLabel = this.host.flowLabels.of(source, remote, protocol, this.asked.id);
      const failure = this.sender.send(engine, {
        ...{ source, destination: remote, hopLimit: hopLimit ?? this.host.hopLimit, mtu: destination.mtu },
        ...{ protocol, flowLabel, length: ICMP_HEADER + size },
        write: (bytes, at, pseudoSum) => {
          for (let i = 0; i < size; i++) bytes[at + ICMP_HEADER + i] = i;
          const type = isFour ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST;
          emitIcmp(bytes, at, type, 0, second, size, isFour ? 0 : pseudoSum);
        },
      });
      if (failure === null) {
        this.pings++;
        return;
      }
      this.asked.withdraw(sequence);
      told({ what: 'unsent', failure });
    }
  };
}

/** Changes an address with the one behind it. */
function swap(bytes: Uint8Array, at: number, length: number): void {
  for (let i = at; i < at + length; i++) {
    const byte = bytes[i];
    bytes[i] = bytes[i + length];
    bytes[i + length] = byte;
  }
}
