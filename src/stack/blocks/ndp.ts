import { z } from 'zod';
import type { Block, BlockClass, BlockContext, EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { CONSUMED, drop } from '../../contract/outcome.js';
import { internetChecksum } from '../../wire/checksum.js';
import { formatMac } from '../../wire/ethernet.js';
import { PROTOCOL_ICMPV6 } from '../../wire/ipv4.js';
import {
  formatIpv6,
  IPV6_DESTINATION,
  IPV6_SOURCE,
  ipv6HeaderLength,
  ipv6HopLimit,
  ipv6PseudoSum,
} from '../../wire/ipv6.js';
import {
  findNdpOption,
  isNdp,
  NDP_ADVERTISEMENT,
  NDP_FROM_ROUTER,
  NDP_HOP_LIMIT,
  NDP_OVERRIDE,
  NDP_REDIRECT,
  NDP_ROUTER_ADVERTISEMENT,
  NDP_ROUTER_SOLICITATION,
  NDP_SOLICITATION,
  NDP_SOLICITED,
  NDP_TARGET,
  ndpOptionsAt,
  OPTION_SOURCE_MAC,
  OPTION_TARGET_MAC,
  solicitedNodeGroup,
} from '../../wire/ndp.js';
import { isAt } from '../address-map.js';
import type { InterfaceAddress } from '../addresses.js';
import { sendDiscovery } from '../discovery-messages.js';
import { type Host, isGroup } from '../host.js';
import type { Hosts } from '../hosts.js';
import type { HostInterface } from '../interface.js';
import type { Neighbour } from '../neighbours.js';
import { isLinkLocal } from '../source-selection.js';
import { takeOver } from '../take-over.js';
import { hostOption, MOST_INTERFACES } from './options.js';

const MALFORMED = drop(0);
const BAD_CHECKSUM = drop(1);
const NOT_OF_THE_LINK = drop(2);
const BAD_SOURCE = drop(3);
const REDIRECT = drop(4);
const UNWANTED = drop(5);
const UNSPECIFIED = new Uint8Array(16);
const ALL_NODES = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const ALL_ROUTERS = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);

const config = z.strictObject({ host: hostOption });

