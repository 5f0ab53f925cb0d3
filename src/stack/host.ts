import type { Frame } from '../contract/frame.js';
import { AddressMap } from './address-map.js';
import { ErrorBudget } from './icmp/error-budget.js';
import { type HostInterface, makeInterface } from './interface.js';
import type { Neighbour } from './neighbours.js';
import { masked, type Route, RouteTable } from './routes.js';

/** Destinations that are remembered; of more all are forgotten and found again. */
const MOST_DESTINATIONS = 4096;

/** A way found for one destination address. */
export interface Destination {
  readonly address: Uint8Array;
  readonly route: Route;
  readonly interface: HostInterface;
  /** The neighbour that packets go to; null on an interface without hardware addresses, and for groups. */
  readonly neighbour: Neighbour | null;
  /** Largest packet that the way is known to carry, bytes. */
  mtu: number;
}

/** What a host's blocks tell each other. A block that is not there has not registered. */
export interface HostListeners {
  /** Neighbours have become known or were given up: what waited for them is in `settled`. */
  neighboursSettled(): void;
  /** There are solicitations to be sent, of IPv4 or IPv6. */
  solicitationsWait(family: 4 | 6): void;
}

/**
 * A host: the state that its blocks share. Interfaces, addresses, routes, neighbours. Blocks change it and ask it; frames go
 * from block to block by IDP, never through it.
 */
export class Host {
  readonly name: string;
  readonly interfaces: HostInterface[] = [];
  readonly routes4 = new RouteTable();
  readonly routes6 = new RouteTable();
  readonly listeners: HostListeners = { neighboursSettled() {}, solicitationsWait() {} };
  /** Packets for others are passed on. */
  forwarding = false;
  /** Of packets that leave (RFC 1700's default is 64). */
  hopLimit = 64;
  /** Rises with every change of addresses, routes and interfaces: what was worked out before is worked out anew. */
  generation = 1;
  /** Neighbours whose packets may go now, or never. */
  readonly settled: Neighbour[] = [];
  /** Packets that had to make room for later ones. */
  readonly overflowed: Frame[] = [];
  readonly solicitations: { interface: HostInterface; neighbour: Neighbour; everybody: boolean }[] = [];
  /** The right to send ICMP errors. */
  readonly errorBudget = new ErrorBudget();
  readonly random: () => number;
  private readonly local: AddressMap<HostInterface>;
  private readonly destinations: AddressMap<Destination>;
  private readonly clock: () => number;

  constructor(name: string, clock: () => number, random: () => number) {
    this.name = name;
    this.clock = clock;
    this.random = random;
    this.local = new AddressMap(random() | 0);
    this.destinations = new AddressMap(random() | 0);
  }

  now(): number {
    return this.clock();
  }

  /** Adds an interface; `mac` is null on links that carry packets without a header. */
  addInterface(name: string, mtu: number, mac: Uint8Array | null): HostInterface {
    const index = this.interfaces.length + 1;
    const made = makeInterface(this, index, name, mtu, mac);
    this.interfaces.push(made);
    this.changed();
    return made;
  }

  interface(index: number): HostInterface | null {
    return this.interfaces[index - 1] ?? null;
  }

  /** Gives an interface an address, and a route to its network. False when the host has the address already. */
  addAddress(at: HostInterface, address: Uint8Array, bits: number): boolean {
    if (this.local.get(address) !== undefined) return false;
    this.local.set(address, at);
    at.addresses.push({ address: address.slice(), bits });
    const prefix = masked(address, bits);
    this.routes(address.length).add({ prefix, bits, gateway: null, interface: at.index, metric: 0 });
    this.changed();
    return true;
  }

  removeAddress(at: HostInterface, address: Uint8Array): boolean {
    const index = at.addresses.findIndex((one) => sameBytes(one.address, address));
    if (index < 0) return false;
    const [{ bits }] = at.addresses.splice(index, 1);
    this.local.delete(address);
    const prefix = masked(address, bits);
    const stays = at.addresses.some(
      (one) => one.bits === bits && sameBytes(masked(one.address, bits), prefix),
    );
    if (!stays) {
      this.routes(address.length).remove(
        (route) =>
          route.interface === at.index &&
          route.gateway === null &&
          route.bits === bits &&
          sameBytes(route.prefix, prefix),
      );
    }
    this.changed();
    return true;
  }

  addRoute(route: Route): boolean {
    const added = this.routes(route.prefix.length).add(route);
    if (added) this.changed();
    return added;
  }

  removeRoutes(length: number, unwanted: (route: Route) => boolean): number {
    const gone = this.routes(length).remove(unwanted);
    if (gone > 0) this.changed();
    return gone;
  }

  /** Routes for addresses of so many bytes. */
  routes(length: number): RouteTable {
    return length === 4 ? this.routes4 : this.routes6;
  }

  /** True when the address is one of the host's own. */
  isLocal(bytes: Uint8Array, at: number, length: number): boolean {
    return this.local.get(bytes, at, length) !== undefined || (length === 4 && bytes[at] === 127);
  }

  /** The way to an address; null: there is none. */
  destination(bytes: Uint8Array, at: number, length: number): Destination | null {
    const known = this.destinations.get(bytes, at, length);
    if (known !== undefined) return known;
    const route = this.routes(length).lookup(bytes, at, length);
    const out = route && this.interface(route.interface);
    if (!route || !out) return null;
    const address = bytes.slice(at, at + length);
    const hop = route.gateway ?? address;
    const needsNeighbour = out.mac !== null && !isGroup(address, 0, length);
    const neighbour = needsNeighbour ? out.neighbours(length).enter(hop) : null;
    if (needsNeighbour && neighbour === null) return null;
    const made: Destination = { address, route, interface: out, neighbour, mtu: out.mtu };
    if (this.destinations.size >= MOST_DESTINATIONS) this.destinations.clear();
    this.destinations.set(address, made);
    return made;
  }

  /** The address of ours from which to send there: on the way's interface, of the network of the next hop if there is one. */
  sourceFor(destination: Destination): Uint8Array | null {
    const { length } = destination.address;
    const hop = destination.route.gateway ?? destination.address;
    const candidates = destination.interface.addresses.filter((one) => one.address.length === length);
    const near = candidates.find((one) => sameBytes(masked(one.address, one.bits), masked(hop, one.bits)));
    return (near ?? candidates[0])?.address ?? null;
  }

  /** A destination carries less than was thought (RFC 1191, RFC 8201). */
  narrow(address: Uint8Array, mtu: number): void {
    const destination = this.destination(address, 0, address.length);
    if (destination && mtu < destination.mtu) destination.mtu = mtu;
  }

  /** Addresses, routes or interfaces have changed. */
  changed(): void {
    this.generation++;
    this.destinations.clear();
  }
}

/** True for multicast, and for the broadcast address of IPv4. */
export function isGroup(bytes: Uint8Array, at: number, length: number): boolean {
  if (length === 16) return bytes[at] === 0xff;
  return (bytes[at] & 0xf0) === 0xe0 || (bytes[at] & bytes[at + 1] & bytes[at + 2] & bytes[at + 3]) === 0xff;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
