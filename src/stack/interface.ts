import { AddressMap } from './address-map.js';
import type { InterfaceAddress } from './addresses.js';
import { GroupReporter } from './groups/reporter.js';
import type { Destination, Host } from './host.js';
import { type Neighbour, Neighbours } from './neighbours.js';
import { RouterList } from './routers.js';

/** What a host does of IPv6 on an interface by itself: nothing, a link-local address, or also what routers advertise. */
export type Ipv6Mode = 'off' | 'link-local' | 'auto';

/** Where a host is joined to a link. */
export interface HostInterface {
  /** From 1 on; frames carry it as `interfaceIndex` within the host. 0 is the way to the host itself. */
  readonly index: number;
  readonly name: string;
  /** Largest packet, bytes. A tunnel's changes with its way. */
  mtu: number;
  /** Largest IPv6 packet: what routers say, at most `mtu`. */
  mtu6: number;
  /** Hardware address; null where packets go without a link header. */
  readonly mac: Uint8Array | null;
  readonly addresses: InterfaceAddress[];
  /** Groups of which packets are taken, with the number of those who joined. */
  readonly groups: AddressMap<number>;
  /** What routers on it have said. */
  readonly routers: RouterList;
  ipv6: Ipv6Mode;
  /** Its block was removed: the number waits for one of the same name. */
  isGone: boolean;
  /** Its link cuts TCP segments of up to 64 KiB, and finishes checksums. */
  offload: boolean;
  /** Ways to addresses and groups of this link alone. */
  readonly destinations: AddressMap<Destination>;
  /** Routers and switches are told which groups were joined. */
  reportsGroups: boolean;
  /** What they are told of groups with addresses of so many bytes. */
  reporter(length: number): GroupReporter;
  /** Neighbours with addresses of so many bytes. */
  neighbours(length: number): Neighbours;
}

export function makeInterface(
  host: Host,
  index: number,
  name: string,
  mtu: number,
  mac: Uint8Array | null,
): HostInterface {
  const table = (family: 4 | 6) =>
    new Neighbours(
      {
        now: () => host.now(),
        solicit(neighbour: Neighbour, everybody: boolean) {
          host.solicitations.push({ interface: made, neighbour, everybody });
          host.listeners.neighbourWork(family);
        },
        resolved(neighbour: Neighbour) {
          host.settled.push(neighbour);
          host.listeners.neighboursSettled();
        },
        unreachable(neighbour: Neighbour) {
          if (neighbour.isRouter) made.routers.demote(neighbour.address);
          host.settled.push(neighbour);
          host.listeners.neighboursSettled();
        },
        overflow: (frame) => host.overflowed.push(frame),
        hasten: () => host.listeners.neighbourWork(family),
      },
      host.random,
    );
  const four = table(4);
  const six = table(6);
  const reporter4 = new GroupReporter(host.random);
  const reporter6 = new GroupReporter(host.random);
  const made: HostInterface = {
    ...{ index, name, mtu, mtu6: mtu, mac, addresses: [], ipv6: 'off', offload: false, isGone: false },
    reportsGroups: mac !== null,
    reporter: (length) => (length === 4 ? reporter4 : reporter6),
    groups: new AddressMap(host.random() | 0),
    destinations: new AddressMap(host.random() | 0),
    routers: new RouterList(host, index),
    neighbours: (length) => (length === 4 ? four : six),
  };
  return made;
}
