import { DNS } from './application-headers.js';
import { readNumber } from './arithmetic.js';
import type { Cursor } from './cursor.js';
import { DNS_COUNTS, DNS_ENTRIES, type DnsEntry, readDnsEntry } from './dns-records.js';
import { readFieldFunction } from './field-functions.js';
import { append } from './functions.js';
import {
  type FieldPart,
  type HeaderField,
  type HeaderShape,
  maskOf,
  partField,
  shiftOf,
} from './header-shape.js';
import { fieldOf, placeHeader, setBytes, setDefault, setNumber } from './headers.js';
import { clip, type Token } from './lexer.js';
import type { PacketDraft, PlacedHeader } from './packet-draft.js';
import type { TrafficSurroundings } from './traffic.js';

/** Reads the parentheses of a header and writes it: `(field=value, flag, field[0]=dinc())`. */
export function readHeader(
  cursor: Cursor,
  draft: PacketDraft,
  shape: HeaderShape,
  name: Token,
  surroundings: TrafficSurroundings,
): void {
  const header = placeHeader(cursor, draft, shape, name, surroundings);
  cursor.expect('(', `behind ${name.text}`);
  const entries: DnsEntry[] = [];
  let first = true;
  while (!cursor.is(')')) {
    if (!first && !cursor.accept(',') && !cursor.token.apart) {
      throw cursor.fault(`expected ',' or a space before ${cursor.found()}`);
    }
    if (cursor.is(')')) break;
    if (cursor.token.kind !== 'word') {
      throw cursor.fault(`expected a field of ${name.text} or ')', found ${cursor.found()}`);
    }
    first = false;
    if (shape === DNS && DNS_ENTRIES.has(cursor.token.text))
      entries.push(readDnsEntry(cursor, cursor.take()));
    else readAssignment(cursor, draft, header);
  }
  cursor.take();
  if (shape === DNS) appendEntries(cursor, draft, header, entries, name);
}

/** Writes the entries of a DNS message, section by section, and their counts. */
function appendEntries(
  cursor: Cursor,
  draft: PacketDraft,
  header: PlacedHeader,
  entries: readonly DnsEntry[],
  name: Token,
): void {
  for (const [section, count] of DNS_COUNTS.entries()) {
    const here = entries.filter((entry) => entry.section === section);
    setDefault(draft, header, count, here.length);
    if (count === 'ancount' && here.length > 0) setDefault(draft, header, 'qr', 1);
    for (const { bytes } of here) {
      const at = append(cursor, draft, bytes.length, name);
      draft.bytes.set(bytes, at);
    }
  }
}

function readAssignment(cursor: Cursor, draft: PacketDraft, header: PlacedHeader): void {
  const { shape } = header;
  const name = cursor.take();
  const field = findField(cursor, shape, name);
  const values = shape.words?.[name.text];
  const part = field === undefined ? undefined : readPart(cursor, field, name);
  if (part === undefined && !cursor.is('=')) {
    if (values !== undefined) {
      for (const { field: set, value } of values) assign(draft, header, fieldOf(shape, set), value);
      return;
    }
    if (field?.flag) {
      assign(draft, header, field, 1);
      return;
    }
  }
  if (field === undefined) throw unknownField(cursor, shape, name);
  cursor.expect('=', `behind ${name.text}`);
  if (readFieldFunction(cursor, draft, header, field, part)) return;
  readValue(cursor, draft, header, field, part);
}

/** The field of this name; `prio(3)` is three tokens. */
function findField(cursor: Cursor, shape: HeaderShape, name: Token): HeaderField | undefined {
  const find = (text: string) => {
    return shape.fields.find((field) => !field.hidden && field.names.includes(text));
  };
  if (!cursor.is('(')) return find(name.text);
  cursor.take();
  const index = readNumber(cursor, 'a priority');
  cursor.expect(')', 'behind the priority');
  const field = find(`${name.text}(${index})`);
  if (field === undefined && find(`${name.text}(0)`) !== undefined) {
    throw cursor.fault(`${shape.names[0]} has the priorities 0 to 7, not ${index}`, name);
  }
  return field;
}

