/** Something that stands in a line; its neighbours in it are kept by the line. */
export interface InLine<T> {
  before: T | null;
  behind: T | null;
  isInLine: boolean;
}

/** A line in which one can be taken out of the middle: every step costs the same, however long it is. */
export class WaitingLine<T extends InLine<T>> {
  first: T | null = null;
  private last: T | null = null;

  /** Puts one at the end; from where it was, if it is in the line. */
  push(one: T): void {
    this.remove(one);
    one.isInLine = true;
    one.before = this.last;
    if (this.last !== null) this.last.behind = one;
    else this.first = one;
    this.last = one;
  }

  remove(one: T): void {
    if (!one.isInLine) return;
    one.isInLine = false;
    if (one.before !== null) one.before.behind = one.behind;
    else this.first = one.behind;
    if (one.behind !== null) one.behind.before = one.before;
    else this.last = one.before;
    one.before = null;
    one.behind = null;
  }
}
