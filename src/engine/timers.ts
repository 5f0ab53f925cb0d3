import type { Instance } from './instance.js';

/** The blocks' timers: one each, kept at the block. */
export class Timers {
  private readonly armed = new Set<Instance>();
  /** The earliest time at which a block may want to be woken; never too late. */
  private next = Number.POSITIVE_INFINITY;
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
      this.armed.delete(instance);
    } else {
      this.armed.add(instance);
      if (time < this.next) this.next = time;
    }
  }

  get any(): boolean {
    return this.armed.size > 0;
  }

  /** When `takeDue` wants to be called next. */
  get dueAt(): number {
    return this.next;
  }

  /** The graph has changed: blocks that slept may be in it again. */
  refresh(): void {
    this.next = Number.POSITIVE_INFINITY;
    for (const one of this.armed)
      if (this.isActive(one) && one.wakeTime < this.next) this.next = one.wakeTime;
  }

  /** Stops the timers that have run out and answers their blocks, the earliest first. */
  takeDue(now: number): Instance[] {
    const due: Instance[] = [];
    for (const one of this.armed) if (one.wakeTime <= now && this.isActive(one)) due.push(one);
    due.sort((a, b) => a.wakeTime - b.wakeTime || a.idp - b.idp);
    for (const one of due) this.set(one, Number.POSITIVE_INFINITY);
    this.refresh();
    return due;
  }
}