function unknownField(cursor: Cursor, shape: HeaderShape, name: Token): Error {
  const known = shape.fields.filter(({ hidden }) => !hidden).map(({ names }) => names[0]);
  const words = Object.keys(shape.words ?? {});
  const list = [...known, ...words].join(', ').replace(/prio\(0\).*/, 'prio(0-7), time(0-7)');
  return cursor.fault(`${shape.names[0]} has no field ${clip(name.text)}; it has ${list}`, name);
}

/** `[2]` or `[2:4]` behind the name of a field. */
function readPart(cursor: Cursor, field: HeaderField, name: Token): FieldPart | undefined {
  if (!cursor.accept('[')) return undefined;
  const index = readNumber(cursor, 'the number of a byte');
  const length = cursor.accept(':') ? readNumber(cursor, '1, 2 or 4') : 1n;
  cursor.expect(']', `behind the bytes of ${name.text}`);
  if (length !== 1n && length !== 2n && length !== 4n) {
    throw cursor.fault(`${name.text}[${index}:${length}]: a part is 1, 2 or 4 bytes long`, name);
  }
  if (index < 0n || index + length > BigInt(field.width)) {
    throw cursor.fault(
      `${name.text} has ${field.width} bytes, numbered from 0: the part does not lie in it`,
      name,
    );
  }
  return { index: Number(index), length: length === 1n ? 1 : length === 2n ? 2 : 4 };
}

function readValue(
  cursor: Cursor,
  draft: PacketDraft,
  header: PlacedHeader,
  field: HeaderField,
  part: FieldPart | undefined,
): void {
  const { token } = cursor;
  const address = part === undefined ? addressKind(field) : undefined;
  if (address !== undefined && token.kind === address) {
    header.set.add(field.names[0]);
    setBytes(draft, header, field.names[0], cursor.take().bytes);
    return;
  }
  const word = token.kind === 'word' ? field.words?.[token.text] : undefined;
  if (part === undefined && word !== undefined) {
    cursor.take();
    assign(draft, header, field, word);
    return;
  }
  if (part === undefined && (field.width === 6 || field.width === 16)) {
    const kind = field.width === 6 ? 'a hardware address' : 'an IPv6 address';
    throw cursor.fault(`expected ${kind}, dinc() or drnd(), found ${cursor.found()}`);
  }
  const wanted = address === 'ipv4' ? 'an IPv4 address, a number' : 'a number';
  const value = readNumber(cursor, `${wanted}, dinc() or drnd()`);
  const target = part === undefined ? field : partField(field, part);
  assign(draft, header, target, fitting(cursor, target, value, token), field);
}

function addressKind(field: HeaderField): 'mac' | 'ipv4' | 'ipv6' | undefined {
  if (field.width === 6) return 'mac';
  if (field.width === 16) return 'ipv6';
  return field.width === 4 && field.mask === undefined ? 'ipv4' : undefined;
}

function assign(
  draft: PacketDraft,
  header: PlacedHeader,
  field: HeaderField,
  value: number,
  named: HeaderField = field,
): void {
  setNumber(draft, header, field, value);
  header.set.add(named.names[0]);
}

/** The lowest bits of a number that a field has room for; the cursor is told when there are more. */
function fitting(cursor: Cursor, field: HeaderField, value: bigint, token: Token): number {
  const mask = maskOf(field) >>> 0;
  const largest = BigInt(mask >>> shiftOf(mask));
  if (value > largest || value < -(largest + 1n) / 2n) {
    cursor.warn(
      `${value} is too large: ${field.names[0]} goes up to ${largest}, the lowest bits are taken`,
      token.at,
    );
  }
  return Number(value & largest);
}
