import { type Complaint, complaints } from './icmp/complaints.js';
import type { Ipv6Mode } from './interface.js';

/** One step by which a host's graph is made; the words are those of the control API. */
export type GraphStep =
  | {
      readonly do: 'add';
      readonly name: string;
      readonly type: string;
      readonly config?: Readonly<Record<string, unknown>>;
    }
  | { readonly do: 'connect'; readonly from: string; readonly port: string; readonly to: string }
  | { readonly do: 'disconnect'; readonly from: string; readonly port: string };

/** The five places of IP at which chains may be tied (netfilter's names): blocks that do nothing but be there. */
export const hookPoints = ['pre-routing', 'local-in', 'forward', 'local-out', 'post-routing'] as const;

/** Blocks to which packets go that went no further: named after what their senders are told. */
export const errorBlocks: readonly Complaint[] = [
  ...complaints.filter((about) => about !== 'prohibited' && about !== 'bad-header'),
];

/** The blocks of a host without interfaces, tied to each other. */
export function hostSteps(host: string): GraphStep[] {
  const add = (part: string, type: string, more: Readonly<Record<string, unknown>> = {}): GraphStep => ({
    do: 'add',
    name: `${host}.${part}`,
    type,
    config: { host, ...more },
  });
  const tie = (from: string, port: string, to: string): GraphStep => ({
    do: 'connect',
    from: `${host}.${from}`,
    port,
    to: `${host}.${to}`,
  });
  return [
    ...hookPoints.map((point) => ({ do: 'add', name: `${host}.${point}`, type: 'forward' }) as const),
    ...errorBlocks.map((about) => add(about, 'ip-error', { about })),
    add('arp', 'arp'),
    add('ndp', 'ndp'),
    add('groups', 'groups'),
    add('ip-input', 'ip-input'),
    add('ip-route', 'ip-route'),
    add('ip-fragments', 'ip-fragments'),
    add('ip-forward', 'ip-forward'),
    add('ip-deliver', 'ip-deliver'),
    add('ip-output', 'ip-output'),
    add('icmp', 'icmp'),
    add('tcp', 'tcp'),
    add('udp', 'udp'),
    tie('ip-input', 'ingress', 'pre-routing'),
    tie('pre-routing', 'ingress', 'ip-route'),
    tie('ip-route', 'ingress', 'ip-fragments'),
    tie('ip-fragments', 'ingress', 'local-in'),
    tie('ip-fragments', 'ingress1', 'incomplete'),
    tie('local-in', 'ingress', 'ip-deliver'),
    tie('ip-deliver', 'ingress', 'tcp'),
    tie('ip-deliver', 'ingress2', 'icmp'),
    tie('ip-deliver', 'ingress1', 'udp'),
    tie('ip-deliver', 'ingress3', 'ndp'),
    tie('ip-deliver', 'ingress4', 'no-protocol'),
    tie('ip-deliver', 'ingress5', 'groups'),
    tie('ip-route', 'ingress1', 'forward'),
    tie('forward', 'ingress', 'ip-forward'),
    tie('ip-forward', 'egress', 'post-routing'),
    tie('ip-forward', 'ingress', 'expired'),
    tie('ip-forward', 'ingress1', 'too-big'),
    tie('ip-forward', 'ingress2', 'no-route'),
    tie('icmp', 'ingress', 'tcp'),
    tie('icmp', 'ingress1', 'udp'),
    tie('tcp', 'egress', 'local-out'),
    tie('udp', 'egress', 'local-out'),
    tie('udp', 'egress1', 'no-port'),
    tie('icmp', 'egress', 'local-out'),
    tie('local-out', 'egress', 'post-routing'),
    tie('post-routing', 'egress', 'ip-output'),
    tie('ip-output', 'ingress', 'no-route'),
    tie('ip-output', 'ingress1', 'no-neighbour'),
    tie('ip-output', 'ingress2', 'too-big'),
    tie('ip-output', 'ingress3', 'local-in'),
    ...errorBlocks.flatMap((about) => [tie(about, 'egress', 'local-out'), tie(about, 'ingress', 'icmp')]),
  ];
}

/** Options of the block `interface`. */
export interface InterfaceOptions {
  readonly mac?: string;
  readonly mtu: number;
  readonly ipv6?: Ipv6Mode;
  readonly offload?: boolean;
  readonly reportGroups?: boolean;
  readonly check?: 'before' | 'meanwhile' | 'off';
}

/** Joins the host to a link's block. `index` is the number of the interface, from 1. */
export function interfaceSteps(
  host: string,
  index: number,
  link: string,
  options: InterfaceOptions,
): GraphStep[] {
  const name = `${host}.${link}`;
  const port = (word: string) => (index === 1 ? word : `${word}${index - 1}`);
  return [
    { do: 'add', name, type: 'interface', config: { host, name: link, ...options } },
    { do: 'connect', from: link, port: 'ingress', to: name },
    { do: 'connect', from: name, port: 'ingress', to: `${host}.ip-input` },
    { do: 'connect', from: name, port: 'ingress1', to: `${host}.arp` },
    { do: 'connect', from: name, port: 'egress', to: link },
    { do: 'connect', from: `${host}.ip-output`, port: port('egress'), to: name },
    { do: 'connect', from: `${host}.arp`, port: port('egress'), to: name },
    { do: 'connect', from: `${host}.ndp`, port: port('egress'), to: name },
    { do: 'connect', from: `${host}.groups`, port: port('egress'), to: name },
  ];
}

/** Options of the block `ip-tunnel`. */
export interface TunnelOptions {
  readonly local: string;
  readonly remote: string;
  readonly hopLimit?: number;
  readonly mtu?: number;
}

/**
 * Makes a tunnel an interface of the host. `index` is the number of the interface; `before` is the name of the tunnel that was made
 * last: what is not of the new one goes on to it.
 */
export function tunnelSteps(
  host: string,
  index: number,
  tunnel: string,
  before: string | null,
  options: TunnelOptions,
): GraphStep[] {
  const name = `${host}.${tunnel}`;
  const entries = [
    { from: `${host}.ip-deliver`, port: 'ingress6' },
    { from: `${host}.icmp`, port: 'ingress2' },
  ];
  return [
    { do: 'add', name, type: 'ip-tunnel', config: { host, name: tunnel, ...options } },
    ...entries.flatMap((entry): GraphStep[] => [
      ...(before === null ? [] : [{ do: 'disconnect', ...entry } as const]),
      { do: 'connect', ...entry, to: name },
    ]),
    { do: 'connect', from: name, port: 'ingress', to: `${host}.ip-input` },
    { do: 'connect', from: name, port: 'ingress1', to: `${host}.${before ?? 'no-protocol'}` },
    { do: 'connect', from: name, port: 'ingress2', to: `${host}.too-big` },
    { do: 'connect', from: name, port: 'egress', to: `${host}.local-out` },
    {
      ...{ do: 'connect', from: `${host}.ip-output`, to: name },
      port: index === 1 ? 'egress' : `egress${index - 1}`,
    },
  ];
}
