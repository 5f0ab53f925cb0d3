import { type DecodedPacket, type Answer as DnsRecord, decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { addressBytes } from '../inet-text.js';

export type RecordType = 'A' | 'AAAA';

/** What one packet asks. */
export interface Question {
  readonly id: number;
  /** As `plainName` gives it. */
  readonly name: string;
  readonly type: RecordType;
  /** Says that longer datagrams than 512 bytes are taken (RFC 6891); servers that do not know of it complain. */
  readonly edns: boolean;
}

/** What a packet says about a question. Times are in seconds. */
export type Answer =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[]; readonly ttl: number }
  /** The name stands for another, about which nothing is said. */
  | { readonly kind: 'alias'; readonly name: string; readonly hops: number; readonly ttl: number }
  /** There is no such name, or it has no such address; a time of 0: not to be kept. */
  | { readonly kind: 'none'; readonly ttl: number }
  /** All of it goes by TCP only. */
  | { readonly kind: 'truncated' }
  | { readonly kind: 'no-edns' }
  /** The server cannot or will not say (SERVFAIL, REFUSED and the like). */
  | { readonly kind: 'unable' };

/** Bytes of the longest datagram that goes whole nearly everywhere (DNS flag day 2020). */
const DATAGRAM = 1232;
const HEADER = 12;
const NO_ERROR = 0;
const FORMAT_ERROR = 1;
const NO_SUCH_NAME = 3;
const NOT_IMPLEMENTED = 4;
/** Names that stand for other names, one after the other. */
export const MOST_ALIASES = 16;
/** Seconds. Longer times are cut: RFC 8767 §4 says a week, RFC 2308 §5 one to three hours for what is not there. */
const LONGEST = 604_800;
const LONGEST_NONE = 10_800;

/** The packet that asks. */
export function questionBytes({ id, name, type, edns }: Question): Uint8Array {
  return encode({
    ...{ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type, name, class: 'IN' }] },
    additionals: edns
      ? [
          {
            ...{ type: 'OPT', name: '.', udpPayloadSize: DATAGRAM, extendedRcode: 0, ednsVersion: 0 },
            ...{ flags: 0, flag_do: false, options: [] },
          },
        ]
      : [],
  });
}

/** What a packet answers to a question; null: it is no answer to it, or no whole packet. Never throws. */
export function readAnswer(bytes: Uint8Array, question: Question): Answer | null {
  if (bytes.length < HEADER || ((bytes[0] << 8) | bytes[1]) !== question.id) return null;
  const isAnswer = (bytes[2] & 0xf8) === 0x80; // QR, and operation 0
  const questions = (bytes[4] << 8) | bytes[5];
  const code = bytes[3] & 0x0f;
  if (!isAnswer || questions > 1) return null;
  const hatesEdns = question.edns && (code === FORMAT_ERROR || code === NOT_IMPLEMENTED);
  // Who cannot read a question cannot always repeat it.
  if (questions === 0) return hatesEdns ? { kind: 'no-edns' } : null;
  // First of all, and alone: a long packet takes long to read (RFC 1035 §4.1.4: pointers to pointers).
  if (!repeatsQuestion(bytes, question)) return null;
  const packet = decoded(bytes);
  if (packet === null) return truncatedAt(bytes);
  if (hatesEdns) return { kind: 'no-edns' };
  if (packet.flag_tc) return { kind: 'truncated' };
  if (code !== NO_ERROR && code !== NO_SUCH_NAME) return { kind: 'unable' };
  return follow(packet, question, code === NO_SUCH_NAME);
}

function decoded(bytes: Uint8Array): DecodedPacket | null {
  try {
    const packet = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    // It reads beyond the end without a word.
    return decode.bytes <= bytes.length ? packet : null;
  } catch {
    return null;
  }
}

/** Only its beginning is read: a server may cut an answer in the middle of a record (RFC 2181 §9). */
function repeatsQuestion(bytes: Uint8Array, question: Question): boolean {
  const head = Buffer.from(bytes);
  head.fill(0, 6, HEADER);
  const packet = decoded(head);
  return packet !== null && isAbout(packet, question);
}

function truncatedAt(bytes: Uint8Array): Answer | null {
  return (bytes[2] & 0x02) !== 0 ? { kind: 'truncated' } : null;
}

function isAbout(packet: DecodedPacket, { name, type }: Question): boolean {
  const [asked] = packet.questions ?? [];
  return (
    asked !== undefined &&
    asked.name.toLowerCase() === name &&
    asked.type === type &&
    (asked.class ?? 'IN') === 'IN'
  );
}

/** Goes from the name asked for along its aliases; records about other names are not looked at (RFC 5452 §6). */
function follow(packet: DecodedPacket, { name, type }: Question, isUnknown: boolean): Answer {
  const records = packet.answers ?? [];
  let at = name;
  let ttl = LONGEST;
  let hops = 0;
  while (hops <= MOST_ALIASES) {
    const here = records.filter((record) => isOf(record, at));
    const addresses: string[] = [];
    for (const record of here) {
      if (record.type !== type || addressBytes(record.data) === null) continue;
      addresses.push(record.data);
      ttl = Math.min(ttl, timeOf(record.ttl));
    }
    if (addresses.length > 0) return { kind: 'addresses', addresses, ttl };
    const alias = here.find((record) => record.type === 'CNAME');
    if (alias?.type !== 'CNAME') break;
    at = alias.data.toLowerCase();
    ttl = Math.min(ttl, timeOf(alias.ttl));
    hops++;
  }
  if (hops > MOST_ALIASES) return { kind: 'unable' };
  const denied = denial(packet);
  if (hops === 0 || isUnknown || denied !== null) return { kind: 'none', ttl: Math.min(ttl, denied ?? 0) };
  return { kind: 'alias', name: at, hops, ttl };
}

function isOf(record: DnsRecord, name: string): boolean {
  return record.name.toLowerCase() === name && !('class' in record && record.class !== 'IN');
}

/** How long it is sure that there is nothing: the time of the zone's SOA record, or its last field (RFC 2308 §5). */
function denial(packet: DecodedPacket): number | null {
  for (const record of packet.authorities ?? []) {
    if (record.type !== 'SOA') continue;
    return Math.min(timeOf(record.ttl), timeOf(record.data.minimum), LONGEST_NONE);
  }
  return null;
}

/** A time with its highest bit set counts as 0 (RFC 2181 §8). */
function timeOf(ttl: number | undefined): number {
  return ttl === undefined || ttl >= 0x8000_0000 ? 0 : Math.min(ttl, LONGEST);
}
