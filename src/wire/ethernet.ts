import { readU16, writeU16 } from './bytes.js';

/** Destination, source, type: IEEE 802.3-2018 clause 3, with the type interpretation of length/type. */
export const ETHERNET_HEADER = 14;
export const ETHERNET_DESTINATION = 0;
export const ETHERNET_SOURCE = 6;
export const ETHERNET_TYPE = 12;
export const MAC_LENGTH = 6;

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
/** 802.1Q customer tag. */
export const ETHERTYPE_VLAN = 0x8100;
export const ETHERTYPE_IPV6 = 0x86dd;
/** 802.1ad service tag. */
export const ETHERTYPE_QINQ = 0x88a8;
/** Smallest value of the field that is a type; at most 1500 is an 802.3 length. */
export const ETHERTYPE_MIN = 0x0600;
/** LANA's tagged vlinks: 0xAC00 | identifier, identifier 0-255 (seed 004 §5.4.2). */
export const ETHERTYPE_VLINK = 0xac00;

/** True when a whole Ethernet header is there. */
export function isEthernet(length: number): boolean {
  return length >= ETHERNET_HEADER;
}

/** The type field as it stands, in host order: of a tagged frame, the tag's. */
export function ethernetType(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + ETHERNET_TYPE);
}

export function setEthernetType(bytes: Uint8Array, offset: number, type: number): void {
  writeU16(bytes, offset + ETHERNET_TYPE, type);
}

/** EtherType of the tagged vlink with this identifier. */
export function vlinkType(id: number): number {
  return ETHERTYPE_VLINK | (id & 0xff);
}

/** Identifier of the tagged vlink that this EtherType names, -1 when it is another type. */
export function vlinkId(type: number): number {
  return (type & 0xff00) === ETHERTYPE_VLINK ? type & 0xff : -1;
}

/** True for group addresses, broadcast among them: the I/G bit (IEEE 802-2014 §8.2.2). */
export function isMulticast(bytes: Uint8Array, macOffset: number): boolean {
  return (bytes[macOffset] & 1) === 1;
}

export function isBroadcast(bytes: Uint8Array, macOffset: number): boolean {
  return (
    bytes[macOffset] === 0xff &&
    bytes[macOffset + 1] === 0xff &&
    bytes[macOffset + 2] === 0xff &&
    bytes[macOffset + 3] === 0xff &&
    bytes[macOffset + 4] === 0xff &&
    bytes[macOffset + 5] === 0xff
  );
}

export function macEquals(a: Uint8Array, aOffset: number, b: Uint8Array, bOffset: number): boolean {
  for (let i = 0; i < MAC_LENGTH; i++) if (a[aOffset + i] !== b[bOffset + i]) return false;
  return true;
}

/**
 * To whom the frame goes, seen from a station with the address `own` (null: every address is its own):
 * 0 to it, 1 broadcast, 2 multicast, 3 to another. The numbers are those of `sll_pkttype`.
 */
export function destinationClass(bytes: Uint8Array, offset: number, own: Uint8Array | null): number {
  if (isMulticast(bytes, offset)) return isBroadcast(bytes, offset) ? 1 : 2;
  return own === null || macEquals(bytes, offset, own, 0) ? 0 : 3;
}

/** Writes the header; the addresses are six bytes each. */
export function emitEthernet(
  bytes: Uint8Array,
  offset: number,
  destination: Uint8Array,
  source: Uint8Array,
  type: number,
): void {
  for (let i = 0; i < MAC_LENGTH; i++) {
    bytes[offset + ETHERNET_DESTINATION + i] = destination[i];
    bytes[offset + ETHERNET_SOURCE + i] = source[i];
  }
  writeU16(bytes, offset + ETHERNET_TYPE, type);
}

/** `02:00:00:00:00:0a`. */
export function formatMac(bytes: Uint8Array, offset = 0): string {
  let text = '';
  for (let i = 0; i < MAC_LENGTH; i++) {
    text += `${i === 0 ? '' : ':'}${(bytes[offset + i] ?? 0).toString(16).padStart(2, '0')}`;
  }
  return text;
}

/** Six bytes of `02:00:00:00:00:0a` or `02-00-00-00-00-0a`, either case; null when the text is none. */
export function parseMac(text: string): Uint8Array | null {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$|^[0-9a-f]{2}(-[0-9a-f]{2}){5}$/i.test(text)) return null;
  const mac = new Uint8Array(MAC_LENGTH);
  for (let i = 0; i < MAC_LENGTH; i++) mac[i] = Number.parseInt(text.slice(3 * i, 3 * i + 2), 16);
  return mac;
}
