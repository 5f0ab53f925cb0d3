import { readExpression, readNumber } from './arithmetic.js';
import { type CallKind, checksumCall } from './checksum-call.js';
import type { Cursor } from './cursor.js';
import type { Token } from './lexer.js';
import { MAX_CHECKSUMS, MAX_PACKET, type PacketDraft } from './packet-draft.js';

/** Reads the parentheses of a function and writes what it stands for. */
type Reader = (cursor: Cursor, draft: PacketDraft, name: Token, random: () => number) => void;

/** The functions that stand between the braces of a packet, by name. */
export const FUNCTIONS: ReadonlyMap<string, Reader> = new Map([
  ['fill', readFill],
  ['rnd', readRandom],
  ['drnd', readRandomEachTime],
  ['seqinc', (cursor, draft, name) => readSequence(cursor, draft, name, 1)],
  ['seqdec', (cursor, draft, name) => readSequence(cursor, draft, name, -1)],
  ['dinc', (cursor, draft, name) => readCounter(cursor, draft, name, 1)],
  ['ddec', (cursor, draft, name) => readCounter(cursor, draft, name, -1)],
  ...constants('c8', 'const8', 1),
  ...constants('c16', 'const16', 2),
  ...constants('c32', 'const32', 4),
  ...constants('c64', 'const64', 8),
  ...['csum16', 'csumip', 'csumip4', 'csumicmp', 'csumicmp4'].map((name) => checksum(name, 'plain')),
  checksum('csumudp', 'udp'),
  checksum('csumtcp', 'tcp'),
  checksum('csumudp6', 'udp6'),
  checksum('csumtcp6', 'tcp6'),
  checksum('csumicmp6', 'icmp6'),
] satisfies [string, Reader][]);

/** Adds zeros at the end of the packet and answers where; a fault at `token` when it grows too long. */
export function append(cursor: Cursor, draft: PacketDraft, length: number, token: Token): number {
  const at = draft.grow(length);
  if (at < 0) throw cursor.fault(`the packet would be longer than ${MAX_PACKET} bytes`, token);
  return at;
}

/** The lowest 8 bits of a number; the cursor is told when there are more. */
export function lowestByte(cursor: Cursor, value: bigint, at: number): number {
  if (value < -128n || value > 255n) {
    cursor.warn(`${value} does not fit a byte: its lowest 8 bits, ${value & 0xffn}, are taken`, at);
  }
  return Number(value & 0xffn);
}

/** Numbers in parentheses, separated by commas or white space: `least` to `most` of them. */
export function readArguments(cursor: Cursor, name: Token, least: number, most: number): bigint[] {
  cursor.expect('(', `behind ${name.text}`);
  const values: bigint[] = [];
  while (!cursor.is(')')) {
    if (values.length > 0 && !cursor.accept(',') && !cursor.token.apart) break;
    if (values.length === most) throw cursor.fault(`${name.text} takes ${countText(least, most)}`);
    values.push(readNumber(cursor, `a number or ')' in ${name.text}()`));
  }
  cursor.expect(')', `behind the arguments of ${name.text}`);
  if (values.length < least) {
    throw cursor.fault(`${name.text} takes ${countText(least, most)}, not ${values.length}`, name);
  }
  return values;
}

function countText(least: number, most: number): string {
  if (most === 1) return 'one number';
  if (least === most) return `${least} numbers`;
  return `${least} ${most === least + 1 ? 'or' : 'to'} ${most} numbers`;
}

/** A count of bytes: a fault when no packet could hold them. */
function byteCount(cursor: Cursor, value: bigint, name: Token): number {
  if (value < 0n || value > BigInt(MAX_PACKET)) {
    throw cursor.fault(`${name.text} makes 0 to ${MAX_PACKET} bytes, not ${value}`, name);
  }
  return Number(value);
}

function readFill(cursor: Cursor, draft: PacketDraft, name: Token): void {
  const [content, times] = readArguments(cursor, name, 2, 2);
  const length = byteCount(cursor, times, name);
  const at = append(cursor, draft, length, name);
  draft.bytes.fill(lowestByte(cursor, content, name.at), at, at + length);
}

