import { ETHERNET_DESTINATION, ETHERNET_SOURCE, isMulticast, MAC_LENGTH } from '../../wire/ethernet.js';
import type { Lane, Plug } from './wire.js';

/** Addresses that are remembered at most: a flood of new ones makes it forget all. */
const MOST_ADDRESSES = 8192;

/** A learning switch: frames go where their destination was seen last, else everywhere. Takes no time. */
export class Switch {
  readonly name: string;
  private readonly ports: Lane[] = [];
  private readonly places = new Map<number, Lane>();

  constructor(name: string) {
    this.name = name;
  }

  /** A new port, whose frames go out by the lane. */
  plug(out: Lane): Plug {
    this.ports.push(out);
    return { deliver: (bytes) => this.pass(bytes, out) };
  }

  private pass(bytes: Uint8Array, from: Lane): void {
    if (bytes.length < 2 * MAC_LENGTH) return;
    if (!isMulticast(bytes, ETHERNET_SOURCE)) {
      if (this.places.size >= MOST_ADDRESSES) this.places.clear();
      this.places.set(key(bytes, ETHERNET_SOURCE), from);
    }
    const place = isMulticast(bytes, ETHERNET_DESTINATION)
      ? undefined
      : this.places.get(key(bytes, ETHERNET_DESTINATION));
    if (place === from) return;
    if (place !== undefined) place.send(bytes);
    else for (const port of this.ports) if (port !== from) port.send(bytes);
  }
}

/** The address as a number: 48 bits. */
function key(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0; i < MAC_LENGTH; i++) value = value * 256 + bytes[at + i];
  return value;
}
