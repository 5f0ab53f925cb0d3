import type { Host } from './host.js';
import { type Neighbour, Neighbours } from './neighbours.js';

export interface InterfaceAddress {
  readonly address: Uint8Array;
  /** Length of the network's prefix. */
  readonly bits: number;
}

/** Where a host is joined to a link. */
export interface HostInterface {
  /** From 1 on; frames carry it as `interfaceIndex` within the host. */
  readonly index: number;
  readonly name: string;
  /** Largest packet, bytes. */
  readonly mtu: number;
  /** Hardware address; null where packets go without a link header. */
  readonly mac: Uint8Array | null;
  readonly addresses: InterfaceAddress[];
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
          host.listeners.solicitationsWait(family);
        },
        resolved(neighbour: Neighbour) {
          host.settled.push(neighbour);
          host.listeners.neighboursSettled();
        },
        unreachable(neighbour: Neighbour) {
          host.settled.push(neighbour);
          host.listeners.neighboursSettled();
        },
        overflow: (frame) => host.overflowed.push(frame),
      },
      host.random() | 0,
    );
  const four = table(4);
  const six = table(6);
  const made: HostInterface = {
    ...{ index, name, mtu, mac, addresses: [] },
    neighbours: (length) => (length === 4 ? four : six),
  };
  return made;
}
