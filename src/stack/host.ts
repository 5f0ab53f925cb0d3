import type { Frame } from '../contract/frame.js';
import { solicitedNodeGroup } from '../wire/ndp.js';
import { AddressMap, sameBytes } from './address-map.js';
import { type AddressOptions, InterfaceAddress, isBroadcastOf } from './addresses.js';
import { Circuits } from './circuits.js';
import { FlowLabels } from './flow-label.js';
import { joinGroup, leaveGroup } from './groups/joined.js';
import { ErrorBudget } from './icmp/error-budget.js';
import { type HostInterface, makeInterface } from './interface.js';
import type { Neighbour } from './neighbours.js';
import { masked, type Route, RouteTable } from './routes.js';
import { isLinkLocal, needsZone, selectSource } from './source-selection.js';

/** Destinations that are remembered; of more all are forgotten and found again. */
const MOST_DESTINATIONS = 4096;
/** Every IPv4 and IPv6 link takes packets of this size (RFC 791 §3.2, RFC 8200 §5): nobody may say that a way takes less. */
const LEAST_MTU4 = 68;
const LEAST_MTU6 = 1280;
const ALL_NODES = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const ALL_SYSTEMS = Uint8Array.of(224, 0, 0, 1);
const LOOPBACK4 = Uint8Array.of(127, 0, 0, 1);
const LOOPBACK6 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

/** A way found for one destination address. */
export interface Destination {
  readonly address: Uint8Array;
  readonly route: Route;
  readonly interface: HostInterface;
  /** A group, or all hosts on a network. */
  readonly isToMany: boolean;
  /** The neighbour that packets go to; null on an interface without hardware addresses, and where there are many. */
  neighbour: Neighbour | null;
  /** Largest packet that the way is known to carry, bytes. */
  mtu: number;
}

/** What a host's blocks tell each other. A block that is not there has not registered. */
export interface HostListeners {
  /** Neighbours have become known or were given up: what waited for them is in `settled`. */
  neighboursSettled(): void;
  /** There is something to be sent or to be timed for neighbours of this family: ARP's or neighbour discovery's work. */
  neighbourWork(family: 4 | 6): void;
  /** There is something to be told of groups. */
  groupWork(): void;
  /** An address was given up because somebody else has it. */
  addressLost(at: HostInterface, lost: InterfaceAddress): void;
}

/**
 * A host: the state that its blocks share. Interfaces, addresses, routes, neighbours. Blocks change it and ask it; frames go
 * from block to block by IDP, never through it.
 */
export class Host {
  readonly name: string;
  readonly interfaces: HostInterface[] = [];
  /** The way to itself: interface 0. */
  readonly loopback: HostInterface;
  readonly routes4 = new RouteTable();
  readonly routes6 = new RouteTable();
  readonly listeners: HostListeners = {
    ...{ neighboursSettled() {}, neighbourWork() {}, groupWork() {}, addressLost() {} },
  };
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
  /** Ways of sockets' own. */
  readonly circuits = new Circuits();
  /** How many ICMP errors may be sent. */
  readonly errorBudget = new ErrorBudget();
  readonly random: () => number;
  readonly flowLabels: FlowLabels;
  private readonly local: AddressMap<HostInterface>;
  private readonly destinations: AddressMap<Destination>;
  private readonly clock: () => number;

  /** `largest`: packets to itself, bytes. */
  constructor(name: string, clock: () => number, random: () => number, largest = 65_535) {
    this.name = name;
    this.clock = clock;
    this.random = random;
    this.flowLabels = new FlowLabels(random);
    this.local = new AddressMap(random() | 0);
    this.destinations = new AddressMap(random() | 0);
    this.loopback = makeInterface(this, 0, 'lo', largest, null);
    this.addAddress(this.loopback, LOOPBACK4, 8, { onLink: false });
    this.addAddress(this.loopback, LOOPBACK6, 128, { onLink: false });
  }