function readRandom(cursor: Cursor, draft: PacketDraft, name: Token, random: () => number): void {
  const [times = 1n] = readArguments(cursor, name, 0, 1);
  const length = byteCount(cursor, times, name);
  const at = append(cursor, draft, length, name);
  const { bytes } = draft;
  for (let i = at; i < at + length; i++) bytes[i] = random() >>> 24;
}

function readRandomEachTime(cursor: Cursor, draft: PacketDraft, name: Token): void {
  const [times = 1n] = readArguments(cursor, name, 0, 1);
  const length = byteCount(cursor, times, name);
  const at = append(cursor, draft, length, name);
  if (length > 0) draft.steps.push({ kind: 'random-bytes', at, length, lowest: 0, span: 256 });
}

function readSequence(cursor: Cursor, draft: PacketDraft, name: Token, sign: 1 | -1): void {
  const [start, times, step = 1n] = readArguments(cursor, name, 2, 3);
  const length = byteCount(cursor, times, name);
  const at = append(cursor, draft, length, name);
  const { bytes } = draft;
  const first = lowestByte(cursor, start, name.at);
  const distance = sign * lowestByte(cursor, step, name.at);
  for (let i = 0; i < length; i++) bytes[at + i] = first + i * distance;
}

/** A byte that has counted once when it is first sent: `dinc(1, 5)` begins with 2, `ddec(1, 5)` with 4. */
function readCounter(cursor: Cursor, draft: PacketDraft, name: Token, sign: 1 | -1): void {
  const values = readArguments(cursor, name, 2, 3).map((value) => lowestByte(cursor, value, name.at));
  const [lowest, highest, distance = 1] = values;
  if (lowest > highest) {
    throw cursor.fault(
      `${name.text} counts from a smallest to a largest value: ${lowest} > ${highest}`,
      name,
    );
  }
  const span = highest - lowest + 1;
  const step = sign > 0 ? distance % span : (span - (distance % span)) % span;
  const start = sign > 0 ? 0 : span - 1;
  const next = lowest + ((start + step) % span);
  draft.steps.push({ kind: 'count-byte', at: append(cursor, draft, 1, name), next, lowest, span, step });
}

function constants(short: string, long: string, width: 1 | 2 | 4 | 8): [string, Reader][] {
  const bits = 8 * width;
  const read: Reader = (cursor, draft, name) => {
    cursor.expect('(', `behind ${name.text}`);
    const value = readExpression(cursor);
    cursor.expect(')', `behind the expression of ${name.text}`);
    if (width < 8 && (value < -(1n << BigInt(bits - 1)) || value >= 1n << BigInt(bits))) {
      cursor.warn(`${value} does not fit ${bits} bits: the lowest are taken`, name.at);
    }
    const at = append(cursor, draft, width, name);
    const { bytes } = draft;
    for (let i = 0; i < width; i++) bytes[at + i] = Number((value >> BigInt(bits - 8 - 8 * i)) & 0xffn);
  };
  return [
    [short, read],
    [long, read],
  ];
}

function checksum(name: string, kind: CallKind): [string, Reader] {
  return [
    name,
    (cursor, draft, token) => {
      const [first, second] = readArguments(cursor, token, 2, 2);
      if (first < 0n || second < 0n) throw cursor.fault(`${name} takes places in the packet, from 0`, token);
      if (draft.calls.length === MAX_CHECKSUMS) {
        throw cursor.fault(`a packet has ${MAX_CHECKSUMS} checksum functions at most`, token);
      }
      const at = append(cursor, draft, 2, token);
      const [from, to] = [first, second].map((place) => Number(place > MAX_PACKET ? MAX_PACKET : place));
      if (from === to) throw cursor.fault(`${name} needs two places, not twice ${from}`, token);
      const places = { at, from: Math.min(from, to), to: Math.max(from, to) };
      draft.calls.push(checksumCall(kind, places, (message) => cursor.fault(message, token)));
    },
  ];
}
