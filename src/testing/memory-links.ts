import { QuipuError } from '../contract/error.js';
import type { Link, LinkContext, LinkSpec } from '../contract/link.js';
import { type MemoryEnd, memoryEnd } from '../links/memory/memory.js';
import { createRing, type RingOptions, RingReader, RingWriter } from '../links/shared/ring.js';
import { type Channel, SharedLink } from '../links/shared/shared.js';

/** The application's end of a socket. */
export interface Application {
  readonly reader: RingReader;
  readonly writer: RingWriter;
  /** How often it was woken. */
  wakes: number;
}

/**
 * Stands for the daemon's links: `{ kind: 'memory', name }`, devices (`af-packet`, `tap`) by their name, all of them in
 * memory, and applications' channels by their number. `{ kind: 'broken' }` cannot be opened.
 */
export class MemoryLinks {
  /** Names of all links opened so far, in order. */
  readonly opened: string[] = [];
  private readonly channels = new Map<number, Channel>();
  private readonly ends = new Map<string, MemoryEnd>();
  private readonly all: MemoryEnd[] = [];

  /** The outer end of the link opened last under this name. Throws when there was none. */
  end(name: string): MemoryEnd {
    const end = this.ends.get(name);
    if (!end) throw new Error(`no link "${name}" was opened, only: ${this.opened.join(', ')}`);
    return end;
  }

  /** The outer ends of all links that have not been closed. */
  live(): MemoryEnd[] {
    return this.all.filter((end) => end.link.state() !== 'gone');
  }

  /** Opens a channel for a `socket` block, as openSocket() does. */
  application(channel: number, options: RingOptions = { bytes: 1 << 16 }): Application {
    const [up, down] = [createRing(options), createRing(options)];
    const application = { reader: new RingReader(up), writer: new RingWriter(down), wakes: 0 };
    this.channels.set(channel, { up, down, wake: () => application.wakes++ });
    return application;
  }

  readonly open = (spec: LinkSpec, context: LinkContext): Link => {
    const name = String(spec.name ?? spec.device ?? spec.channel ?? '');
    if (spec.kind === 'broken') throw new QuipuError('link-failed', `${name} cannot be opened`);
    this.opened.push(name);
    if (spec.kind === 'shared') {
      const channel = this.channels.get(Number(spec.channel));
      if (!channel) throw new QuipuError('bad-config', `channel ${name} is not open`);
      return new SharedLink(`channel ${name}`, channel, context);
    }
    const end = memoryEnd(context, {
      target: name,
      interfaceIndex: this.opened.length,
      ...(spec.limit === undefined ? {} : { limit: Number(spec.limit) }),
      ...(spec.address instanceof Uint8Array ? { address: spec.address } : {}),
    });
    this.ends.set(name, end);
    this.all.push(end);
    return end.link;
  };
}
