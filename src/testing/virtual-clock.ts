import type { Clock } from '../contract/clock.js';

/** Time that stands still until a test moves it. Microseconds since the epoch. */
export class VirtualClock implements Clock {
  private time: number;

  constructor(start = 1_000_000) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  advance(micros: number): void {
    this.time += micros;
  }
}
