import type { Circuit } from '../contract/circuit.js';
import { QuipuError } from '../contract/error.js';
import type { HostInterface } from './interface.js';

/** A circuit of a host, and the interface by which its packets leave and come. */
export interface CircuitPlace {
  readonly circuit: Circuit;
  /** Without hardware addresses: what stands below it knows by `Frame.circuit` which circuit a packet is for. */
  readonly interface: HostInterface;
}

/** Longest packet that leaves by a circuit, bytes. */
export function circuitMtu({ circuit, interface: out }: CircuitPlace): number {
  return Math.min(circuit.mtu, out.mtu);
}

/** The circuits of one host: where packets go that name one. */
export class Circuits {
  private given = 0;
  private readonly places = new Map<number, CircuitPlace & { readonly unwatch: () => void }>();

  /** For a circuit to come; from 1 on, each once. */
  nextNumber(): number {
    return ++this.given;
  }

  /** Makes a circuit known, until it closes. Throws QuipuError in-use: one with its number is there. */
  add(circuit: Circuit, at: HostInterface): void {
    const { number } = circuit;
    if (this.places.has(number)) {
      throw new QuipuError('in-use', `circuit ${number} is there already: give each a number of its own`);
    }
    if (circuit.state === 'closed') return;
    const unwatch = circuit.watch(() => {
      if (circuit.state === 'closed') this.forget(number);
    });
    this.places.set(number, { circuit, interface: at, unwatch });
  }

  /** Where a packet leaves that names a circuit; null: it is not open, and routes are asked as for any other packet. */
  find(number: number): CircuitPlace | null {
    const place = this.places.get(number);
    return place?.circuit.state === 'open' && !place.interface.isGone ? place : null;
  }

  /** The same for a circuit that may be another host's, whose numbers are not ours. */
  placeOf(circuit: Circuit | null): CircuitPlace | null {
    const place = circuit === null ? null : this.find(circuit.number);
    return place?.circuit === circuit ? place : null;
  }

  /** The host goes; its circuits may live on. */
  clear(): void {
    for (const number of [...this.places.keys()]) this.forget(number);
  }

  private forget(number: number): void {
    this.places.get(number)?.unwatch();
    this.places.delete(number);
  }
}
