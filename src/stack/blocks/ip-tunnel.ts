import { z } from 'zod';
import type { Block, BlockClass, BlockContext } from '../../contract/block.js';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import { QuipuError } from '../../contract/error.js';
import { ChecksumState, type Frame, PacketType } from '../../contract/frame.js';
import { CONSUMED, drop } from '../../contract/outcome.js';
import { ecnBehindTunnel, ecnOf, setEcn } from '../../wire/ecn.js';
import { ipHeaderLength, ipProtocol } from '../../wire/ip.js';
import {
  encapsulationLimit,
  insideFlow,
  insideProtocol,
  isInside,
  isTunnelProtocol,
  tunnelDepth,
} from '../../wire/ipip.js';
import { IPV4_DESTINATION, IPV4_HEADER, IPV4_SOURCE, ipv4Id, parseIpv4 } from '../../wire/ipv4.js';
import { IPV6_DESTINATION, IPV6_HEADER, IPV6_SOURCE, ipv6FlowLabel, parseIpv6 } from '../../wire/ipv6.js';
import { isAt } from '../address-map.js';
import { mustStayWhole } from '../fragments/cut.js';
import type { Host } from '../host.js';
import type { Hosts } from '../hosts.js';
import { noNotice, readNotice } from '../icmp/notice.js';
import type { HostInterface } from '../interface.js';
import { wrap } from '../wrap-packet.js';
import { hostOption, MOST_INTERFACES } from './options.js';

const MALFORMED = drop(0);
const NO_WAY = drop(1);
const LOOP = drop(2);
const TOO_DEEP = drop(3);
const UNFINISHED = drop(4);
const NO_HEADROOM = drop(5);
const ECN_LOSS = drop(6);
const STRAY_ERROR = drop(7);
const INSIDE = INGRESS;
const NOT_OURS = INGRESS + 2;
const TOO_BIG = INGRESS + 4;
/** Headers of IP behind each other at most, the tunnel's own included (RFC 2473 §6.6 has 4 tunnels in one another). */
const MOST_HEADERS = 5;
/** Every link of IPv6 carries so much, a tunnel, too (RFC 8200 §5); where it cannot, its own packets are cut. */
const LEAST_IPV6_MTU = 1280;
const LEAST_MTU = 68;
/** What is taken for the MTU of a way that is not there yet. */
const USUAL_MTU = 1500;
/** ICMP errors are about one of so many packets sent last: others are not believed. */
const RECENT = 512;

const config = z.strictObject({
  host: hostOption,
  name: z.string().min(1).max(32).describe('name of the interface within the host'),
  local: z.string().describe('address of this end, one of the host'),
  remote: z.string().describe('address of the other end, of the same family'),
  hopLimit: z.int().min(1).max(255).default(64).describe('of the packets around'),
  mtu: z
    .int()
    .min(LEAST_IPV6_MTU)
    .max(65_535)
    .default(65_535)
    .describe('largest packet inside, bytes, where the way to the other end carries it'),
});

/**
 * Makes the type of block that is a tunnel: an interface of a host whose packets, of either family, go inside of packets to
 * another host (RFC 2003, RFC 4213 §3, RFC 2473).
 */
