import { addressOf } from './libc.js';

/** A piece of memory with a fixed address. The three views show the same bytes. */
export interface Region {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly view: DataView;
}

/**
 * Owner of all memory whose address is stored where the garbage collector cannot see it (inside an
 * iovec, a message header, a bpf attribute). What it gives out lives as long as the arena does;
 * whoever makes system calls keeps the arena.
 */
export class Arena {
  private readonly kept: ArrayBufferLike[] = [];

  /** Fresh zeroed memory; the length is rounded up to eight bytes. */
  allocate(length: number): Region {
    // An ArrayBuffer's bytes lie outside of the collected heap and never move.
    const buffer = new ArrayBuffer((length + 7) & ~7);
    return {
      address: this.hold(buffer),
      bytes: new Uint8Array(buffer),
      words: new Uint32Array(buffer),
      view: new DataView(buffer),
    };
  }

  /** Keeps somebody else's memory alive too and answers its address. */
  hold(buffer: ArrayBufferLike): number {
    if (!this.kept.includes(buffer)) this.kept.push(buffer);
    return addressOf(buffer);
  }
}

/** High half of an address, for storing it as two words without making a BigInt. */
export function highWord(address: number): number {
  return Math.floor(address / 0x1_0000_0000);
}
