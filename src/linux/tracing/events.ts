/** A tracepoint: a place that the kernel's source marks, `net:netif_rx`. */
export interface Tracepoint {
  readonly system: string;
  readonly event: string;
}

/** Systems whose tracepoints frames of a network pass, those of general use first. */
const NETWORK = ['net', 'skb', 'napi', 'sock', 'tcp', 'udp', 'ip', 'fib', 'neigh', 'qdisc', 'bridge', 'xdp'];

/** The text of `available_events`: a line `SYSTEM:EVENT` for each. */
export function parseEvents(text: string): Tracepoint[] {
  return text.split('\n').flatMap((line) => {
    const found = /^([^\s:]+):([^\s:]+)$/.exec(line.trim());
    return found === null ? [] : [{ system: found[1], event: found[2] }];
  });
}

export function eventName({ system, event }: Tracepoint): string {
  return `${system}:${event}`;
}

/** `net:netif_rx` and `net/netif_rx`; null for a plain symbol. */
export function explicitEvent(text: string): Tracepoint | null {
  const found = /^([^:/\s]+)[:/]([^:/\s]+)$/.exec(text);
  return found === null ? null : { system: found[1], event: found[2] };
}

/**
 * Tracepoints that somebody may take who cannot have a symbol's stack: those that share the most words of the name, the
 * network's before others; without any, the network's own.
 */
export function nearEvents(symbol: string, events: readonly Tracepoint[], most = 6): string[] {
  const wanted = wordsOf(symbol);
  const rated = events
    .map((event) => ({ event, shared: shared(wanted, event), rank: rankOf(event) }))
    .filter(({ shared, rank }) => shared > 0 && rank < NETWORK.length)
    .sort((a, b) => b.shared - a.shared || a.rank - b.rank || (a.event.event < b.event.event ? -1 : 1));
  const near = rated.length > 0 ? rated.map(({ event }) => event) : events.filter((one) => rankOf(one) === 0);
  return near.slice(0, most).map(eventName);
}

function wordsOf(name: string): Set<string> {
  return new Set(name.split(/[_.]+/).filter((word) => word.length > 1));
}

function shared(wanted: ReadonlySet<string>, event: Tracepoint): number {
  const own = wordsOf(`${event.system}_${event.event}`);
  return [...wanted].filter((word) => own.has(word)).length;
}

function rankOf({ system }: Tracepoint): number {
  const rank = NETWORK.indexOf(system);
  return rank < 0 ? NETWORK.length : rank;
}
