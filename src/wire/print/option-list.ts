import type { LayerWriter } from './writer.js';

const END = 0;
const NOP = 1;

/** A kind of option of IPv4 or TCP: its name, the lengths that it may have, and what its bytes say. */
export interface OptionKind {
  readonly name: string;
  /** Whole lengths, kind and length bytes included, that are right. */
  readonly fits: (length: number) => boolean;
  /** What stands in the list; the option begins at `at` and is wholly at hand. */
  readonly tell: (bytes: Uint8Array, at: number, length: number) => string;
}

/**
 * Takes down the options between two places of a header (kind, length, value; kinds 0 and 1 a byte alone) and answers their
 * list. Those behind one whose length is impossible are not told.
 */
export function printOptions(
  w: LayerWriter,
  from: number,
  to: number,
  kinds: Readonly<Record<number, OptionKind>>,
): string[] {
  const texts: string[] = [];
  const end = Math.min(to, w.atHand);
  let at = from;
  while (at < end) {
    const kind = w.bytes[w.offset + at];
    if (kind === END || kind === NOP) {
      const name = kind === END ? 'eol' : 'nop';
      w.note('option', name, at, 1);
      texts.push(name);
      if (kind === END) break;
      at++;
      continue;
    }
    const known = kinds[kind];
    const name = known?.name ?? `kind ${kind}`;
    const length = at + 1 < end ? w.bytes[w.offset + at + 1] : 0;
    if (at + 1 >= to) w.fault(`option ${name} without a length`, at);
    else if (at + 1 < end && (length < 2 || at + length > to))
      w.fault(`option ${name} of length ${length}, ${to - at} there`, at + 1);
    if (at + 1 >= end || length < 2 || at + length > end) break;
    const fits = known?.fits(length) ?? true;
    if (!fits) w.fault(`option ${name} of length ${length}`, at + 1);
    const value = known !== undefined && fits ? known.tell(w.bytes, w.offset + at, length) : '';
    const text = value === '' ? name : `${name} ${value}`;
    w.note('option', text, at, length);
    texts.push(text);
    at += length;
  }
  return texts;
}
