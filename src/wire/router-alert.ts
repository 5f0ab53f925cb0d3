/** Options that ask routers for a look at a packet that is not for them, as messages about groups must have. */

/** IPv4's (RFC 2113 §2.1). */
export const ROUTER_ALERT4: readonly number[] = [148, 4, 0, 0];
/** Length of the hop-by-hop header that `emitRouterAlert6` writes. */
export const ROUTER_ALERT6_HEADER = 8;
const ALERT = 5;
const PAD_ONE = 0;

/** Writes a hop-by-hop header with IPv6's option (RFC 2711 §2.1, value 0: MLD), and two bytes of padding. */
export function emitRouterAlert6(bytes: Uint8Array, offset: number, nextHeader: number): void {
  bytes.set([nextHeader, 0, ALERT, 2, 0, 0, 1, 0], offset);
}

/** True when the packet of IPv6 begins its headers with hop-by-hop options, and one of them is the alert for MLD. */
export function hasRouterAlert6(bytes: Uint8Array, offset: number, length: number): boolean {
  if (bytes[offset + 6] !== 0 || length < 48) return false;
  const end = Math.min(length, 40 + ((bytes[offset + 41] + 1) << 3));
  for (let at = 42; at + 4 <= end; ) {
    if (bytes[offset + at] === PAD_ONE) at++;
    else if (bytes[offset + at] !== ALERT) at += 2 + bytes[offset + at + 1];
    else return bytes[offset + at + 1] === 2 && bytes[offset + at + 2] === 0 && bytes[offset + at + 3] === 0;
  }
  return false;
}
