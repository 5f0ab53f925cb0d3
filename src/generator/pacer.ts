import type { Pace } from './generator.js';
import type { Share } from './packets.js';

/**
 * When the frames of one worker are due, in nanoseconds from the beginning. Every time is computed from the beginning, not
 * from the frame before, so that nothing adds up; several workers take turns.
 */
export interface Pacer {
  /** When the next frame is due. */
  readonly due: number;
  /** From the next frame of this worker to the one behind it, if it has `length` bytes. */
  gap(length: number): number;
  /** So many frames with so many bytes are gone. */
  step(frames: number, bytes: number): void;
  /** All that is to come is due later by so much. */
  postpone(nanoseconds: number): void;
}

/** Null when there is no pace. `at` are the times of the recorded frames, in microseconds. */
export function pacerFor(pace: Pace, share: Share, at: readonly number[] | undefined): Pacer | null {
  switch (pace.kind) {
    case 'full':
      return null;
    case 'gap':
      return new FramePacer(pace.nanoseconds, share);
    case 'packets':
      return new FramePacer(1e9 / pace.perSecond, share);
    case 'bits':
      return new BitPacer(pace.perSecond, share);
    case 'recorded':
      return new RecordedPacer(at ?? [0]);
  }
}

/** The n-th frame of all is due n gaps after the beginning. */
class FramePacer implements Pacer {
  private readonly distance: number;
  private readonly workers: number;
  private next: number;
  private shift = 0;

  constructor(nanoseconds: number, { worker, workers }: Share) {
    this.distance = nanoseconds;
    this.workers = workers;
    this.next = worker;
  }

  get due(): number {
    return this.shift + this.next * this.distance;
  }

  gap(): number {
    return this.distance * this.workers;
  }

  step(frames: number): void {
    this.next += frames * this.workers;
  }

  postpone(nanoseconds: number): void {
    this.shift += nanoseconds;
  }
}

/** A frame is due when all bits before it have had their time. */
class BitPacer implements Pacer {
  private readonly nanosPerByte: number;
  private readonly share: Share;
  private bytes = 0;
  private shift = 0;
  /** Known with the first frame: a worker begins when those before it have sent theirs. */
  private offset = -1;

  constructor(bitsPerSecond: number, share: Share) {
    this.nanosPerByte = (8e9 * share.workers) / bitsPerSecond;
    this.share = share;
  }

  get due(): number {
    return this.shift + Math.max(0, this.offset) + this.bytes * this.nanosPerByte;
  }

  gap(length: number): number {
    const gap = length * this.nanosPerByte;
    if (this.offset < 0) this.offset = (gap * this.share.worker) / this.share.workers;
    return gap;
  }

  step(_frames: number, bytes: number): void {
    this.bytes += bytes;
  }

  postpone(nanoseconds: number): void {
    this.shift += nanoseconds;
  }
}

/** Frames keep the distances of their recording. From the last one to the first again it is the mean of these. */
class RecordedPacer implements Pacer {
  private readonly at: readonly number[];
  private readonly period: number;
  private next = 0;
  private shift = 0;

  constructor(micros: readonly number[]) {
    this.at = micros.map((time) => time * 1000);
    const last = this.at[this.at.length - 1];
    this.period = last + (this.at.length > 1 ? last / (this.at.length - 1) : 0);
  }

  get due(): number {
    return this.shift + this.time(this.next);
  }

  gap(): number {
    return this.time(this.next + 1) - this.time(this.next);
  }

  step(frames: number): void {
    this.next += frames;
  }

  postpone(nanoseconds: number): void {
    this.shift += nanoseconds;
  }

  private time(n: number): number {
    const { length } = this.at;
    return Math.floor(n / length) * this.period + this.at[n % length];
  }
}
