/** Something that is to be woken at a time. */
export interface Deadlined {
  /** Microseconds; Infinity: never. */
  deadline: number;
  /** Place in the queue, kept by it; -1: not in it. */
  place: number;
}

/** Who is to be woken next: a binary heap, each entry knowing its place, so that a change costs a few steps. */
export class Deadlines<T extends Deadlined> {
  private readonly heap: T[] = [];

  get size(): number {
    return this.heap.length;
  }

  /** When the first is due; Infinity: nobody waits. */
  get next(): number {
    return this.heap.length > 0 ? this.heap[0].deadline : Number.POSITIVE_INFINITY;
  }

  /** Sets when one is to be woken; Infinity takes it out. */
  set(one: T, deadline: number): void {
    if (deadline === Number.POSITIVE_INFINITY) {
      this.remove(one);
      return;
    }
    const earlier = deadline < one.deadline;
    one.deadline = deadline;
    if (one.place < 0) {
      one.place = this.heap.length;
      this.heap.push(one);
      this.up(one.place);
    } else if (earlier) this.up(one.place);
    else this.down(one.place);
  }

  remove(one: T): void {
    const { place } = one;
    one.deadline = Number.POSITIVE_INFINITY;
    if (place < 0) return;
    one.place = -1;
    const last = this.heap.pop();
    if (last === undefined || last === one) return;
    this.put(last, place);
    this.up(place);
    this.down(last.place);
  }

  /** Takes out one that is due; null: none is. */
  take(now: number): T | null {
    if (this.next > now) return null;
    const [first] = this.heap;
    this.remove(first);
    return first;
  }

  private put(one: T, place: number): void {
    this.heap[place] = one;
    one.place = place;
  }

  private up(from: number): void {
    const one = this.heap[from];
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.heap[parent].deadline <= one.deadline) break;
      this.put(this.heap[parent], at);
      at = parent;
    }
    this.put(one, at);
  }

  private down(from: number): void {
    const one = this.heap[from];
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.heap.length) break;
      if (child + 1 < this.heap.length && this.heap[child + 1].deadline < this.heap[child].deadline) child++;
      if (this.heap[child].deadline >= one.deadline) break;
      this.put(this.heap[child], at);
      at = child;
    }
    this.put(one, at);
  }
}
