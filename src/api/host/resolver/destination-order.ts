import { commonBits, scopeOf } from '../../../stack/source-selection.js';

/** Prefix, its bits, and its precedence (RFC 6724 §2.1), longest first. */
const POLICY: readonly (readonly [Uint8Array, number, number])[] = [
  [Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), 128, 50],
  [Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0), 96, 35],
  [Uint8Array.of(0x20, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 32, 5],
  [Uint8Array.of(0x20, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 16, 30],
  [Uint8Array.of(0x3f, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 16, 1],
  [Uint8Array.of(0xfe, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 10, 1],
  [Uint8Array.of(0xfc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 7, 3],
];
const PRECEDENCE6 = 40;
const PRECEDENCE4 = 35;
const LINK_SCOPE = 2;
const GLOBAL_SCOPE = 14;

/**
 * The order in which addresses of a name are tried (RFC 6724 §6, rules 1, 2, 6 and 10): those that cannot be reached last,
 * those of the scope of our own address first, then by precedence; otherwise as they came. `sourceFor` gives the address from
 * which we would send, null when we could not.
 */
export function orderDestinations(
  addresses: readonly Uint8Array[],
  sourceFor: (address: Uint8Array) => Uint8Array | null,
): Uint8Array[] {
  const ranked = addresses.map((address) => {
    const source = sourceFor(address);
    const isSameScope = source !== null && scopeOfAny(source) === scopeOfAny(address);
    const rank = (source === null ? 0 : 200) + (isSameScope ? 100 : 0) + precedenceOf(address);
    return { address, rank };
  });
  return ranked.sort((a, b) => b.rank - a.rank).map(({ address }) => address);
}

function precedenceOf(address: Uint8Array): number {
  if (address.length === 4) return PRECEDENCE4;
  const found = POLICY.find(([prefix, bits]) => commonBits(prefix, address) >= bits);
  return found?.[2] ?? PRECEDENCE6;
}

/** IPv4: loopback and 169.254.0.0/16 are of the link's scope (RFC 6724 §3.2). */
function scopeOfAny(address: Uint8Array): number {
  if (address.length === 16) return scopeOf(address);
  const isOfLink = address[0] === 127 || (address[0] === 169 && address[1] === 254);
  return isOfLink ? LINK_SCOPE : GLOBAL_SCOPE;
}