export function ipTunnelType(hosts: Hosts): BlockClass {
  return class IpTunnel implements Block {
    static readonly kind = 'ip-tunnel';
    static readonly summary =
      'an interface whose packets go inside of others to another host (egress); ingress: what came inside, ingress1: what is not of this tunnel, ingress2: too big';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 3, egress: 1 };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = {
      packets: 'packets that came inside of others',
      sent: 'packets put into others',
      errors: 'ICMP errors about packets of the tunnel',
    };
    static readonly drops = {
      malformed: 'no whole packet of the family that its header tells of is inside',
      'no-way': 'no route leads to the other end',
      loop: 'the way to the other end is the tunnel itself',
      'too-deep': 'too many tunnels in one another (RFC 2473 §4.1)',
      unfinished: 'a segment, or a checksum, that was left to a link to finish',
      'no-headroom': 'no room in front of it for a header',
      'ecn-loss':
        'a router has marked the packet around instead of dropping it, but the ends know no marks (RFC 6040)',
      'stray-error': 'an ICMP error about a packet that the tunnel has not sent lately',
    };
    static readonly portable = false;
    static readonly shared = true;

    packets = 0;
    sent = 0;
    errors = 0;
    readonly interface: HostInterface;
    private readonly host: Host;
    private readonly local: Uint8Array;
    private readonly remote: Uint8Array;
    private readonly options: z.infer<typeof config>;
    private readonly notice = noNotice();
    private identification: number;
    /** What routers have said that the way carries, and what is known of it in all; bytes. */
    private toldMtu = Number.POSITIVE_INFINITY;
    private wayMtu = 0;

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      const [local, remote] = [options.local, options.remote].map(
        (text) => parseIpv4(text) ?? parseIpv6(text),
      );
      if (!local || !remote || local.length !== remote.length) {
        const ends = `${options.local} and ${options.remote}`;
        throw new QuipuError(
          'bad-config',
          `${ends} are not the ends of a tunnel: write two addresses of one family`,
        );
      }
      this.host = hosts.get(options.host, context);
      const { interfaces, name } = this.host;
      if (interfaces.length >= MOST_INTERFACES) {
        throw new QuipuError(
          'limit',
          `host ${name} has ${MOST_INTERFACES} interfaces: there is no port for more`,
        );
      }
      if (interfaces.some((one) => one.name === options.name && !one.isGone)) {
        throw new QuipuError('name-taken', `host ${name} has an interface ${options.name} already`);
      }
      this.options = options;
      this.local = local;
      this.remote = remote;
      this.identification = context.random() & 0xffff;
      this.interface = this.host.addInterface(options.name, options.mtu, null);
      this.adjust();
    }

    receive(frame: Frame): number {
      return frame.direction === EGRESS ? this.enclose(frame) : this.open(frame);
    }

    details(): Readonly<Record<string, unknown>> {
      return { mtu: this.interface.mtu };
    }

    close(): void {
      this.host.dropInterface(this.interface);
    }

    private enclose(frame: Frame): number {
      const { host, local, remote } = this;
      const { bytes, start, length } = frame;
      const way = host.destination(remote, 0, remote.length);
      if (way === null) return NO_WAY;
      if (way.interface === this.interface || way.interface === host.loopback) return LOOP;
      if (
        tunnelDepth(bytes, start, length, MOST_HEADERS) >= MOST_HEADERS ||
        encapsulationLimit(bytes, start, length) === 0
      ) {
        return TOO_DEEP;
      }
      if (frame.segmentSize > 0 || frame.checksum === ChecksumState.open) return UNFINISHED;
      // What routers have said lasts longer than the record of the way, by which packets are cut.
      way.mtu = Math.min(way.mtu, this.toldMtu);
      if (way.mtu !== this.wayMtu) this.adjust();
      const isFour = bytes[start] >>> 4 === 4;
      const { mtu, mtu6 } = this.interface;
      if (length > (isFour ? mtu : mtu6) && (!isFour || mustStayWhole(bytes, start))) {
        frame.direction = INGRESS;
        return TOO_BIG;
      }
      const protocol = insideProtocol(bytes, start);
      this.identification = (this.identification + 1) & 0xffff;
      const { identification, wayMtu } = this;
      const flowLabel = host.flowLabels.of(local, remote, protocol, insideFlow(bytes, start, length));
      const { hopLimit } = this.options;
      if (!wrap(frame, { local, remote, protocol, hopLimit, identification, flowLabel, wayMtu })) {
        return NO_HEADROOM;
      }
      this.sent++;
      frame.circuit = 0;
      return EGRESS;
    }

    private open(frame: Frame): number {
      const { bytes, start, length } = frame;
      const isFour = bytes[start] >>> 4 === 4;
      const size = isFour ? 4 : 16;
      const header = ipHeaderLength(bytes, start, length);
      const protocol = ipProtocol(bytes, start, header);
      if (!isTunnelProtocol(protocol)) return this.takeError(frame, header);
      const fromOther = isAt(this.remote, bytes, start + (isFour ? IPV4_SOURCE : IPV6_SOURCE), size);
      const toUs = isAt(this.local, bytes, start + (isFour ? IPV4_DESTINATION : IPV6_DESTINATION), size);
      if (!fromOther || !toUs) return NOT_OURS;
      if (header === 0 || !isInside(bytes, start + header, length - header, protocol)) return MALFORMED;
      const ecn = ecnBehindTunnel(ecnOf(bytes, start + header), ecnOf(bytes, start));
      if (ecn < 0) return ECN_LOSS;
      setEcn(bytes, start + header, ecn);
      frame.pull(header);
      frame.interfaceIndex = this.interface.index;
      frame.packetType = PacketType.host;
      // What the link vouched for was the packet around.
      frame.checksum = ChecksumState.asWritten;
      this.packets++;
      return INSIDE;
    }

    /**
     * An ICMP error, from the block icmp (RFC 2003 §4, RFC 2473 §8). Who sent what is inside is told when its next packet is too
     * big; of other errors nothing but the count is left.
     */
    private takeError(frame: Frame, header: number): number {
      const { notice, local, remote } = this;
      const { bytes, start, length } = frame;
      if (!readNotice(bytes, start, start + header, length - header, notice)) return STRAY_ERROR;
      const { localAt, remoteAt, addressLength, protocol } = notice;
      const isOurs =
        isAt(local, bytes, localAt, addressLength) && isAt(remote, bytes, remoteAt, addressLength);
      if (!isOurs || !isTunnelProtocol(protocol)) return NOT_OURS;
      if (!this.wasSent(start + length)) return STRAY_ERROR;
      this.errors++;
      if (notice.complaint === 'too-big' && notice.mtu < this.wayMtu) {
        this.toldMtu = notice.mtu;
        this.adjust();
      }
      return CONSUMED;
    }

    /** True when the packet that the error quotes may be one of those sent last (RFC 5927 §4.1): it has their marks. */
    private wasSent(end: number): boolean {
      const { bytes, localAt, addressLength, protocol, transportAt } = this.notice;
      if (addressLength === 4) {
        const id = ipv4Id(bytes, localAt - IPV4_SOURCE);
        return ((this.identification - id) & 0xffff) < RECENT;
      }
      const flow = insideFlow(bytes, transportAt, end - transportAt);
      const label = this.host.flowLabels.of(this.local, this.remote, protocol, flow);
      return flow !== 0 && ipv6FlowLabel(bytes, localAt - IPV6_SOURCE) === label;
    }

    /** Makes the interface's MTU what the way to the other end leaves of its own (RFC 2003 §5.1, RFC 4213 §3.2.2). */
    private adjust(): void {
      const { host, remote } = this;
      const around = remote.length === 4 ? IPV4_HEADER : IPV6_HEADER;
      const way = host.destination(remote, 0, remote.length);
      this.wayMtu = Math.min(way?.mtu ?? USUAL_MTU, this.toldMtu);
      const mtu = Math.max(LEAST_MTU, Math.min(this.options.mtu, this.wayMtu - around));
      if (mtu === this.interface.mtu && this.interface.mtu6 === Math.max(mtu, LEAST_IPV6_MTU)) return;
      this.interface.mtu = mtu;
      this.interface.mtu6 = Math.max(mtu, LEAST_IPV6_MTU);
      host.changed();
      if (this.toldMtu < Number.POSITIVE_INFINITY) host.narrow(remote, this.toldMtu);
    }
  };
}
