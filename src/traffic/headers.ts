import { MAC_CONTROL_DESTINATION } from '../wire/mac-control.js';
import { DNS } from './application-headers.js';
import type { Cursor } from './cursor.js';
import { append } from './functions.js';
import { type HeaderField, type HeaderShape, maskOf } from './header-shape.js';
import type { Token } from './lexer.js';
import { ARP, ETH, MPLS, PAUSE, PFC, VLAN } from './link-headers.js';
import { IPV4, IPV6 } from './network-headers.js';
import { type FieldPlace, MAX_HEADERS, type PacketDraft, type PlacedHeader } from './packet-draft.js';
import { maskedPlace, readBits, wholePlace, writeBits } from './packet-program.js';
import type { TrafficSurroundings } from './traffic.js';
import { ICMPV4, ICMPV6, TCP, UDP } from './transport-headers.js';

/** All headers of the language. */
export const HEADER_SHAPES: readonly HeaderShape[] = [
  ETH,
  VLAN,
  MPLS,
  ARP,
  PAUSE,
  PFC,
  IPV4,
  IPV6,
  ICMPV4,
  ICMPV6,
  UDP,
  TCP,
  DNS,
];

/** The same by each of their names. */
export const HEADERS: ReadonlyMap<string, HeaderShape> = new Map(
  HEADER_SHAPES.flatMap((shape) => shape.names.map((name) => [name, shape] as const)),
);

const BELOW = { eth: ETH, ipv4: IPV4, ipv6: IPV6, udp: UDP };
const BROADCAST: readonly number[] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

/**
 * Adds a header with its defaults to the packet, before it what it stands on when that is missing, and tells the
 * header below what follows. `token` is where faults point to.
 */
export function placeHeader(
  cursor: Cursor,
  draft: PacketDraft,
  shape: HeaderShape,
  token: Token,
  surroundings: TrafficSurroundings,
): PlacedHeader {
  const below =
    shape.below === undefined ? undefined : belowOf(cursor, draft, BELOW[shape.below], token, surroundings);
  if (below !== undefined) announce(cursor, draft, below, shape, token);
  if (draft.headers.length === MAX_HEADERS) {
    throw cursor.fault(`a packet has ${MAX_HEADERS} headers at most`, token);
  }
  const at = append(cursor, draft, shape.length, token);
  const header: PlacedHeader = { shape, at, set: new Set() };
  draft.headers.push(header);
  if (shape === VLAN && below !== undefined) moveType(draft, below, header);
  for (const value of shape.defaults ?? []) {
    if ('value' in value) setDefault(draft, header, value.field, value.value);
    else setBytes(draft, header, value.field, surroundings[value.device]);
  }
  return header;
}

function belowOf(
  cursor: Cursor,
  draft: PacketDraft,
  needed: HeaderShape,
  token: Token,
  surroundings: TrafficSurroundings,
): PlacedHeader {
  const last = draft.headers.at(-1);
  if (last !== undefined && last.shape.layer >= needed.layer) return last;
  return placeHeader(cursor, draft, needed, token, surroundings);
}

/** Writes into a header what follows it. */
function announce(
  cursor: Cursor,
  draft: PacketDraft,
  below: PlacedHeader,
  shape: HeaderShape,
  token: Token,
): void {
  const { next, names } = below.shape;
  const value = next?.values[shape.names[0]];
  if (next !== undefined && value !== undefined) {
    if (next.always) setNumber(draft, below, fieldOf(below.shape, next.field), value);
    else setDefault(draft, below, next.field, value);
  } else if (next !== undefined && !next.open) {
    throw cursor.fault(`${shape.names[0]} cannot follow ${names[0]}`, token);
  }
  const station = draft.headers.findLast((header) => header.shape === ETH);
  if (station === undefined || station.set.has('da')) return;
  if (shape === ARP && below === station) setBytes(draft, station, 'da', BROADCAST);
  if (shape === PAUSE || shape === PFC) setBytes(draft, station, 'da', MAC_CONTROL_DESTINATION);
}

/** The type that stands before a tag is said again behind it, so that the tag can take its place. */
function moveType(draft: PacketDraft, below: PlacedHeader, tag: PlacedHeader): void {
  const name = below.shape === ETH ? 'type' : below.shape === VLAN ? 'inner type' : undefined;
  const type = name === undefined ? 0 : readBits(draft.bytes, placeOf(below, fieldOf(below.shape, name)));
  setNumber(draft, tag, fieldOf(VLAN, 'inner type'), type);
}

/** The field of this name; there must be one. */
export function fieldOf(shape: HeaderShape, name: string): HeaderField {
  const field = shape.fields.find(({ names }) => names.includes(name));
  if (field === undefined) throw new RangeError(`${shape.names[0]} has no field ${name}`);
  return field;
}

/** Where a field of one, two or four bytes stands in the packet. */
export function placeOf(header: PlacedHeader, field: HeaderField): FieldPlace {
  const { width } = field;
  if (width === 6 || width === 16) return wholePlace(header.at + field.at + width - 4, 4);
  return maskedPlace(header.at + field.at, width, maskOf(field));
}

/** Writes a number into a field; bits that it has no room for are lost. */
export function setNumber(draft: PacketDraft, header: PlacedHeader, field: HeaderField, value: number): void {
  const { at, width, shift, mask } = placeOf(header, field);
  writeBits(draft.bytes, at, width, shift, mask, value);
}

/** The same unless the configuration has set the field. */
export function setDefault(draft: PacketDraft, header: PlacedHeader, name: string, value: number): void {
  const field = fieldOf(header.shape, name);
  if (!header.set.has(field.names[0])) setNumber(draft, header, field, value);
}

/** Writes an address into a field; without one, nothing. */
export function setBytes(
  draft: PacketDraft,
  header: PlacedHeader,
  name: string,
  address: ArrayLike<number> | undefined,
): void {
  if (address !== undefined) draft.bytes.set(address, header.at + fieldOf(header.shape, name).at);
}