  now(): number {
    return this.clock();
  }

  /** Adds an interface; `mac` is null on links that carry packets without a header. */
  addInterface(name: string, mtu: number, mac: Uint8Array | null): HostInterface {
    const before = this.interfaces.findIndex((one) => one.isGone && one.name === name);
    const index = (before < 0 ? this.interfaces.length : before) + 1;
    const made = makeInterface(this, index, name, mtu, mac);
    this.interfaces[index - 1] = made;
    this.changed();
    return made;
  }

  /** An interface's block is gone, and with it its addresses, routes and neighbours. Numbers of others stay. */
  dropInterface(at: HostInterface): void {
    for (const { address } of [...at.addresses]) this.removeAddress(at, address);
    for (const length of [4, 16]) {
      this.removeRoutes(length, (route) => route.interface === at.index);
      for (const neighbour of [...at.neighbours(length).list]) at.neighbours(length).remove(neighbour);
    }
    at.isGone = true;
    if (this.interfaces[this.interfaces.length - 1] === at) this.interfaces.pop();
    this.changed();
  }

  /** By its number; 0 is the loopback interface. */
  interface(index: number): HostInterface | null {
    return index === 0 ? this.loopback : (this.interfaces[index - 1] ?? null);
  }

  /**
   * Gives an interface an address, and a route to its network. False when the host has the address already, or has lost
   * it to somebody else.
   */
  addAddress(at: HostInterface, address: Uint8Array, bits: number, options: AddressOptions = {}): boolean {
    if (this.addressOf(address) !== null) return false;
    const one = new InterfaceAddress(address, bits, options);
    at.addresses.push(one);
    if (one.isUsable) this.local.set(address, at);
    if (one.onLink) this.addNetwork(at, one);
    if (address.length === 16 && at.index > 0) this.joinGroup(at, solicitedNodeGroup(address));
    this.changed();
    if (options.check !== undefined) one.startCheck(this.now(), this.random);
    if (one.next < Number.POSITIVE_INFINITY) this.listeners.neighbourWork(address.length === 4 ? 4 : 6);
    return true;
  }

  removeAddress(at: HostInterface, address: Uint8Array): boolean {
    const index = at.addresses.findIndex((one) => sameBytes(one.address, address));
    if (index < 0) return false;
    const [gone] = at.addresses.splice(index, 1);
    this.retire(at, gone);
    return true;
  }

  /** Duplicate detection has come to its end: the address is the host's own. */
  settleAddress(at: HostInterface, one: InterfaceAddress): void {
    one.state = one.preferredUntil > this.now() ? 'preferred' : 'deprecated';
    this.local.set(one.address, at);
    this.changed();
  }

  /** Somebody else has the address: it is kept as a duplicate, so that it is not taken again, and used no more. */
  loseAddress(at: HostInterface, one: InterfaceAddress): void {
    one.state = 'duplicate';
    one.stopCheck();
    this.retire(at, one);
    this.listeners.addressLost(at, one);
  }

  /** Deprecates and removes addresses whose lifetimes have ended (RFC 4862 §5.5.4). */
  expireAddresses(at: HostInterface): void {
    const now = this.now();
    for (const one of [...at.addresses]) {
      if (one.validUntil <= now) this.removeAddress(at, one.address);
      else if (one.state === 'preferred' && one.preferredUntil <= now) {
        one.state = 'deprecated';
        this.changed();
      }
    }
  }

  /** The record of an address, whatever its state; null: it was never given to the host. */
  addressOf(
    bytes: Uint8Array,
    at = 0,
    length = bytes.length,
  ): { interface: HostInterface; record: InterfaceAddress } | null {
    for (const one of [this.loopback, ...this.interfaces]) {
      for (const record of one.addresses) {
        if (record.address.length !== length) continue;
        let i = 0;
        while (i < length && record.address[i] === bytes[at + i]) i++;
        if (i === length) return { interface: one, record };
      }
    }
    return null;
  }

