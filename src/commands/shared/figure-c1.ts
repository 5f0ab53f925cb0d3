import { etherTypeFilter } from '../../bpf/common.js';
import { formatTuples } from '../../bpf/tuples.js';
import type { ActionInput } from '../../control/actions.js';

const IPV4 = 0x0800;
const ARP = 0x0806;

/** Accepts IPv4, as tuples. */
export const ipv4Filter = formatTuples(etherTypeFilter(IPV4));
/** Accepts ARP, as tuples. */
export const arpFilter = formatTuples(etherTypeFilter(ARP));

/**
 * The stack of the seed's figure C.1 on a hooked link: a tee gives every frame to two filters, one for IPv4, one for
 * ARP, with a counter on each. A discard on each counter ends what was counted, so that it is not dropped for want
 * of a way on.
 */
export function figureC1(link: string): ActionInput[] {
  return [
    { do: 'add', name: 'tee', type: 'tee' },
    { do: 'add', name: 'ipv4', type: 'bpf', config: { filter: ipv4Filter } },
    { do: 'add', name: 'ipv4.count', type: 'counter' },
    { do: 'add', name: 'arp', type: 'bpf', config: { filter: arpFilter } },
    { do: 'add', name: 'arp.count', type: 'counter' },
    { do: 'add', name: 'ipv4.end', type: 'discard' },
    { do: 'add', name: 'arp.end', type: 'discard' },
    { do: 'bind', upper: 'ipv4.end', lower: 'ipv4.count' },
    { do: 'bind', upper: 'arp.end', lower: 'arp.count' },
    { do: 'bind', upper: 'ipv4.count', lower: 'ipv4' },
    { do: 'bind', upper: 'arp.count', lower: 'arp' },
    { do: 'bind', upper: 'ipv4', lower: 'tee' },
    { do: 'bind', upper: 'arp', lower: 'tee' },
    // Last, so that no frame comes up before the whole stack stands.
    { do: 'bind', upper: 'tee', lower: link },
  ];
}
