import { lookup } from 'node:dns';
import type { Clock, Random } from '../../contract/clock.js';
import { type HostLookup, type HostNames, lookupIn } from './names.js';
import { type ResolverOptions, resolverSettings } from './resolver/config.js';
import { parseHosts } from './resolver/hosts-file.js';
import { lookupBy } from './resolver/lookup.js';
import { environmentOver, type ResolverHost } from './resolver/over-host.js';
import { Resolver } from './resolver/resolver.js';

/** How a host finds the addresses of names. They are looked for in this order. */
export interface NameOptions {
  /** Addresses of names. `localhost` is the host itself. */
  readonly names?: HostNames;
  /** Text of a hosts file: more of the same. */
  readonly hosts?: string;
  /**
   * Who is asked for other names: nobody (the default), Node's `dns.lookup`, which asks by the kernel's network, or servers, by
   * the host's own UDP and TCP.
   */
  readonly resolver?: 'none' | 'system' | ResolverOptions;
  /** Finds the addresses of names instead of all that. */
  readonly lookup?: HostLookup;
}

export interface NameService {
  readonly lookup: HostLookup;
  /** Whoever still waits for an address is told EAI_AGAIN. */
  close(): void;
}

/** What the host has that asks. */
interface Asking {
  readonly host: ResolverHost;
  readonly clock: Clock;
  readonly random: Random;
  /** The address from which it would send to another; null: it could not. */
  sourceFor(address: Uint8Array): Uint8Array | null;
}

/** `dns.lookup` as it was at the start: `quipu/register` puts the host's in its place. */
const dnsLookup = lookup;
const systemLookup: HostLookup = (name, options, done) => dnsLookup(name, options, done);

/** Throws QuipuError bad-config: what options of the resolver are wrong. */
export function nameService(options: NameOptions, asking: Asking): NameService {
  const names = { ...parseHosts(options.hosts ?? ''), ...options.names };
  const { resolver: who = 'none' } = options;
  if (options.lookup || typeof who === 'string') {
    const other = who === 'system' ? lookupIn(names, systemLookup) : lookupIn(names);
    return { lookup: options.lookup ?? other, close() {} };
  }
  const { host, clock, random } = asking;
  const resolver = new Resolver(resolverSettings(who), environmentOver(host, clock, random));
  const next = lookupBy(resolver, (address) => asking.sourceFor(address));
  return { lookup: lookupIn(names, next), close: () => resolver.close() };
}
