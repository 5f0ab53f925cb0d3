import { etherTypeFilter } from '../../../bpf/common.js';
import { Class, Jump, jump, KEEP_ALL, Mode, Return, Size, Source, statement } from '../../../bpf/opcodes.js';
import { formatTuples } from '../../../bpf/tuples.js';
import type { ActionInput } from '../../../control/actions.js';
import { arpFilter, ipv4Filter } from '../../shared/figure-c1.js';

/** A change of the graph in one transaction, and how it is announced. */
export interface ReTie {
  readonly text: string;
  /** Blocks to look at afterwards. */
  readonly touches: readonly string[];
  readonly actions: readonly ActionInput[];
}

const [loadType, isIpv4] = etherTypeFilter(0x0800);

/** Accepts UDP over IPv4: the EtherType, then the protocol at byte 9 of the header. */
export const udpFilter = formatTuples([
  loadType,
  { ...isIpv4, jf: 3 },
  statement(Class.ld | Size.b | Mode.abs, 14 + 9),
  jump(Class.jmp | Jump.jeq | Source.k, 17, 0, 1),
  statement(Class.ret | Return.k, KEEP_ALL),
  statement(Class.ret | Return.k, 0),
]);

const filterNames = new Map([
  [ipv4Filter, 'IPv4'],
  [arpFilter, 'ARP'],
  [udpFilter, 'UDP'],
]);

/** What a filter of the demo keeps, in words. */
export function filterName(filter: unknown): string {
  if (filter === undefined) return 'everything';
  return filterNames.get(String(filter)) ?? 'what its filter accepts';
}

function swap(old: string, fresh: string): ReTie {
  return {
    text: `replace ${old} by ${fresh}, its count kept`,
    touches: [fresh],
    actions: [
      { do: 'add', name: fresh, type: 'counter' },
      { do: 'replace', old, new: fresh },
    ],
  };
}

/** Played in turn while frames flow; after the last one the graph is as it was before the first. */
export const reTies: readonly ReTie[] = [
  {
    text: 'insert "knot" (forward) between tee and ipv4',
    touches: ['knot'],
    actions: [
      { do: 'add', name: 'knot', type: 'forward' },
      { do: 'unbind', upper: 'ipv4', lower: 'tee' },
      { do: 'bind', upper: 'ipv4', lower: 'knot' },
      { do: 'bind', upper: 'knot', lower: 'tee' },
    ],
  },
  {
    text: 'narrow the filter of ipv4: UDP only',
    touches: ['ipv4'],
    actions: [{ do: 'set', name: 'ipv4', options: { filter: udpFilter } }],
  },
  swap('ipv4.count', 'ipv4.tally'),
  {
    text: 'widen the filter of ipv4 again: all of IPv4',
    touches: ['ipv4'],
    actions: [{ do: 'set', name: 'ipv4', options: { filter: ipv4Filter } }],
  },
  {
    text: 'remove "knot" again',
    touches: ['tee', 'ipv4'],
    actions: [
      { do: 'unbind', upper: 'knot', lower: 'tee' },
      { do: 'unbind', upper: 'ipv4', lower: 'knot' },
      { do: 'bind', upper: 'ipv4', lower: 'tee' },
      { do: 'rm', name: 'knot' },
    ],
  },
  swap('ipv4.tally', 'ipv4.count'),
];