/** Makes the type of block that is the neighbour discovery of a host (RFC 4861, RFC 4862). Redirects are not followed. */
export function ndpType(hosts: Hosts): BlockClass {
  return class Ndp implements Block {
    static readonly kind = 'ndp';
    static readonly summary =
      'neighbour discovery of a host: answers for its IPv6 addresses, asks for others, listens to routers';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 0, egress: MOST_INTERFACES };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = {
      solicitations: 'solicitations sent',
      advertisements: 'advertisements sent',
      routers: 'advertisements of routers taken in',
      conflicts: 'messages of others who use an address of ours',
    };
    static readonly drops = {
      malformed: 'no whole message of neighbour discovery, or a wrong option',
      'bad-checksum': 'its checksum is wrong',
      'not-of-the-link': 'its hop limit is not 255: it has passed a router',
      'bad-source': 'from an address or to an address that such a message cannot have',
      redirect: 'a redirect: they are not followed',
      unwanted: 'from or for a router, which this host does not listen to or is not',
    };
    static readonly portable = false;
    static readonly shared = true;

    solicitations = 0;
    advertisements = 0;
    routers = 0;
    conflicts = 0;
    readonly host: Host;
    private readonly context: BlockContext;
    private readonly leave: () => void;

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      this.context = context;
      this.host = hosts.get(options.host, context);
      const before = this.host.listeners.neighbourWork;
      this.leave = takeOver(this.host.listeners, 'neighbourWork', (family) => {
        if (family === 6) context.wakeAt(0);
        else before(family);
      });
    }

    receive(frame: Frame, engine: EnginePort): number {
      const { bytes, start, length } = frame;
      const header = ipv6HeaderLength(bytes, start, length);
      const at = start + header;
      const size = length - header;
      const out = this.host.interface(frame.interfaceIndex);
      if (header === 0 || !isNdp(bytes, at, size) || out === null || out.mac === null) return MALFORMED;
      if (ipv6HopLimit(bytes, start) !== NDP_HOP_LIMIT) return NOT_OF_THE_LINK;
      if (internetChecksum(bytes, at, size, ipv6PseudoSum(bytes, start, PROTOCOL_ICMPV6, size)) !== 0) {
        return BAD_CHECKSUM;
      }
      const type = bytes[at];
      if (type === NDP_REDIRECT) return REDIRECT;
      if (type === NDP_ROUTER_SOLICITATION) return UNWANTED;
      const outcome =
        type === NDP_ROUTER_ADVERTISEMENT
          ? this.heardRouter(out, frame, at, size)
          : type === NDP_SOLICITATION
            ? this.solicited(out, frame, at, size, engine)
            : this.advertised(out, frame, at, size);
      this.arm(engine);
      return outcome;
    }

    close(): void {
      this.leave();
    }

    wake(engine: EnginePort): void {
      const { host } = this;
      for (const one of host.interfaces) {
        one.neighbours(16).expire();
        this.check(one, engine);
        host.expireAddresses(one);
        one.routers.expire();
        if (one.routers.takeSolicitation()) this.askRouters(one, engine);
      }
      const { solicitations } = host;
      for (let i = solicitations.length - 1; i >= 0; i--) {
        const { interface: at, neighbour, everybody } = solicitations[i];
        if (neighbour.address.length !== 16) continue;
        solicitations.splice(i, 1);
        this.ask(at, neighbour, everybody, engine);
      }
      this.arm(engine);
    }

    /** A router advertisement (RFC 4861 §6.1.2, §6.3.4). */
    private heardRouter(at: HostInterface, { bytes, start }: Frame, message: number, size: number): number {
      if (!isLinkLocal(bytes, start + IPV6_SOURCE, 16)) return BAD_SOURCE;
      if (at.ipv6 !== 'auto' || this.host.forwarding) return UNWANTED;
      const from = bytes.slice(start + IPV6_SOURCE, start + IPV6_SOURCE + 16);
      const options = message + ndpOptionsAt(NDP_ROUTER_ADVERTISEMENT);
      const option = findNdpOption(bytes, options, message + size, OPTION_SOURCE_MAC);
      const neighbour = at.neighbours(16).enter(from);
      if (neighbour !== null) {
        if (option >= 0) at.neighbours(16).learn(neighbour, bytes, option + 2, false);
        neighbour.isRouter = true;
      }
      this.routers++;
      at.routers.receive(from, bytes, message, size);
      return CONSUMED;
    }

    /** A solicitation (RFC 4861 §7.1.1, §7.2.3; RFC 4862 §5.4.3). */
    private solicited(
      at: HostInterface,
      { bytes, start }: Frame,
      message: number,
      size: number,
      engine: EnginePort,
    ): number {
      const target = message + NDP_TARGET;
      const source = start + IPV6_SOURCE;
      const option = this.macOption(bytes, message, size, OPTION_SOURCE_MAC);
      if (isGroup(bytes, target, 16)) return MALFORMED;
      const isCheck = isAt(UNSPECIFIED, bytes, source, 16);
      if (isCheck && (option >= 0 || !isGroup(bytes, start + IPV6_DESTINATION, 16))) return BAD_SOURCE;
      const ours = at.addresses.find((one) => isAt(one.address, bytes, target, 16));
      if (ours === undefined || ours.state === 'duplicate') return CONSUMED;
      if (isCheck && ours.isUnchecked) {
        this.conflict(at, ours, option < 0 ? null : bytes.slice(option + 2, option + 8));
        return CONSUMED;
      }
      if (!ours.isUsable) return CONSUMED;
      if (isCheck) {
        this.advertise(at, ours, ALL_NODES, null, 0, engine);
        return CONSUMED;
      }
      const table = at.neighbours(16);
      const from = bytes.slice(source, source + 16);
      const neighbour = option < 0 ? (table.find(from) ?? null) : table.enter(from);
      if (neighbour === null) return CONSUMED;
      if (option >= 0) table.learn(neighbour, bytes, option + 2, false);
      if (!neighbour.isResolved) return CONSUMED;
      this.advertise(at, ours, from, neighbour.mac, NDP_SOLICITED, engine);
      return CONSUMED;
    }

    /** An advertisement (RFC 4861 §7.1.2, §7.2.5). */
    private advertised(at: HostInterface, { bytes, start }: Frame, message: number, size: number): number {
      const target = message + NDP_TARGET;
      const flags = bytes[message + 4];
      if (isGroup(bytes, target, 16)) return MALFORMED;
      const solicited = (flags & NDP_SOLICITED) !== 0;
      if (solicited && isGroup(bytes, start + IPV6_DESTINATION, 16)) return BAD_SOURCE;
      const option = this.macOption(bytes, message, size, OPTION_TARGET_MAC);
      const ours = at.addresses.find((one) => isAt(one.address, bytes, target, 16));
      if (ours !== undefined) {
        if (ours.state !== 'duplicate') {
          this.conflict(at, ours, option < 0 ? null : bytes.slice(option + 2, option + 8));
        }
        return CONSUMED;
      }
      const table = at.neighbours(16);
      const neighbour = table.find(bytes, target, 16);
      if (neighbour === undefined || neighbour.state === 'failed') return CONSUMED;
      const wasResolved = neighbour.isResolved;
      if (!wasResolved && option < 0) return CONSUMED;
      const override = (flags & NDP_OVERRIDE) !== 0;
      const differs = option >= 0 && !isAt(neighbour.mac, bytes, option + 2, 6);
      if (option >= 0) table.learn(neighbour, bytes, option + 2, solicited, override);
      else table.learn(neighbour, neighbour.mac.slice(), 0, solicited, override);
      if (wasResolved && differs && !override) return CONSUMED;
      const isRouter = (flags & NDP_FROM_ROUTER) !== 0;
      if (neighbour.isRouter && !isRouter) at.routers.remove(neighbour.address);
      neighbour.isRouter = isRouter;
      return CONSUMED;
    }

    /** Place of an option with a hardware address that one host can have; -1: there is none. */
    private macOption(bytes: Uint8Array, message: number, size: number, kind: number): number {
      const option = findNdpOption(bytes, message + ndpOptionsAt(bytes[message]), message + size, kind);
      return option >= 0 && (bytes[option + 2] & 1) === 0 ? option : -1;
    }

    /** Asks whether addresses are somebody else's already (RFC 4862 §5.4), and tells that they are ours (RFC 9131). */
    private check(at: HostInterface, engine: EnginePort): void {
      const { host } = this;
      for (const one of at.addresses) {
        if (one.address.length !== 16) continue;
        for (let step = one.takeStep(host.now(), host.random); step !== null; ) {
          if (step === 'settle') host.settleAddress(at, one);
          else if (step === 'probe') this.solicit(at, UNSPECIFIED, one.address, null, engine);
          else this.advertise(at, one, ALL_NODES, null, 0, engine);
          step = one.takeStep(host.now(), host.random);
        }
      }
    }

    /** Somebody else has the address. One in use is kept: RFC 4862 knows duplicates only while they are looked for. */
    private conflict(at: HostInterface, ours: InterfaceAddress, mac: Uint8Array | null): void {
      if (mac !== null && at.mac !== null && isAt(at.mac, mac, 0, 6)) return; // our own, come back
      this.conflicts++;
      const lost = ours.isUnchecked;
      const who = mac === null ? 'somebody' : formatMac(mac);
      const address = formatIpv6(ours.address);
      const what = lost ? 'given up' : 'kept';
      this.context.log(`${who} uses the address ${address} of ${at.name}: it is ${what}`);
      this.context.emit('address-conflict', { interface: at.name, address, mac: who, lost });
      if (!lost) return;
      this.host.loseAddress(at, ours);
      // The hardware address is somebody else's, too: IPv6 stops here (RFC 4862 §5.4.5).
      if (ours.origin === 'link-local') at.ipv6 = 'off';
    }

    private ask(
      at: HostInterface,
      { address, mac }: Neighbour,
      everybody: boolean,
      engine: EnginePort,
    ): void {
      const way = this.host.destination(address, 0, 16, at.index);
      const source = way && this.host.sourceFor(way);
      if (source) this.solicit(at, source, address, everybody ? null : mac, engine);
    }

    private solicit(
      at: HostInterface,
      source: Uint8Array,
      target: Uint8Array,
      mac: Uint8Array | null,
      engine: EnginePort,
    ): void {
      // Who is only thought to have an address does not tell a hardware address for it (RFC 4429 §3.3).
      const record = at.addresses.find((one) => isAt(one.address, source, 0, 16));
      const sent = sendDiscovery(engine, at, {
        ...{ type: NDP_SOLICITATION, source, target, mac, flags: 0 },
        destination: mac === null ? solicitedNodeGroup(target) : target,
        tellMac: record?.isUnchecked === false,
      });
      if (sent) this.solicitations++;
    }

    private advertise(
      at: HostInterface,
      ours: InterfaceAddress,
      destination: Uint8Array,
      mac: Uint8Array | null,
      solicited: number,
      engine: EnginePort,
    ): void {
      const override = ours.isUnchecked ? 0 : NDP_OVERRIDE;
      const router = this.host.forwarding ? NDP_FROM_ROUTER : 0;
      const sent = sendDiscovery(engine, at, {
        ...{ type: NDP_ADVERTISEMENT, source: ours.address, destination, mac },
        ...{ target: ours.address, flags: solicited | override | router, tellMac: true },
      });
      if (sent) this.advertisements++;
    }

    private askRouters(at: HostInterface, engine: EnginePort): void {
      const own = at.addresses.find((one) => one.isUsable && isLinkLocal(one.address, 0, one.address.length));
      const sent = sendDiscovery(engine, at, {
        ...{ type: NDP_ROUTER_SOLICITATION, destination: ALL_ROUTERS, mac: null, flags: 0 },
        ...{ source: own?.address ?? UNSPECIFIED, target: UNSPECIFIED, tellMac: own?.isUnchecked === false },
      });
      if (sent) this.solicitations++;
    }

    private arm(engine: EnginePort): void {
      let next = Number.POSITIVE_INFINITY;
      for (const one of this.host.interfaces) {
        next = Math.min(next, one.neighbours(16).next, one.routers.next);
        for (const { address, next: due } of one.addresses)
          if (address.length === 16) next = Math.min(next, due);
      }
      engine.wakeAt(next);
    }
  };
}
