import type { ActionInput } from '../../control/actions.js';

/** A binding below TCP: a port and what it leads to. `replaceable`: the block there can be replaced by one of its kind. */
interface Place {
  readonly from: string;
  readonly port: 'ingress' | 'egress';
  readonly to: string;
  readonly replaceable?: { readonly type: string; readonly config?: Readonly<Record<string, string>> };
}

/** Blocks that are put in by turns: each passes frames on. */
const passing = ['counter', 'forward', 'tee'] as const;

/** Every binding that a segment of TCP goes through between a host's first link and TCP, up and then down. */
function placesBelowTcp(host: string, link: string): Place[] {
  const own = (part: string) => `${host}.${part}`;
  const hook = { type: 'forward' };
  const part = (type: string) => ({ type, config: { host } });
  const up = (from: string, to: string, replaceable?: Place['replaceable']): Place => ({
    ...{ from, port: 'ingress', to },
    ...(replaceable ? { replaceable } : {}),
  });
  const down = (from: string, to: string, replaceable?: Place['replaceable']): Place => ({
    ...up(from, to, replaceable),
    port: 'egress',
  });
  return [
    up(link, own(link)),
    up(own(link), own('ip-input'), part('ip-input')),
    up(own('ip-input'), own('pre-routing'), hook),
    up(own('pre-routing'), own('ip-route'), part('ip-route')),
    up(own('ip-route'), own('ip-fragments')),
    up(own('ip-fragments'), own('local-in'), hook),
    up(own('local-in'), own('ip-deliver'), part('ip-deliver')),
    up(own('ip-deliver'), own('tcp')),
    down(own('tcp'), own('local-out'), hook),
    down(own('local-out'), own('post-routing'), hook),
    down(own('post-routing'), own('ip-output'), part('ip-output')),
    down(own('ip-output'), own(link)),
    down(own(link), link),
  ];
}

/**
 * Transactions without end that re-tie a host below its TCP. At each binding in turn a block is put in, it is replaced by
 * one of another type, the host's own block there is replaced by a new one of its kind, and the first is taken out again.
 */
export class Reties {
  /** Transactions made so far. */
  count = 0;
  private readonly places: readonly Place[];
  /** Blocks that were replaced have other names now. */
  private readonly names = new Map<string, string>();
  private inserted = '';
  private made = 0;

  /** `link`: name of the host's first link. */
  constructor(host: string, link: string) {
    this.places = placesBelowTcp(host, link);
  }

  /** The actions of the next transaction. */
  next(): ActionInput[] {
    const step = this.count++;
    const place = this.places[Math.floor(step / 4) % this.places.length];
    switch (step % 4) {
      case 0:
        return this.insert(place);
      case 1:
        return this.replaceInserted();
      case 2:
        return place.replaceable ? this.replaceOwn(place.to, place.replaceable) : this.replaceInserted();
      default:
        return this.remove(place);
    }
  }

  private insert({ from, port, to }: Place): ActionInput[] {
    const { name, type } = this.nextBlock();
    this.inserted = name;
    return [
      { do: 'add', name, type },
      { do: 'disconnect', from: this.nameOf(from), port },
      { do: 'connect', from: this.nameOf(from), port, to: name },
      { do: 'connect', from: name, port, to: this.nameOf(to) },
    ];
  }

  private replaceInserted(): ActionInput[] {
    const { name, type } = this.nextBlock();
    const old = this.inserted;
    this.inserted = name;
    return [
      { do: 'add', name, type },
      { do: 'replace', old, new: name },
    ];
  }

  private replaceOwn(block: string, { type, config = {} }: NonNullable<Place['replaceable']>): ActionInput[] {
    const old = this.nameOf(block);
    const name = `${block}-${++this.made}`;
    this.names.set(block, name);
    return [
      { do: 'add', name, type, config },
      { do: 'replace', old, new: name },
    ];
  }

  private remove({ from, port, to }: Place): ActionInput[] {
    return [
      { do: 'disconnect', from: this.nameOf(from), port },
      { do: 'disconnect', from: this.inserted, port },
      { do: 'rm', name: this.inserted },
      { do: 'connect', from: this.nameOf(from), port, to: this.nameOf(to) },
    ];
  }

  private nextBlock(): { name: string; type: string } {
    const number = ++this.made;
    return { name: `inserted-${number}`, type: passing[number % passing.length] };
  }

  private nameOf(block: string): string {
    return this.names.get(block) ?? block;
  }
}
