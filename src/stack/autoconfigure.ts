import { sameBytes } from './address-map.js';
import type { Host } from './host.js';
import type { HostInterface } from './interface.js';
import { masked } from './routes.js';

/** Length of the identifier that a host puts behind a prefix, bits. */
const IDENTIFIER = 64;
/** Addresses of an interface at most that come by themselves. */
const MOST_ADDRESSES = 16;
/** A lifetime is not shortened below this by somebody who need not be a router (RFC 4862 §5.5.3 e). */
const TWO_HOURS = 7_200_000_000;

/** The address with this prefix and the modified EUI-64 of a hardware address (RFC 4291 appendix A). */
export function addressOfMac(prefix: Uint8Array, mac: Uint8Array): Uint8Array {
  const address = prefix.slice();
  address.set([mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]], 8);
  return address;
}

/** Gives the interface its link-local address, if it has a hardware address, and asks for routers. */
export function startIpv6(host: Host, at: HostInterface, check?: 'before' | 'meanwhile'): void {
  if (at.mac === null || at.ipv6 === 'off') return;
  const prefix = new Uint8Array(16);
  prefix[0] = 0xfe;
  prefix[1] = 0x80;
  const address = addressOfMac(prefix, at.mac);
  host.addAddress(at, address, IDENTIFIER, { origin: 'link-local', ...(check ? { check } : {}) });
  if (at.ipv6 === 'auto' && !host.forwarding) at.routers.solicit();
}

/** A router has said that hosts may make themselves addresses with a prefix (RFC 4862 §5.5.3). */
export function autoconfigure(
  host: Host,
  at: HostInterface,
  prefix: Uint8Array,
  bits: number,
  preferredUntil: number,
  validUntil: number,
): void {
  if (at.mac === null || bits !== 128 - IDENTIFIER || preferredUntil > validUntil) return;
  const now = host.now();
  const known = at.addresses.find(
    (one) => one.origin === 'router' && sameBytes(masked(one.address, bits), prefix),
  );
  if (known === undefined) {
    const count = at.addresses.filter((one) => one.origin === 'router').length;
    if (validUntil <= now || count >= MOST_ADDRESSES) return;
    const options = { origin: 'router', check: 'meanwhile', onLink: false } as const;
    host.addAddress(at, addressOfMac(prefix, at.mac), bits, { ...options, preferredUntil, validUntil });
    return;
  }
  known.preferredUntil = preferredUntil;
  if (validUntil > now + TWO_HOURS || validUntil > known.validUntil) known.validUntil = validUntil;
  else if (known.validUntil > now + TWO_HOURS) known.validUntil = now + TWO_HOURS;
  known.preferredUntil = Math.min(known.preferredUntil, known.validUntil);
  if (known.state === 'deprecated' && known.preferredUntil > now) host.settleAddress(at, known);
  host.expireAddresses(at);
}
