import type { Cursor } from './cursor.js';
import { readArguments } from './functions.js';
import { type FieldPart, type HeaderField, partField } from './header-shape.js';
import { placeOf } from './headers.js';
import type { Token } from './lexer.js';
import type { PacketDraft, PlacedHeader } from './packet-draft.js';
import { readBits } from './packet-program.js';

/** The largest number of a counter without bounds: trafgen's never reach 2^32 - 1. */
const HIGHEST = 2 ** 32 - 2;
const LARGEST = 2n ** 32n - 2n;

/** Reads `dinc(…)` or `drnd(…)` as the value of a field, when that is what stands here; answers whether it was. */
export function readFieldFunction(
  cursor: Cursor,
  draft: PacketDraft,
  header: PlacedHeader,
  field: HeaderField,
  part: FieldPart | undefined,
): boolean {
  if (!cursor.is('dinc') && !cursor.is('drnd')) return false;
  const name = cursor.take();
  const numbers = readArguments(cursor, name, 0, name.text === 'dinc' ? 3 : 2);
  for (const value of numbers) {
    if (value < 0n || value > LARGEST)
      throw cursor.fault(`${name.text} takes numbers up to ${LARGEST}`, name);
  }
  const target = part === undefined ? field : partField(field, part);
  if (name.text === 'dinc') addCounter(cursor, draft, header, target, name, numbers.map(Number));
  else addRandom(cursor, draft, header, target, name, numbers.map(Number));
  // A checksum that is written by a function is not computed; other fields get their default all the same.
  if (field.names[0] === 'csum') header.set.add('csum');
  return true;
}

/** `dinc()`, `dinc(step)`, `dinc(min, max)`, `dinc(min, max, step)`; of long fields the last four bytes count. */
function addCounter(
  cursor: Cursor,
  draft: PacketDraft,
  header: PlacedHeader,
  field: HeaderField,
  name: Token,
  numbers: readonly number[],
): void {
  const place = placeOf(header, field);
  const bounded = numbers.length > 1;
  const [lowest, highest] = bounded ? numbers : [0, 0];
  checkOrder(cursor, name, lowest, highest);
  draft.steps.push({
    kind: 'count-field',
    place,
    next: bounded ? lowest : readBits(draft.bytes, place),
    lowest,
    highest: highest === 0 ? HIGHEST : highest,
    step: bounded ? (numbers[2] ?? 1) : (numbers[0] ?? 1),
  });
}

/** `drnd()` or `drnd(min, max)`; in long fields each byte is drawn for itself. */
function addRandom(
  cursor: Cursor,
  draft: PacketDraft,
  header: PlacedHeader,
  field: HeaderField,
  name: Token,
  numbers: readonly number[],
): void {
  if (numbers.length === 1) throw cursor.fault('drnd takes a smallest and a largest value, or nothing', name);
  const [lowest = 0, highest = 0] = numbers;
  checkOrder(cursor, name, lowest, highest);
  const span = highest === 0 ? 2 ** 32 : highest - lowest + 1;
  if (field.width === 6 || field.width === 16) {
    const { width } = field;
    const bytes = { lowest: lowest & 0xff, span: Math.min(span, 256) };
    draft.steps.push({ kind: 'random-bytes', at: header.at + field.at, length: width, ...bytes });
  } else {
    draft.steps.push({ kind: 'random-field', place: placeOf(header, field), lowest, span });
  }
}

/** As for trafgen, a largest value of 0 says that there is none. */
function checkOrder(cursor: Cursor, name: Token, lowest: number, highest: number): void {
  if (lowest > 0 && lowest >= highest) {
    throw cursor.fault(
      `${name.text} goes from a smallest to a largest value: ${lowest} is not below ${highest}`,
      name,
    );
  }
}
