/** ::ffff:0:0/96: IPv4 addresses as those who only know IPv6 see them (RFC 4291 §2.5.5.2). They are never on the wire. */
const PREFIX = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

export function isMapped(address: Uint8Array): boolean {
  return address.length === 16 && PREFIX.every((byte, i) => address[i] === byte);
}

/** The IPv6 form of an IPv4 address; others as they are. */
export function mapped(address: Uint8Array): Uint8Array {
  return address.length === 4 ? Uint8Array.of(...PREFIX, ...address) : address;
}

/** The IPv4 address that a mapped one stands for; others as they are. */
export function unmapped(address: Uint8Array): Uint8Array {
  return isMapped(address) ? address.subarray(PREFIX.length) : address;
}
