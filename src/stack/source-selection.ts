import type { InterfaceAddress } from './addresses.js';

const LINK_SCOPE = 2;
const SITE_SCOPE = 5;
const GLOBAL_SCOPE = 14;

/** True for fe80::/10. */
export function isLinkLocal(bytes: Uint8Array, at: number, length: number): boolean {
  return length === 16 && bytes[at] === 0xfe && (bytes[at + 1] & 0xc0) === 0x80;
}

/** Scope of an IPv6 address (RFC 4291 §2.7, RFC 6724 §3.1): the larger, the wider. */
export function scopeOf(bytes: Uint8Array, at = 0): number {
  if (bytes[at] === 0xff) return bytes[at + 1] & 0x0f;
  if (isLinkLocal(bytes, at, 16)) return LINK_SCOPE;
  if (bytes[at] === 0xfe && (bytes[at + 1] & 0xc0) === 0xc0) return SITE_SCOPE;
  for (let i = 0; i < 15; i++) if (bytes[at + i] !== 0) return GLOBAL_SCOPE;
  return bytes[at + 15] === 1 ? LINK_SCOPE : GLOBAL_SCOPE;
}

/** True when packets to it must name an interface: addresses and groups of one link. */
export function needsZone(bytes: Uint8Array, at: number, length: number): boolean {
  if (length === 4) return false;
  return bytes[at] === 0xff ? (bytes[at + 1] & 0x0f) <= LINK_SCOPE : isLinkLocal(bytes, at, length);
}

/** Labels of RFC 6724 §2.1 for the prefixes that are in use: unique local, 6to4, Teredo, the rest. */
function labelOf(address: Uint8Array): number {
  if ((address[0] & 0xfe) === 0xfc) return 13;
  if (address[0] === 0x20 && address[1] === 0x02) return 2;
  if (address[0] === 0x20 && address[1] === 0x01 && address[2] === 0 && address[3] === 0) return 5;
  return 1;
}

/** Leading bits that are equal. */
export function commonBits(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const differ = a[i] ^ b[i];
    if (differ !== 0) return 8 * i + Math.clz32(differ) - 24;
  }
  return 8 * a.length;
}

/**
 * The best of an interface's addresses to send from to an IPv6 destination (RFC 6724 §5: rules 1, 2, 3, 6 and 8; 5 is
 * the caller's choice of candidates; 4 and 7, mobility and temporary addresses, are not done). Optimistic addresses
 * count as deprecated ones (RFC 4429 §3.1). Null: none is usable.
 */
export function selectSource(
  candidates: readonly InterfaceAddress[],
  destination: Uint8Array,
): InterfaceAddress | null {
  let best: InterfaceAddress | null = null;
  for (const one of candidates) {
    if (!one.isUsable || one.address.length !== 16) continue;
    if (best === null || isBetter(one, best, destination)) best = one;
  }
  return best;
}

function isBetter(a: InterfaceAddress, b: InterfaceAddress, destination: Uint8Array): boolean {
  const [same, other] = [commonBits(a.address, destination), commonBits(b.address, destination)];
  if (same === 128 || other === 128) return same > other;
  const [scopeA, scopeB, wanted] = [scopeOf(a.address), scopeOf(b.address), scopeOf(destination)];
  if (scopeA !== scopeB) return scopeA < scopeB ? scopeA >= wanted : scopeB < wanted;
  const [preferredA, preferredB] = [a.state === 'preferred', b.state === 'preferred'];
  if (preferredA !== preferredB) return preferredA;
  const label = labelOf(destination);
  const [labelA, labelB] = [labelOf(a.address) === label, labelOf(b.address) === label];
  if (labelA !== labelB) return labelA;
  return Math.min(same, a.bits) > Math.min(other, b.bits);
}
