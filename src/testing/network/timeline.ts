interface Happening {
  readonly at: number;
  readonly order: number;
  readonly happens: () => void;
}

/** What is to happen in virtual time: a binary heap, in the order of time, and of asking where times are equal. */
export class Timeline {
  private readonly heap: Happening[] = [];
  private asked = 0;

  get size(): number {
    return this.heap.length;
  }

  /** When the first is due; Infinity: nothing is to happen. */
  get next(): number {
    return this.heap.length > 0 ? this.heap[0].at : Number.POSITIVE_INFINITY;
  }

  add(at: number, happens: () => void): void {
    const one: Happening = { at, order: this.asked++, happens };
    const { heap } = this;
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (isBefore(heap[parent], one)) break;
      heap[place] = heap[parent];
      place = parent;
    }
    heap[place] = one;
  }

  /** Takes the first out, if it is due at that time, and does it. */
  doNext(now: number): boolean {
    const { heap } = this;
    if (this.next > now) return false;
    const [first] = heap;
    const last = heap.pop();
    if (last !== undefined && last !== first) this.sink(last);
    first.happens();
    return true;
  }

  /** Puts one where the first was, and lets it sink to its place. */
  private sink(one: Happening): void {
    const { heap } = this;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (isBefore(one, heap[child])) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = one;
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
