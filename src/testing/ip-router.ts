import type { LinkSpec } from '../contract/link.js';
import type { ActionInput } from '../control/actions.js';
import { type GraphDocument, graphDocumentSchema, parseBinding } from '../control/graph-document.js';
import { readU32, writeU32 } from '../wire/bytes.js';
import { formatIpv4, parseIpv4 } from '../wire/ipv4.js';

export interface RouterInterface {
  /** Name of its ethernet block, and what the names of its other blocks begin with. */
  readonly name: string;
  /** A device, or a link. */
  readonly link: string | LinkSpec;
  /** Further options of the ethernet block. */
  readonly ethernet?: Readonly<Record<string, unknown>>;
  /** Own address with the length of the network's prefix: `10.0.0.1/24`. */
  readonly address: string;
  /** Own MAC address: the device's. */
  readonly mac: string;
  /** Longest IP packet in bytes; default 1500. */
  readonly mtu?: number;
}

export interface RouterOptions {
  /** 1 to 60. */
  readonly interfaces: readonly RouterInterface[];
  /** Further routes, `0.0.0.0/0 via 10.0.1.254 port 1`; ports count the interfaces from 0. */
  readonly routes?: readonly string[];
  /** Most ICMP messages a second, for each kind; 0: no limit. */
  readonly icmpRate?: number;
}

type Blocks = Record<string, { type: string; config: Record<string, unknown> }>;

/**
 * The IP router of the Click paper (SOSP 1999, figure 8) out of Quipu's blocks, for any number of interfaces: what
 * examples/ip-router.yaml is for two. The tests and the benchmark use it on memory links, devices alike.
 */
export function ipRouterGraph(options: RouterOptions): GraphDocument {
  const { interfaces, routes = [], icmpRate } = options;
  const sources = interfaces.map(({ address }) => address.split('/')[0]);
  const limit = icmpRate === undefined ? {} : { rate: icmpRate };
  const error = (type: string, more = {}) => ({
    type: 'icmp-error',
    config: { type, source: sources, ...limit, ...more },
  });
  const networks = interfaces.map(({ address }) => networkOf(address));
  const [local, nowhere] = [interfaces.length, interfaces.length + 1];

  const blocks: Blocks = {
    check: { type: 'check-ip-header', config: { badSources: networks.map(({ broadcast }) => broadcast) } },
    rt: {
      type: 'route',
      config: {
        routes: [
          ...networks.flatMap(({ prefix, network, own, broadcast }, i) => [
            `${prefix} port ${i}`,
            ...[own, network, broadcast].map((address) => `${address} port ${local}`),
          ]),
          `255.255.255.255 port ${local}`,
          `224.0.0.0/4 port ${local}`,
          `0.0.0.0/0 port ${nowhere}`,
          ...routes,
        ],
      },
    },
    local: { type: 'discard', config: {} },
    other: { type: 'discard', config: {} },
    late: error('time-exceeded'),
    nobody: error('host-unreachable'),
    nowhere: error('net-unreachable'),
  };
  const bindings = [
    'check:ingress -> rt',
    `rt:ingress${local} -> local`,
    `rt:ingress${nowhere} -> nowhere`,
    'late:ingress -> rt',
    'nobody:ingress -> rt',
    'nowhere:ingress -> rt',
  ];
  interfaces.forEach((one, i) => {
    const { name, link, ethernet = {}, mac, mtu = 1500 } = one;
    const { own: address, prefix } = networks[i];
    const color = { color: i + 1 };
    Object.assign(blocks, {
      [name]: { type: 'ethernet', config: { link, ...ethernet } },
      [`${name}.kinds`]: {
        type: 'classifier',
        config: { rules: ['12/0800', '12/0806 20/0001', '12/0806 20/0002', '-'] },
      },
      [`${name}.me`]: { type: 'arp-responder', config: { addresses: address, mac } },
      [`${name}.paint`]: { type: 'paint', config: color },
      [`${name}.strip`]: { type: 'ethernet-decap', config: {} },
      [`${name}.unicast`]: { type: 'drop-broadcasts', config: {} },
      [`${name}.back`]: { type: 'paint-tee', config: color },
      [`${name}.redirect`]: error('redirect', { network: prefix }),
      [`${name}.options`]: { type: 'ip-options', config: { address } },
      [`${name}.ttl`]: { type: 'decrement-ttl', config: {} },
      [`${name}.cut`]: { type: 'ip-fragment', config: { mtu } },
      [`${name}.too-long`]: error('must-fragment', { mtu }),
      [`${name}.arp`]: { type: 'arp-querier', config: { address, mac } },
    } satisfies Blocks);
    bindings.push(
      `${name}:ingress -> ${name}.kinds`,
      `${name}.kinds:ingress -> ${name}.paint`,
      `${name}.kinds:ingress1 -> ${name}.me`,
      `${name}.kinds:ingress2 -> ${name}.arp`,
      `${name}.kinds:ingress3 -> other`,
      `${name}.me:egress -> ${name}`,
      `${name}.paint:ingress -> ${name}.strip`,
      `${name}.strip:ingress -> check`,
      `rt:ingress${i === 0 ? '' : i} -> ${name}.unicast`,
      `${name}.unicast:ingress -> ${name}.back`,
      `${name}.back:ingress -> ${name}.options`,
      `${name}.back:ingress1 -> ${name}.redirect`,
      `${name}.redirect:ingress -> rt`,
      `${name}.options:ingress -> ${name}.ttl`,
      `${name}.ttl:ingress -> ${name}.cut`,
      `${name}.ttl:ingress1 -> late`,
      `${name}.cut:ingress -> ${name}.arp`,
      `${name}.cut:ingress1 -> ${name}.too-long`,
      `${name}.too-long:ingress -> rt`,
      `${name}.arp:ingress -> ${name}`,
      `${name}.arp:ingress1 -> nobody`,
    );
  });
  return graphDocumentSchema.parse({ quipu: 1, blocks, bindings });
}

/** The actions that make a graph whose bindings are single edges, in an engine without blocks of these names. */
export function graphActions(graph: GraphDocument): ActionInput[] {
  return [
    ...Object.entries(graph.blocks).map(
      ([name, { type, config }]) => ({ do: 'add', name, type, config }) as const,
    ),
    ...graph.bindings.map((text) => {
      const edge = parseBinding(text);
      if (!('from' in edge)) throw new Error(`not a single edge: ${text}`);
      return { do: 'connect', ...edge } as const;
    }),
  ];
}

/** What follows from `10.0.0.1/24`. */
function networkOf(address: string): { own: string; network: string; broadcast: string; prefix: string } {
  const [own, length] = address.split('/');
  const bytes = parseIpv4(own);
  if (bytes === null || !(Number(length) <= 30))
    throw new Error(`${address} is no address with a prefix of up to 30 bits`);
  const hosts = 0xffffffff >>> Number(length);
  const first = readU32(bytes, 0) & ~hosts;
  const text = (value: number) => {
    writeU32(bytes, 0, value);
    return formatIpv4(bytes);
  };
  return { own, network: text(first), broadcast: text(first | hosts), prefix: `${text(first)}/${length}` };
}
