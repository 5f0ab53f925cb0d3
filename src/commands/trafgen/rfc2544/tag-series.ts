import type { TagArrival } from '../../../generator/sink.js';
import type { SingleSender } from '../../../generator/sink-sender.js';
import { interruption, pause } from '../../shared/interrupt.js';

/**
 * Tagged frames of one trial (RFC 2544 §26.2), spread over the middle half of its time: when each was handed to the kernel is
 * noted, and compared with when it came.
 */
export class TagSeries {
  private readonly sender: SingleSender;
  private readonly frame: (number: number) => Uint8Array;
  private readonly departures: { seconds: number; nanoseconds: number }[] = [];

  constructor(sender: SingleSender, frame: (number: number) => Uint8Array) {
    this.sender = sender;
    this.frame = frame;
  }

  get sent(): number {
    return this.departures.length;
  }

  /** Sends `count` of them within a trial of so many seconds that begins now; ends early when interrupted. */
  async send(count: number, seconds: number): Promise<void> {
    const begin = performance.now();
    for (let i = 0; i < count; i++) {
      const due = begin + seconds * 1000 * (0.25 + (0.5 * (i + 0.5)) / count);
      await pause(Math.max(0, due - performance.now()));
      if (interruption().aborted) return;
      this.sender.send(this.frame(i));
      const { seconds: whole, nanoseconds } = this.sender.sentAt;
      this.departures.push({ seconds: whole, nanoseconds });
    }
  }

  /** Microseconds that those which came have taken. */
  latencies(arrivals: readonly TagArrival[]): number[] {
    return arrivals.flatMap(({ number, seconds, nanoseconds }) => {
      const left = this.departures[number];
      return left ? [(seconds - left.seconds) * 1e6 + (nanoseconds - left.nanoseconds) / 1000] : [];
    });
  }
}