  joinGroup(at: HostInterface, group: Uint8Array): void {
    if (joinGroup(at, group, this.now())) this.listeners.groupWork();
  }

  leaveGroup(at: HostInterface, group: Uint8Array): void {
    if (leaveGroup(at, group, this.now())) this.listeners.groupWork();
  }

  /** True when packets to the group are taken on the interface: broadcasts, all hosts' groups, and those joined. */
  isMember(index: number, bytes: Uint8Array, at: number, length: number): boolean {
    if (length === 4 && bytes[at] === 0xff) return true;
    const all = length === 4 ? ALL_SYSTEMS : ALL_NODES;
    let i = 0;
    while (i < length && all[i] === bytes[at + i]) i++;
    return i === length || this.interface(index)?.groups.get(bytes, at, length) !== undefined;
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

  /** True for IPv4's address of all hosts on a network of the interface (RFC 1122 §3.2.1.3 d). */
  isBroadcast(index: number, bytes: Uint8Array, at: number): boolean {
    return isBroadcastOf(this.interface(index)?.addresses ?? [], bytes, at);
  }

  /** True when the address is one of the host's own, and in use. */
  isLocal(bytes: Uint8Array, at: number, length: number): boolean {
    return this.local.get(bytes, at, length) !== undefined || (length === 4 && bytes[at] === 127);
  }

  /** Number of the interface that has the address; 0: none. */
  zoneOf(bytes: Uint8Array, at: number, length: number): number {
    return this.local.get(bytes, at, length)?.index ?? 0;
  }

  /**
   * The way to an address; null: there is none. Addresses and groups of one link need its interface's number (their zone,
   * RFC 4007); without it the first interface is meant. Of other groups it says by which interface, where the sender has
   * chosen.
   */
  destination(bytes: Uint8Array, at: number, length: number, zone = 0): Destination | null {
    if (needsZone(bytes, at, length) || (zone !== 0 && isGroup(bytes, at, length))) {
      const out = this.interface(zone === 0 ? 1 : zone);
      if (out === null) return null;
      const known = out.destinations.get(bytes, at, length);
      return known ? withNeighbour(known) : this.enterLinkDestination(out, bytes, at, length);
    }
    const known = this.destinations.get(bytes, at, length);
    return known ? withNeighbour(known) : this.enterDestination(bytes, at, length);
  }

  /** The address of ours from which to send there: on the way's interface, of the network of the next hop if there is one. */
  sourceFor(destination: Destination): Uint8Array | null {
    const { address } = destination;
    const { length } = address;
    if (this.isLocal(address, 0, length)) return address;
    const near = this.sourceOn(destination.interface, destination);
    if (near !== null || needsZone(address, 0, length)) return near;
    for (const one of this.interfaces) {
      const source = this.sourceOn(one, destination);
      if (source !== null && !isLinkLocal(source, 0, length)) return source;
    }
    return null;
  }

  /** A destination carries less than was thought (RFC 1191, RFC 8201). */
  narrow(address: Uint8Array, mtu: number): void {
    const destination = this.destination(address, 0, address.length);
    const least = address.length === 4 ? LEAST_MTU4 : LEAST_MTU6;
    if (destination) destination.mtu = Math.min(destination.mtu, Math.max(mtu, least));
  }

  /** Addresses, routes or interfaces have changed. */
  changed(): void {
    this.generation++;
    this.destinations.clear();
    for (const one of this.interfaces) one.destinations.clear();
  }

  private sourceOn(at: HostInterface, { address, route }: Destination): Uint8Array | null {
    if (address.length === 16) return selectSource(at.addresses, address)?.address ?? null;
    const hop = route.gateway ?? address;
    const candidates = at.addresses.filter((one) => one.address.length === 4 && one.isUsable);
    const near = candidates.find((one) => sameBytes(masked(one.address, one.bits), masked(hop, one.bits)));
    return (near ?? candidates[0])?.address ?? null;
  }

  private enterDestination(bytes: Uint8Array, at: number, length: number): Destination | null {
    const address = bytes.slice(at, at + length);
    let made: Destination | null;
    if (this.isLocal(address, 0, length)) made = this.wayTo(address, this.loopback, null);
    else {
      const route = this.routes(length).lookup(address, 0, length);
      const out = route ? this.interface(route.interface) : null;
      if (route && out) made = this.wayTo(address, out, route);
      // Groups do not need a route: the first interface is theirs.
      else
        made =
          isGroup(address, 0, length) && this.interfaces[0]
            ? this.wayTo(address, this.interfaces[0], null)
            : null;
    }
    if (made === null) return null;
    if (this.destinations.size >= MOST_DESTINATIONS) this.destinations.clear();
    this.destinations.set(address, made);
    return made;
  }

  private enterLinkDestination(
    out: HostInterface,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): Destination | null {
    const address = bytes.slice(at, at + length);
    const made = this.wayTo(address, this.isLocal(address, 0, length) ? this.loopback : out, null);
    if (made === null) return null;
    if (out.destinations.size >= MOST_DESTINATIONS) out.destinations.clear();
    out.destinations.set(address, made);
    return made;
  }

  private wayTo(address: Uint8Array, out: HostInterface, known: Route | null): Destination | null {
    const { length } = address;
    const route = known ?? {
      ...{ prefix: address, bits: 8 * length, gateway: null, interface: out.index, metric: 0 },
    };
    const isToMany =
      isGroup(address, 0, length) ||
      (length === 4 && route.gateway === null && this.isBroadcast(out.index, address, 0));
    const needsNeighbour = out.mac !== null && !isToMany;
    const neighbour = needsNeighbour ? out.neighbours(length).enter(route.gateway ?? address) : null;
    if (needsNeighbour && neighbour === null) return null;
    return { address, route, interface: out, isToMany, neighbour, mtu: length === 4 ? out.mtu : out.mtu6 };
  }

  private addNetwork(at: HostInterface, { address, bits }: InterfaceAddress): void {
    if (isLinkLocal(address, 0, address.length)) return;
    const prefix = masked(address, bits);
    this.routes(address.length).add({ prefix, bits, gateway: null, interface: at.index, metric: 0 });
  }

  /** Takes back what an address brought, unless another one brings it too. */
  private retire(at: HostInterface, { address, bits, onLink }: InterfaceAddress): void {
    this.local.delete(address);
    if (address.length === 16) this.leaveGroup(at, solicitedNodeGroup(address));
    const prefix = masked(address, bits);
    const stays = at.addresses.some(
      (one) =>
        one.onLink && one.isUsable && one.bits === bits && sameBytes(masked(one.address, bits), prefix),
    );
    if (onLink && !stays) {
      this.routes(address.length).remove(
        (route) =>
          route.interface === at.index &&
          route.gateway === null &&
          route.learned !== true &&
          route.bits === bits &&
          sameBytes(route.prefix, prefix),
      );
    }
    this.changed();
  }
}

/** The way with a neighbour that the table still knows; null: it is full. What is known of the path stays. */
function withNeighbour(way: Destination): Destination | null {
  const { neighbour } = way;
  if (neighbour === null || !neighbour.isGone) return way;
  const again = way.interface.neighbours(neighbour.address.length).enter(neighbour.address);
  if (again === null) return null;
  way.neighbour = again;
  return way;
}

/** True for multicast, and for the broadcast address of IPv4. */
export function isGroup(bytes: Uint8Array, at: number, length: number): boolean {
  if (length === 16) return bytes[at] === 0xff;
  return (bytes[at] & 0xf0) === 0xe0 || (bytes[at] & bytes[at + 1] & bytes[at + 2] & bytes[at + 3]) === 0xff;
}
