import type { Circuit } from '../contract/circuit.js';
import type { HostInterface } from './interface.js';

/** A circuit of a host, and the interface by which its packets leave and come. */
export interface CircuitPlace {
  readonly circuit: Circuit;
  /** Without hardware addresses: what stands below it knows by `Frame.circuit` which circuit a packet is for. */
  readonly interface: HostInterface;
}

/** The circuits of one host: where packets go that name one. */
export class Circuits {
  private given = 0;
  private readonly places = new Map<number, CircuitPlace>();
  private readonly unwatch = new Map<number, () => void>();

  /** For a circuit to come; from 1 on, each once. */
  nextNumber(): number {
    return ++this.given;
  }

  /** Makes a circuit known, until it closes. */
  add(circuit: Circuit, at: HostInterface): void {
    this.places.set(circuit.number, { circuit, interface: at });
    const look = () => {
      if (circuit.state === 'closed') this.remove(circuit);
    };
    this.unwatch.set(circuit.number, circuit.watch(look));
    look();
  }

  private remove(circuit: Circuit): void {
    this.places.delete(circuit.number);
    this.unwatch.get(circuit.number)?.();
    this.unwatch.delete(circuit.number);
  }

  /** Where a packet leaves that names a circuit; null: it is not open, and routes are asked as for any other packet. */
  find(number: number): CircuitPlace | null {
    const place = this.places.get(number);
    return place?.circuit.state === 'open' ? place : null;
  }
}
