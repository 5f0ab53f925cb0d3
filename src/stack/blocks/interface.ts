import { z } from 'zod';
import type { Block, BlockClass, BlockContext } from '../../contract/block.js';
import { EGRESS, INGRESS } from '../../contract/direction.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import {
  destinationClass,
  ETHERNET_HEADER,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  parseMac,
} from '../../wire/ethernet.js';
import { startIpv6 } from '../autoconfigure.js';
import type { Host } from '../host.js';
import type { Hosts } from '../hosts.js';
import type { HostInterface } from '../interface.js';
import { hostOption, MOST_INTERFACES } from './options.js';

const TOO_SHORT = drop(0);
const OTHER_PROTOCOL = drop(1);
/** IPv6 asks this much of every link (RFC 8200 §5). */
const LEAST_IPV6_MTU = 1280;
const IP = INGRESS;
const ARP = INGRESS + 2;

const config = z.strictObject({
  host: hostOption,
  name: z.string().min(1).max(32).describe('name of the interface within the host'),
  mac: z
    .string()
    .optional()
    .describe('hardware address of the link; none where packets go without a link header'),
  mtu: z.int().min(68).max(65_535).default(1500).describe('largest packet, bytes'),
  offload: z
    .boolean()
    .default(false)
    .describe(
      'leave TCP checksums, and the cutting of long segments, to the link: it must be one with offload',
    ),
  reportGroups: z
    .boolean()
    .default(true)
    .describe('tell routers and switches which groups were joined (IGMP, multicast listener discovery)'),
  ipv6: z
    .enum(['off', 'link-local', 'auto'])
    .default('off')
    .describe(
      'what is done of IPv6 by itself: nothing, a link-local address, or what routers advertise, too',
    ),
  check: z
    .enum(['before', 'meanwhile', 'off'])
    .default('meanwhile')
    .describe(
      'when others are asked for the link-local address: before it is used, meanwhile, or not at all',
    ),
});

/** Makes the type of block by which a host is joined to a link. */
export function interfaceType(hosts: Hosts): BlockClass {
  return class Interface implements Block {
    static readonly kind = 'interface';
    static readonly summary = 'joins a host to a link: takes the link header off and tells packets from ARP';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 2, egress: 1 };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = {
      packets: 'packets and messages of ARP passed up',
      sent: 'frames passed down',
    };
    static readonly drops = {
      'too-short': 'shorter than a link header',
      'other-protocol': 'neither IPv4, nor IPv6, nor ARP',
    };
    static readonly portable = false;
    static readonly shared = true;

    packets = 0;
    sent = 0;
    readonly interface: HostInterface;
    private readonly host: Host;

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      const mac = options.mac === undefined ? null : parseMac(options.mac);
      if (options.mac !== undefined && mac === null) {
        throw new QuipuError(
          'bad-config',
          `mac ${options.mac} is no hardware address: write 02:00:00:00:00:01`,
        );
      }
      const host = hosts.get(options.host, context);
      this.host = host;
      if (host.interfaces.length >= MOST_INTERFACES) {
        throw new QuipuError(
          'limit',
          `host ${host.name} has ${MOST_INTERFACES} interfaces: there is no port for more`,
        );
      }
      if (host.interfaces.some((one) => one.name === options.name && !one.isGone)) {
        throw new QuipuError('name-taken', `host ${host.name} has an interface ${options.name} already`);
      }
      this.interface = host.addInterface(options.name, options.mtu, mac);
      this.interface.offload = options.offload;
      this.interface.reportsGroups = mac !== null && options.reportGroups;
      this.interface.ipv6 = options.mtu < LEAST_IPV6_MTU ? 'off' : options.ipv6;
      startIpv6(host, this.interface, options.check === 'off' ? undefined : options.check);
    }

    close(): void {
      this.host.dropInterface(this.interface);
    }

    receive(frame: Frame): number {
      if (frame.direction === EGRESS) {
        this.sent++;
        return EGRESS;
      }
      this.packets++;
      frame.interfaceIndex = this.interface.index;
      const { mac } = this.interface;
      if (mac === null) return IP;
      // Links that hear everything do not know which address is the host's.
      if (frame.length >= ETHERNET_HEADER) frame.packetType = destinationClass(frame.bytes, frame.start, mac);
      const type = frame.u16(12);
      if (!frame.pull(ETHERNET_HEADER)) return TOO_SHORT;
      if (type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6) return IP;
      return type === ETHERTYPE_ARP ? ARP : OTHER_PROTOCOL;
    }
  };
}
