/** Bytes of a page of memory. */
const PAGE = 4096;

/** Keeps account of the part of a pool's memory in which links have their rings. First fit; whole pages. */
export class RingSpace {
  private readonly begin: number;
  private readonly end: number;
  /** Taken pieces in the order of their offsets. */
  private readonly taken: { readonly offset: number; readonly end: number }[] = [];

  /** The space between two offsets of the memory. */
  constructor(from: number, to: number) {
    this.begin = upToPage(from);
    this.end = to - (to % PAGE);
  }

  claim(bytes: number): number {
    const length = upToPage(bytes);
    let offset = this.begin;
    let at = 0;
    for (; at < this.taken.length && this.taken[at].offset - offset < length; at++) {
      offset = this.taken[at].end;
    }
    if (!(length > 0 && offset + length <= this.end)) return -1;
    this.taken.splice(at, 0, { offset, end: offset + length });
    return offset;
  }

  giveBack(offset: number): void {
    const at = this.taken.findIndex((piece) => piece.offset === offset);
    if (at < 0) throw new RangeError(`no ring lies at ${offset}`);
    this.taken.splice(at, 1);
  }
}

function upToPage(bytes: number): number {
  return Math.ceil(bytes / PAGE) * PAGE;
}
