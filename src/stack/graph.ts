/** One step by which a host's graph is made; the words are those of the control API. */
export type GraphStep =
  | {
      readonly do: 'add';
      readonly name: string;
      readonly type: string;
      readonly config?: Readonly<Record<string, unknown>>;
    }
  | { readonly do: 'connect'; readonly from: string; readonly port: string; readonly to: string };

/** The five places of IP at which chains may be tied (netfilter's names): blocks that do nothing but be there. */
export const hookPoints = ['pre-routing', 'local-in', 'forward', 'local-out', 'post-routing'] as const;

/** The blocks of a host without interfaces, tied to each other. */
export function hostSteps(host: string): GraphStep[] {
  const add = (part: string, type: string, withHost = true): GraphStep => ({
    do: 'add',
    name: `${host}.${part}`,
    type,
    ...(withHost ? { config: { host } } : {}),
  });
  const tie = (from: string, port: string, to: string): GraphStep => ({
    do: 'connect',
    from: `${host}.${from}`,
    port,
    to: `${host}.${to}`,
  });
  return [
    ...hookPoints.map((point) => add(point, 'forward', false)),
    add('arp', 'arp'),
    add('ip-input', 'ip-input'),
    add('ip-route', 'ip-route'),
    add('ip-deliver', 'ip-deliver'),
    add('ip-output', 'ip-output'),
    add('icmp', 'icmp'),
    add('tcp', 'tcp'),
    tie('ip-input', 'ingress', 'pre-routing'),
    tie('pre-routing', 'ingress', 'ip-route'),
    tie('ip-route', 'ingress', 'local-in'),
    tie('local-in', 'ingress', 'ip-deliver'),
    tie('ip-deliver', 'ingress', 'tcp'),
    tie('ip-deliver', 'ingress2', 'icmp'),
    tie('tcp', 'egress', 'local-out'),
    tie('icmp', 'egress', 'local-out'),
    tie('local-out', 'egress', 'post-routing'),
    tie('post-routing', 'egress', 'ip-output'),
  ];
}

/** Joins the host to a link's block. `index` is the number of the interface, from 1. */
export function interfaceSteps(
  host: string,
  index: number,
  link: string,
  options: { readonly mac?: string; readonly mtu: number },
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
  ];
}
