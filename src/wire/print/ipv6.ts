import { readU16, readU32 } from '../bytes.js';
import { IPV6_DESTINATION, IPV6_HEADER, IPV6_SOURCE, ipv6PseudoSum } from '../ipv6.js';
import { IPV6_FRAGMENT_HEADER, ipv6FragmentOffset } from '../ipv6-fragment.js';
import type { IpEnds, Stretch } from './layer.js';
import { formatOfProtocol, protocolName } from './names.js';
import type { LayerWriter } from './writer.js';

const PAD_1 = 0;
const MOST_OPTIONS = 16;

/** RFC 8200 §3. */
export function printIpv6(w: LayerWriter): Stretch | null {
  w.protocol = 'IPv6';
  if (!w.needs(IPV6_HEADER, 'header')) {
    w.broken();
    return null;
  }
  w.takes(IPV6_HEADER);
  const { bytes, offset } = w;
  const version = w.number8('version', 0, 0xf0);
  const trafficClass = (readU16(bytes, offset) >>> 4) & 0xff;
  w.note('dscp', trafficClass >>> 2, 0, 2);
  w.note('ecn', trafficClass & 3, 1, 1);
  w.note('flow label', readU32(bytes, offset) & 0xfffff, 1, 3);
  const length = w.u16('payload length', 4);
  const next = w.u8('next header', 6);
  w.u8('hop limit', 7);
  const source = w.address6('source', IPV6_SOURCE);
  const destination = w.address6('destination', IPV6_DESTINATION);
  const room = w.room - IPV6_HEADER;
  if (version !== 6) w.fault(`version ${version}`, 0);
  else if (length > room && w.depth === 0) w.fault(`payload length of ${length}, ${room} there`, 4);
  const around = w.ends();
  if (w.faults.length > 0) {
    w.text = `${around}IPv6 malformed len ${w.room}`;
    return null;
  }
  w.text = `${around}IPv6`;
  const ip: IpEnds = { version: 6, source, destination, addressSum: ipv6PseudoSum(bytes, offset, 0, 0) };
  const end = offset + IPV6_HEADER + length;
  return w.next(formatOfProtocol(next, 6), next, IPV6_HEADER, { end, held: Math.min(w.held, end), ip });
}

/** Hop-by-hop and destination options (RFC 8200 §4.3, §4.6). */
export function printIpv6Options(w: LayerWriter): Stretch | null {
  w.protocol = w.number === 0 ? 'hop-by-hop' : 'destination-options';
  const size = printExtension(w);
  if (size === 0) return null;
  const next = w.bytes[w.offset];
  const to = Math.min(size, w.atHand);
  let at = 2;
  for (let count = 0; at < to && count < MOST_OPTIONS; count++) {
    const kind = w.bytes[w.offset + at];
    if (kind === PAD_1) {
      w.note('option', 'pad1', at++, 1);
      continue;
    }
    const length = at + 1 < to ? 2 + w.bytes[w.offset + at + 1] : 2;
    if (at + length > size) w.fault(`option ${optionName(kind)} of ${length} bytes, ${size - at} there`, at);
    if (at + length > to) break;
    w.note('option', optionText(w.bytes, w.offset + at, kind, length), at, length);
    at += length;
  }
  w.text = w.protocol;
  return w.next(formatOfProtocol(next, 6), next, size);
}

/** RFC 8200 §4.4, any type. */
export function printRouting(w: LayerWriter): Stretch | null {
  const size = printExtension(w);
  if (size === 0) return null;
  const type = w.u8('type', 2);
  const left = w.u8('segments left', 3);
  w.text = `routing type ${type} left ${left}`;
  const next = w.bytes[w.offset];
  // On the way the header's destination is the next stop alone.
  const ip = w.ip !== null && left > 0 ? { ...w.ip, addressSum: null } : w.ip;
  return w.next(formatOfProtocol(next, 6), next, size, { ip });
}

/** RFC 8200 §4.5; what follows is told of whole packets alone. */
export function printIpv6Fragment(w: LayerWriter): Stretch | null {
  if (!w.needs(IPV6_FRAGMENT_HEADER, 'header')) {
    w.broken();
    return null;
  }
  w.takes(IPV6_FRAGMENT_HEADER);
  const next = w.u8('next header', 0);
  const place = ipv6FragmentOffset(w.bytes, w.offset);
  w.note('fragment offset', place, 2, 2);
  const more = w.number8('more', 3, 1) === 1;
  const id = w.u32('id', 4);
  const length = w.room - IPV6_FRAGMENT_HEADER;
  if (more && length % 8 !== 0) w.fault(`a fragment of ${length} bytes with more behind`, 2);
  const what = `fragment at ${place} id ${id}${more ? ' more' : ''}`;
  if (place === 0 && !more) {
    w.text = what;
    return w.next(formatOfProtocol(next, 6), next, IPV6_FRAGMENT_HEADER);
  }
  w.text = `${w.ends()}${protocolName(next)} ${what} len ${length}`;
  return null;
}

/** RFC 4302 §2: its length counts words of four bytes, behind either version. */
export function printAuthentication(w: LayerWriter): Stretch | null {
  w.protocol = 'AH';
  if (!w.needs(12, 'header')) {
    w.broken();
    return null;
  }
  const next = w.u8('next header', 0);
  const size = (w.u8('length', 1) + 2) * 4;
  const spi = w.u32('spi', 4);
  w.u32('sequence', 8);
  if (size < 12) w.fault(`length of ${size} bytes`, 1);
  if (!w.needs(size, 'header') || size < 12) {
    w.broken();
    return null;
  }
  w.takes(size);
  w.text = `AH spi ${spi}`;
  return w.next(formatOfProtocol(next, w.ip?.version ?? 6), next, size);
}

/** Next header and length, which most extension headers begin with; answers their length, 0: it is not there. */
function printExtension(w: LayerWriter): number {
  if (!w.needs(8, 'header')) {
    w.broken();
    return 0;
  }
  w.u8('next header', 0);
  const size = (w.u8('length', 1) + 1) * 8;
  w.takes(size);
  if (w.needs(size, 'header')) return size;
  w.broken();
  return 0;
}

const ENCAPSULATION_LIMIT = 4;
const ROUTER_ALERT = 5;
const JUMBO = 0xc2;

function optionName(kind: number): string {
  if (kind === 1) return 'padN';
  if (kind === ENCAPSULATION_LIMIT) return 'tunnel limit';
  if (kind === ROUTER_ALERT) return 'router alert';
  return kind === JUMBO ? 'jumbo payload' : `kind ${kind}`;
}

/** `at`: place in the frame; the option is wholly there. */
function optionText(bytes: Uint8Array, at: number, kind: number, length: number): string {
  const name = optionName(kind);
  if (kind === ENCAPSULATION_LIMIT && length === 3) return `${name} ${bytes[at + 2]}`;
  if (kind === ROUTER_ALERT && length === 4) return `${name} ${readU16(bytes, at + 2)}`;
  if (kind === JUMBO && length === 6) return `${name} ${readU32(bytes, at + 2)}`;
  return name;
}
