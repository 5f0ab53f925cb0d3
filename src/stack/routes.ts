/** A way to the addresses of a prefix. */
export interface Route {
  /** 4 or 16 bytes; bits beyond `bits` are zero. */
  readonly prefix: Uint8Array;
  readonly bits: number;
  /** Address of the router; null: the destination itself is on the link. */
  readonly gateway: Uint8Array | null;
  /** Number of the host's interface. */
  readonly interface: number;
  /** Of routes to one prefix the lowest counts. */
  readonly metric: number;
  /** A router has told of it; it goes with what the router says. */
  readonly learned?: boolean;
}

interface Node {
  zero: Node | null;
  one: Node | null;
  routes: Route[];
}

/** Routes of one family, looked up by the longest prefix (RFC 1812 §5.2.4.3): a binary trie. */
export class RouteTable {
  private root: Node = empty();
  private readonly list: Route[] = [];

  /** In the order in which they were added. */
  get routes(): readonly Route[] {
    return this.list;
  }

  /** Adds a route. False when there is one to this prefix with this metric already. */
  add(route: Route): boolean {
    const node = this.nodeOf(route);
    if (node.routes.some((other) => other.metric === route.metric)) return false;
    node.routes = [...node.routes, route].sort((a, b) => a.metric - b.metric);
    this.list.push(route);
    return true;
  }

  /** Takes out those for which `unwanted` says so; answers how many. */
  remove(unwanted: (route: Route) => boolean): number {
    const rest = this.list.filter((route) => !unwanted(route));
    const gone = this.list.length - rest.length;
    if (gone === 0) return 0;
    this.root = empty();
    this.list.length = 0;
    for (const route of rest) this.add(route);
    return gone;
  }

  /** The way to the address at `at`; null: there is none. */
  lookup(bytes: Uint8Array, at: number, length: number): Route | null {
    let found: Route | null = this.root.routes[0] ?? null;
    let node: Node | null = this.root;
    for (let bit = 0; bit < length * 8; bit++) {
      node = (bytes[at + (bit >> 3)] >> (7 - (bit & 7))) & 1 ? node.one : node.zero;
      if (node === null) break;
      if (node.routes.length > 0) found = node.routes[0];
    }
    return found;
  }

  private nodeOf({ prefix, bits }: Route): Node {
    let node = this.root;
    for (let bit = 0; bit < bits; bit++) {
      const side = (prefix[bit >> 3] >> (7 - (bit & 7))) & 1 ? 'one' : 'zero';
      node = node[side] ??= empty();
    }
    return node;
  }
}

/** A copy of the address with all bits beyond the prefix zero. */
export function masked(address: Uint8Array, bits: number): Uint8Array {
  const prefix = address.slice();
  for (let i = 0; i < prefix.length; i++) {
    const keep = Math.min(Math.max(bits - i * 8, 0), 8);
    prefix[i] &= 0xff << (8 - keep);
  }
  return prefix;
}

function empty(): Node {
  return { zero: null, one: null, routes: [] };
}
