import { readU16 } from '../../wire/bytes.js';
import { IPV4_HEADER } from '../../wire/ipv4.js';

/** No packet may come from an address with this first octet. */
const EVERY_SOURCE = 1;
/** Some may not: look at the list. */
const SOME_SOURCES = 2;
export const SOURCE_BAD = EVERY_SOURCE | SOME_SOURCES;
/** No packet may go to an address with this first octet. */
export const TARGET_BAD = 4;

/**
 * What RFC 1812 §5.3.7 has a router refuse, by first octet: network 0 and the loopback network as source and
 * destination, group addresses and 255.255.255.255 as source. 240.0.0.0/4 is reserved, but hosts do use it.
 */
export const MARTIANS: Uint8Array = martianOctets(true, []);

/** The table for these sources, with or without the addresses that RFC 1812 names. */
export function martianOctets(martians: boolean, badSources: readonly number[]): Uint8Array {
  const octets = new Uint8Array(256);
  if (martians) {
    for (const octet of [0, 127]) octets[octet] = EVERY_SOURCE | TARGET_BAD;
    octets.fill(EVERY_SOURCE, 224, 240);
    octets[255] = EVERY_SOURCE;
  }
  for (const source of badSources) octets[source >>> 24] |= SOME_SOURCES;
  return octets;
}

/** For a source whose first octet is marked. */
export function sourceIsBad(octets: Uint8Array, badSources: Int32Array, source: number): boolean {
  if ((octets[source >>> 24] & EVERY_SOURCE) !== 0) return true;
  for (let i = 0; i < badSources.length; i++) if (badSources[i] === source) return true;
  return false;
}

/** Sum of the 16-bit words of a header's options, not folded: at most 20 of them. */
export function optionSum(bytes: Uint8Array, at: number, headerLength: number): number {
  let sum = 0;
  for (let i = IPV4_HEADER; i < headerLength; i += 2) sum += readU16(bytes, at + i);
  return sum;
}
