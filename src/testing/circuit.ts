import type { Circuit, CircuitState, TrafficContract } from '../contract/circuit.js';

/** A circuit that is whatever a test says. */
export class TestCircuit implements Circuit {
  readonly number: number;
  readonly peer = 'test';
  readonly contract: TrafficContract | null = null;
  mtu: number;
  state: CircuitState = 'open';
  generation = 1;
  private readonly watchers = new Set<() => void>();

  constructor(number: number, mtu: number) {
    this.number = number;
    this.mtu = mtu;
  }

  /** Those who are told of its changes. */
  get watched(): number {
    return this.watchers.size;
  }

  watch(changed: () => void): () => void {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  }

  become(state: CircuitState): void {
    if (this.state === state) return;
    this.state = state;
    this.change();
  }

  /** Carries so many bytes from now on. */
  carry(mtu: number): void {
    this.mtu = mtu;
    this.change();
  }

  close(): void {
    this.become('closed');
  }

  /** Whoever stops watching meanwhile, or begins to, does no harm. */
  private change(): void {
    this.generation++;
    for (const changed of [...this.watchers]) changed();
  }
}
