import { QuipuError } from '../contract/error.js';
import type { LinkContext } from '../contract/link.js';
import { HOME } from '../engine/crossing.js';
import type { FanoutSeat } from '../links/af-packet/fanout.js';

/** Most network interfaces that one change can open. */
const ROWS = 1024;
const COLUMNS = 3;

export function createFanoutWords(): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * (1 + COLUMNS * ROWS));
}

/**
 * How the links that several engines open to one device find each other: the first engine, which goes first in every
 * change, makes a group of sockets and notes the kernel's number for it; the others look it up and join.
 */
export class FanoutTable {
  private readonly words: Int32Array;
  private readonly number: number;

  constructor(number: number, words: SharedArrayBuffer) {
    this.number = number;
    this.words = new Int32Array(words);
  }

  /** A change begins: what was noted in the last one is of no use any more. */
  clear(): void {
    Atomics.store(this.words, 0, 0);
  }

  /** The place of a link, which a block asks for, among those to the same device. Throws QuipuError. */
  seat({ owner }: LinkContext): FanoutSeat {
    const { idp, nth } = owner ?? { idp: 0, nth: 0 };
    if (this.number === HOME) return { join: null, made: (group) => this.note(idp, nth, group) };
    return { join: this.find(idp, nth), made: () => {} };
  }

  private note(idp: number, nth: number, group: number): void {
    const rows = Atomics.load(this.words, 0);
    if (rows === ROWS) {
      throw new QuipuError(
        'limit',
        `a change can open ${ROWS} network interfaces with several engines: make two of it`,
      );
    }
    this.words.set([idp, nth, group], 1 + COLUMNS * rows);
    Atomics.store(this.words, 0, rows + 1);
  }

  private find(idp: number, nth: number): number {
    const rows = Atomics.load(this.words, 0);
    for (let row = 0; row < rows; row++) {
      const at = 1 + COLUMNS * row;
      if (this.words[at] === idp && this.words[at + 1] === nth) return this.words[at + 2];
    }
    throw new Error(`the first engine has opened no link number ${nth} for IDP${idp}`);
  }
}
