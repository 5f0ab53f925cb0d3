import type { Instance } from './instance.js';

/** The blocks' timers: one each, kept at the block. */
export class Timers {
  /** Blocks whose timer is set, in no order; each knows its place here. */
  private readonly armed: Instance[] = [];
  /** The earliest time at which a block may want to be woken; never too late. */
  private next = Number.POSITIVE_INFINITY;
  private round = 0;
  /** Blocks in the graph: the others sleep on until their change is final or taken back. */
  private readonly isActive: (instance: Instance) => boolean;

  constructor(isActive: (instance: Instance) => boolean) {
    this.isActive = isActive;
  }

  /** Sets an instance's timer; Infinity stops it. Throws RangeError for what is no time. */
  set(instance: Instance, time: number): void {
    if (!(time > Number.NEGATIVE_INFINITY)) throw new RangeError(`wakeAt(${time}): not a time`);
    instance.wakeTime = time;
    if (time === Number.POSITIVE_INFINITY) {
      this.disarm(instance);
    } else {
      if (instance.timerPlace < 0) instance.timerPlace = this.armed.push(instance) - 1;
      if (time < this.next) this.next = time;
    }
  }

  private disarm(instance: Instance): void {
    const place = instance.timerPlace;
    if (place < 0) return;
    instance.timerPlace = -1;
    const last = this.armed.pop() as Instance;
    // Else whoever asks when to come next would be told a time that nobody waits for, for ever.
    if (this.armed.length === 0) this.next = Number.POSITIVE_INFINITY;
    if (last === instance) return;
    this.armed[place] = last;
    last.timerPlace = place;
  }

  get any(): boolean {
    return this.armed.length > 0;
  }

  /** When `takeDue` wants to be called next. */
  get dueAt(): number {
    return this.next;
  }

  /** The graph has changed: blocks that slept may be in it again. */
  refresh(): void {
    this.beginRound();
    this.next = this.earliest()?.wakeTime ?? Number.POSITIVE_INFINITY;
  }

  /** A look at all timers begins: in it, no block is woken twice. */
  beginRound(): void {
    this.round++;
  }

  /** Stops the timer that has run out first, by `time[0]`, and answers its block; null when the round is over. */
  takeDue(time: Float64Array): Instance | null {
    const first = this.earliest();
    if (first === null || first.wakeTime > (time[0] as number)) {
      this.refresh();
      return null;
    }
    first.timerRound = this.round;
    this.set(first, Number.POSITIVE_INFINITY);
    return first;
  }

  /** Of those in the graph and not woken in this round: whose timer runs out first; of equals, the lower IDP. */
  private earliest(): Instance | null {
    let first: Instance | null = null;
    for (const one of this.armed) {
      if (one.timerRound === this.round) continue;
      if (first !== null && one.wakeTime > first.wakeTime) continue;
      if (first !== null && one.wakeTime === first.wakeTime && one.idp > first.idp) continue;
      if (this.isActive(one)) first = one;
    }
    return first;
  }
}
