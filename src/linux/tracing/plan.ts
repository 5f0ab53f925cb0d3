import { QuipuError } from '../../contract/error.js';
import { eventName, explicitEvent, type Tracepoint } from './events.js';
import type { KernelSymbol } from './kallsyms.js';
import { type Target, type Way, ways } from './way.js';

/** What is known of the kernel that a symbol is looked up in. */
export interface Knowledge {
  readonly events: readonly Tracepoint[];
  readonly find: (name: string) => KernelSymbol | undefined;
  /** False: it keeps no list of its symbols (CONFIG_KALLSYMS is off), and any name may be one. */
  readonly hasSymbols: boolean;
}

export interface Refusal {
  readonly way: Way;
  readonly why: string;
}

/** What to try for a symbol, in this order, and what needs no trial. */
export interface Plan {
  readonly targets: readonly Target[];
  readonly refusals: readonly Refusal[];
}

const IN_TARGETS = /^[\w.$:-]+$/;

/**
 * The ways to a symbol's stack. `netif_rx` may be a function, a tracepoint or both; `net:netif_rx` and `net/netif_rx` name a
 * tracepoint. `only`: the way that is wanted, if not any. Throws QuipuError `bad-request` for words that are no symbols and
 * answers null for a name that the kernel does not know.
 */
export function planFor(text: string, only: Way | undefined, known: Knowledge): Plan | null {
  const event = explicitEvent(text);
  if (!IN_TARGETS.test(event === null ? text : eventName(event)) || text.startsWith('-'))
    throw new QuipuError(
      'bad-request',
      `${JSON.stringify(text.slice(0, 80))} is no name of a kernel symbol: use one of /proc/kallsyms, or SYSTEM:EVENT for a tracepoint`,
    );
  return event === null ? symbolPlan(text, only, known) : eventPlan(event, only, known);
}

function eventPlan(event: Tracepoint, only: Way | undefined, { events }: Knowledge): Plan | null {
  const name = eventName(event);
  if (only !== undefined && only !== 'tracepoint')
    throw new QuipuError(
      'bad-request',
      `${name} is a tracepoint: leave --way ${only} away, or name a function`,
    );
  if (!events.some((one) => eventName(one) === name)) return null;
  return { targets: [{ way: 'tracepoint', name }], refusals: [] };
}

function symbolPlan(name: string, only: Way | undefined, known: Knowledge): Plan | null {
  const symbol = known.find(name);
  const events = known.events.filter(({ event }) => event === name);
  if (symbol === undefined && events.length === 0 && known.hasSymbols) return null;
  const isFunction = symbol?.isFunction ?? !known.hasSymbols;
  const whyNot = symbol === undefined ? `the kernel has no function ${name}` : `${name} is data, no function`;
  const targets: Target[] = [];
  const refusals: Refusal[] = [];
  for (const way of ways) {
    if (only !== undefined && way !== only) continue;
    if (way === 'tracepoint') {
      for (const event of events) targets.push({ way, name: eventName(event) });
      if (events.length === 0) refusals.push({ way, why: `no tracepoint is called ${name}` });
    } else if (isFunction) targets.push({ way, name });
    else refusals.push({ way, why: whyNot });
  }
  return { targets, refusals };
}
