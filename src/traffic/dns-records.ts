import { writeU16, writeU32 } from '../wire/bytes.js';
import { readNumber } from './arithmetic.js';
import type { Cursor } from './cursor.js';
import { clip, type Token } from './lexer.js';

/** Entries of a DNS message, and the section in which each stands: questions, answers, authority, additional. */
export const DNS_ENTRIES: ReadonlyMap<string, number> = new Map([
  ['qry', 0],
  ['query', 0],
  ['ans', 1],
  ['answer', 1],
  ['auth', 2],
  ['add', 3],
]);
/** Fields that count the entries of each section. */
export const DNS_COUNTS: readonly string[] = ['qdcount', 'ancount', 'nscount', 'arcount'];

export interface DnsEntry {
  readonly section: number;
  readonly bytes: Uint8Array;
}

/** Numbers in an entry, by the largest value; `ttl` and `len` are not for questions. */
const NUMBERS: Readonly<Record<string, number>> = {
  type: 0xffff,
  class: 0xffff,
  ttl: 0xffffffff,
  len: 0xffff,
};
/** What brings the type along with the data (RFC 1035 §3.2.2); `addr` is type 1 or 28 (RFC 3596). */
const NAMED_DATA: Readonly<Record<string, number>> = { ns: 2, cname: 5, ptr: 12 };
const TYPE_A = 1;
const TYPE_AAAA = 28;
/** Words within an entry. */
export const DNS_FIELDS: readonly string[] = [
  'name',
  'data',
  'addr',
  ...Object.keys(NUMBERS),
  ...Object.keys(NAMED_DATA),
];
/** Longest label of a name, and longest name (RFC 1035 §2.3.4). */
const MAX_LABEL = 63;
const MAX_NAME = 255;

interface Draft {
  name: Uint8Array;
  data: Uint8Array;
  readonly numbers: Record<string, number>;
}

/** Reads the parentheses of an entry: `qry(name="example.org", type=1)`, `ans(name="a.b", addr(10.0.0.1), ttl=5)`. */
export function readDnsEntry(cursor: Cursor, word: Token): DnsEntry {
  const section = DNS_ENTRIES.get(word.text) ?? 0;
  // The defaults are trafgen's.
  const draft: Draft =
    section === 0
      ? {
          name: encode('www.netsniff-ng.com') ?? new Uint8Array(1),
          data: new Uint8Array(0),
          numbers: { type: 1 },
        }
      : { name: new Uint8Array(0), data: new Uint8Array(0), numbers: {} };
  cursor.expect('(', `behind ${word.text}`);
  let first = true;
  while (!cursor.is(')')) {
    if (!first && !cursor.accept(',') && !cursor.token.apart) {
      throw cursor.fault(`expected ',' or a space before ${cursor.found()}`);
    }
    if (cursor.is(')')) break;
    first = false;
    readField(cursor, draft, section);
  }
  cursor.take();
  return { section, bytes: entryBytes(draft, section) };
}

function readField(cursor: Cursor, draft: Draft, section: number): void {
  const word = cursor.token;
  const { text } = word;
  const known = word.kind === 'word' && DNS_FIELDS.includes(text);
  if (!known || (section === 0 && !['name', 'type', 'class'].includes(text))) {
    const list = section === 0 ? 'name, type and class' : DNS_FIELDS.join(', ');
    throw cursor.fault(`expected a field of the entry, found ${cursor.found()}; it has ${list}`);
  }
  cursor.take();
  if (text === 'addr' || text in NAMED_DATA) {
    cursor.expect('(', `behind ${text}`);
    draft.data = text === 'addr' ? takeAddress(cursor, draft) : takeName(cursor);
    draft.numbers.type = NAMED_DATA[text] ?? draft.numbers.type;
    cursor.expect(')', `behind the data of ${text}`);
    return;
  }
  cursor.expect('=', `behind ${text}`);
  if (text === 'name') draft.name = takeName(cursor);
  else if (text === 'data') draft.data = takeData(cursor);
  else draft.numbers[text] = takeNumber(cursor, text);
}

function takeNumber(cursor: Cursor, field: string): number {
  const { token } = cursor;
  const value = readNumber(cursor, 'a number');
  if (value < 0n || value > BigInt(NUMBERS[field])) {
    throw cursor.fault(`${field} goes from 0 to ${NUMBERS[field]}, not to ${value}`, token);
  }
  return Number(value);
}

function takeAddress(cursor: Cursor, draft: Draft): Uint8Array {
  const { token } = cursor;
  if (token.kind !== 'ipv4' && token.kind !== 'ipv6') {
    throw cursor.fault(`expected an IPv4 or IPv6 address, found ${cursor.found()}`);
  }
  draft.numbers.type = token.kind === 'ipv4' ? TYPE_A : TYPE_AAAA;
  return cursor.take().bytes;
}

/** An address, or a string with a zero behind it. */
function takeData(cursor: Cursor): Uint8Array {
  const { token } = cursor;
  if (token.kind === 'bytes') {
    const data = new Uint8Array(token.bytes.length + 1);
    data.set(cursor.take().bytes);
    return data;
  }
  if (token.kind === 'ipv4' || token.kind === 'ipv6') return cursor.take().bytes;
  throw cursor.fault(`expected a string or an address, found ${cursor.found()}`);
}

function takeName(cursor: Cursor): Uint8Array {
  const { token } = cursor;
  if (token.kind !== 'bytes') throw cursor.fault(`expected a name in quotes, found ${cursor.found()}`);
  const name = encode(String.fromCharCode(...token.bytes.subarray(0, MAX_NAME + 1)));
  if (name === undefined) {
    const limits = `labels of 1 to ${MAX_LABEL} characters, ${MAX_NAME} bytes in all`;
    throw cursor.fault(`${clip(token.text)} is no domain name: ${limits}`);
  }
  cursor.take();
  return name;
}

/** Labels with their lengths before them, and the root's behind (RFC 1035 §3.1). One byte for each character. */
function encode(text: string): Uint8Array | undefined {
  const labels = text.replace(/\.$/, '').split('.');
  if (text === '' || text === '.') return Uint8Array.of(0);
  if (labels.some((label) => label.length === 0 || label.length > MAX_LABEL)) return undefined;
  const bytes = labels.flatMap((label) => [label.length, ...[...label].map((char) => char.charCodeAt(0))]);
  return bytes.length < MAX_NAME ? Uint8Array.of(...bytes, 0) : undefined;
}

function entryBytes({ name, data, numbers }: Draft, section: number): Uint8Array {
  const fixed = section === 0 ? 4 : 10;
  const bytes = new Uint8Array(name.length + fixed + data.length);
  bytes.set(name);
  writeU16(bytes, name.length, numbers.type ?? 0);
  writeU16(bytes, name.length + 2, numbers.class ?? 1);
  if (section === 0) return bytes;
  writeU32(bytes, name.length + 4, numbers.ttl ?? 1);
  writeU16(bytes, name.length + 8, numbers.len ?? data.length);
  bytes.set(data, name.length + fixed);
  return bytes;
}
