import type { BlockContext } from '../contract/block.js';
import { Host } from './host.js';

/** Largest packet that there is. */
const MOST_BYTES = 65_535;

/** The hosts of one engine, by name. A host begins with its first block and lives as long as the engine. */
export class Hosts {
  private readonly hosts = new Map<string, Host>();

  /** The host with this name, made when it is asked for first. */
  get(name: string, context: Pick<BlockContext, 'clock' | 'random' | 'pool'>): Host {
    let host = this.hosts.get(name);
    if (host === undefined) {
      host = new Host(
        name,
        () => context.clock.now(),
        context.random,
        Math.min(MOST_BYTES, context.pool.maxLength),
      );
      this.hosts.set(name, host);
    }
    return host;
  }

  find(name: string): Host | undefined {
    return this.hosts.get(name);
  }

  get list(): readonly Host[] {
    return [...this.hosts.values()];
  }
}
