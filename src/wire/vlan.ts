import { readU16, writeU16 } from './bytes.js';
import { ETHERNET_TYPE, ETHERTYPE_QINQ, ETHERTYPE_VLAN } from './ethernet.js';

/** TPID and TCI (IEEE 802.1Q-2018 §9.3), between the source address and the type. */
export const VLAN_TAG = 4;
/** A tagged Ethernet header. */
export const VLAN_HEADER = 18;

/** True for the TPIDs of customer and service tags. */
export function isVlanType(type: number): boolean {
  return type === ETHERTYPE_VLAN || type === ETHERTYPE_QINQ;
}

/** True when the frame has room for a tagged header and begins with one. */
export function hasVlanTag(bytes: Uint8Array, offset: number, length: number): boolean {
  return length >= VLAN_HEADER && isVlanType(readU16(bytes, offset + ETHERNET_TYPE));
}

/** TCI of the outermost tag: priority (3 bits), DEI (1), VLAN identifier (12). */
export function vlanTci(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 14);
}

/** The type behind the outermost tag. */
export function vlanInnerType(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 16);
}

export function vlanId(tci: number): number {
  return tci & 0xfff;
}

export function vlanPriority(tci: number): number {
  return (tci >>> 13) & 7;
}

/**
 * Inserts a tag into the untagged frame at `offset` by moving its two addresses into the four bytes before it,
 * which the caller must own. The frame then begins at `offset - 4` and is four bytes longer.
 */
export function insertVlanTag(bytes: Uint8Array, offset: number, tpid: number, tci: number): void {
  for (let i = 0; i < ETHERNET_TYPE; i++) bytes[offset - VLAN_TAG + i] = bytes[offset + i];
  writeU16(bytes, offset + 8, tpid);
  writeU16(bytes, offset + 10, tci);
}

/**
 * Removes the outermost tag of the frame at `offset` by moving its two addresses over it.
 * The frame then begins at `offset + 4` and is four bytes shorter. Read the TCI before.
 */
export function stripVlanTag(bytes: Uint8Array, offset: number): void {
  for (let i = ETHERNET_TYPE - 1; i >= 0; i--) bytes[offset + VLAN_TAG + i] = bytes[offset + i];
}
