import type { Clock } from '../contract/clock.js';
import { libc } from './libc.js';

const CLOCK_REALTIME = 0;

/**
 * Turns the kernel's times of arrival, which follow the wall clock and its corrections, into times of a clock that
 * does not. `adjust` measures the difference; call it about once a second.
 */
export class KernelTime {
  private readonly clock: Clock;
  private readonly libc = libc();
  private readonly scratch = new DataView(new ArrayBuffer(16));
  private readonly bytes = new Uint8Array(this.scratch.buffer);
  private offset = 0.5; // not small integers, so that the fields are doubles from the start
  private last = 0.5;
  private latest = 0.5;

  constructor(clock: Clock) {
    this.clock = clock;
    this.last = 0;
    this.adjust();
  }

  adjust(): void {
    const now = this.clock.now();
    if (this.libc.clockGetTime(CLOCK_REALTIME, this.bytes) !== 0) return;
    const seconds = Number(this.scratch.getBigInt64(0, true));
    this.offset = now - (seconds * 1e6 + this.scratch.getUint32(8, true) / 1000);
  }

  /** Begins a batch: nothing in it can have arrived later than now. */
  begin(): void {
    this.latest = this.clock.now();
  }

  /** Whole microseconds of the clock: never later than the batch, never earlier than the answer before. */
  arrival(seconds: number, nanoseconds: number): number {
    const time = Math.floor(seconds * 1e6 + nanoseconds / 1000 + this.offset);
    if (time > this.last) this.last = time < this.latest ? time : this.latest;
    return this.last;
  }
}
