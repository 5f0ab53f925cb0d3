import { z } from 'zod';
import type { Block, BlockClass, BlockContext, EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { CONSUMED, drop } from '../../contract/outcome.js';
import { internetChecksum } from '../../wire/checksum.js';
import {
  IGMP_GROUP,
  IGMP_LEAVE,
  IGMP_MESSAGE,
  IGMP_QUERY,
  IGMP_REPORT3,
  igmpMaxDelay,
  igmpQueryVersion,
  isIgmp,
  isIgmpChecksumRight,
} from '../../wire/igmp.js';
import { IPV4_DESTINATION, ipv4HeaderLength, ipv4Ttl, PROTOCOL_ICMPV6 } from '../../wire/ipv4.js';
import { IPV6_SOURCE, ipv6HeaderLength, ipv6HopLimit, ipv6PseudoSum } from '../../wire/ipv6.js';
import {
  isMld,
  MLD_DONE,
  MLD_GROUP,
  MLD_MESSAGE,
  MLD_QUERY,
  MLD_REPORT2,
  mldMaxDelay,
  mldQueryVersion,
} from '../../wire/mld.js';
import { hasRouterAlert6 } from '../../wire/router-alert.js';
import { isAt } from '../address-map.js';
import type { GroupVersion } from '../groups/reporter.js';
import { sendReports } from '../groups/send-reports.js';
import type { Host } from '../host.js';
import type { Hosts } from '../hosts.js';
import type { HostInterface } from '../interface.js';
import { isLinkLocal } from '../source-selection.js';
import { takeOver } from '../take-over.js';
import { hostOption, MOST_INTERFACES } from './options.js';

const MALFORMED = drop(0);
const BAD_CHECKSUM = drop(1);
const NOT_OF_THE_LINK = drop(2);
const BAD_ADDRESS = drop(3);
const ALL_SYSTEMS = Uint8Array.of(224, 0, 0, 1);

const config = z.strictObject({ host: hostOption });

/** Makes the type of block that tells routers and switches which groups a host has joined: IGMP and MLD. */
export function groupsType(hosts: Hosts): BlockClass {
  return class Groups implements Block {
    static readonly kind = 'groups';
    static readonly summary =
      'tells routers and switches which groups a host has joined: IGMP and multicast listener discovery';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 0, egress: MOST_INTERFACES };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = {
      queries: 'queries that came',
      reports: 'messages about groups sent',
    };
    static readonly drops = {
      malformed: 'no whole message of IGMP or multicast listener discovery',
      'bad-checksum': 'its checksum is wrong',
      'not-of-the-link': 'it has passed a router, or lacks the router alert',
      'bad-address': 'a query from or to an address that it cannot have',
    };
    static readonly portable = false;
    static readonly shared = true;

    queries = 0;
    reports = 0;
    readonly host: Host;
    private readonly leave: () => void;
    private readonly longest: number;

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      this.longest = context.pool.maxLength;
      this.host = hosts.get(options.host, context);
      this.leave = takeOver(this.host.listeners, 'groupWork', () => context.wakeAt(0));
    }

    receive(frame: Frame, engine: EnginePort): number {
      const out = this.host.interface(frame.interfaceIndex);
      if (out === null) return MALFORMED;
      const isFour = frame.bytes[frame.start] >>> 4 === 4;
      const outcome = isFour
        ? this.takeIgmp(out, frame, engine.now())
        : this.takeMld(out, frame, engine.now());
      this.arm(engine);
      return outcome;
    }

    close(): void {
      this.leave();
    }

    wake(engine: EnginePort): void {
      const now = engine.now();
      for (const one of this.host.interfaces) {
        for (const length of [4, 16]) {
          const reporter = one.reporter(length);
          if (reporter.next > now) continue;
          this.reports += sendReports(engine, one, reporter.version(now), reporter.take(now), this.longest);
        }
      }
      this.arm(engine);
    }

    private takeIgmp(out: HostInterface, { bytes, start, length }: Frame, now: number): number {
      const at = start + ipv4HeaderLength(bytes, start);
      const size = start + length - at;
      if (!isIgmp(bytes, at, size)) return MALFORMED;
      if (!isIgmpChecksumRight(bytes, at, size)) return BAD_CHECKSUM;
      if (ipv4Ttl(bytes, start) !== 1) return NOT_OF_THE_LINK;
      const reporter = out.reporter(4);
      const group = bytes.slice(at + IGMP_GROUP, at + IGMP_GROUP + 4);
      if (bytes[at] !== IGMP_QUERY) {
        const isReport = bytes[at] !== IGMP_REPORT3 && bytes[at] !== IGMP_LEAVE;
        if (isReport) reporter.hearReport(group, now);
        return CONSUMED;
      }
      const isGeneral = group.every((byte) => byte === 0);
      if (isGeneral && !isAt(ALL_SYSTEMS, bytes, start + IPV4_DESTINATION, 4)) return BAD_ADDRESS;
      this.queries++;
      reporter.ask(
        {
          version: igmpQueryVersion(bytes, at, size) as GroupVersion,
          group: isGeneral ? null : group,
          maxDelay: igmpMaxDelay(bytes, at, size),
          robustness: size > IGMP_MESSAGE ? bytes[at + 8] & 7 : 0,
        },
        now,
      );
      return CONSUMED;
    }

    private takeMld(out: HostInterface, { bytes, start, length }: Frame, now: number): number {
      const header = ipv6HeaderLength(bytes, start, length);
      const at = start + header;
      const size = length - header;
      if (!isMld(bytes, at, size)) return MALFORMED;
      if (ipv6HopLimit(bytes, start) !== 1 || !hasRouterAlert6(bytes, start, length)) return NOT_OF_THE_LINK;
      if (internetChecksum(bytes, at, size, ipv6PseudoSum(bytes, start, PROTOCOL_ICMPV6, size)) !== 0) {
        return BAD_CHECKSUM;
      }
      const reporter = out.reporter(16);
      const group = bytes.slice(at + MLD_GROUP, at + MLD_GROUP + 16);
      if (bytes[at] !== MLD_QUERY) {
        const isReport = bytes[at] !== MLD_REPORT2 && bytes[at] !== MLD_DONE;
        if (isReport) reporter.hearReport(group, now);
        return CONSUMED;
      }
      if (!isLinkLocal(bytes, start + IPV6_SOURCE, 16)) return BAD_ADDRESS;
      this.queries++;
      reporter.ask(
        {
          // MLD counts from the version that answers to IGMPv2.
          version: (mldQueryVersion(size) + 1) as GroupVersion,
          group: group.every((byte) => byte === 0) ? null : group,
          maxDelay: mldMaxDelay(bytes, at, size),
          robustness: size > MLD_MESSAGE ? bytes[at + 24] & 7 : 0,
        },
        now,
      );
      return CONSUMED;
    }

    private arm(engine: EnginePort): void {
      let next = Number.POSITIVE_INFINITY;
      for (const one of this.host.interfaces) {
        next = Math.min(next, one.reporter(4).next, one.reporter(16).next);
      }
      engine.wakeAt(next);
    }
  };
}
