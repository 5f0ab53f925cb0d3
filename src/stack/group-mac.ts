/** Hardware address of a group of IPv4 (RFC 1112 §6.4) or IPv6 (RFC 2464 §7); into `mac`, if one is given. */
export function multicastMac(
  group: Uint8Array,
  at: number,
  length: number,
  mac: Uint8Array = new Uint8Array(6),
): Uint8Array {
  if (length === 16) {
    mac[0] = 0x33;
    mac[1] = 0x33;
    for (let i = 0; i < 4; i++) mac[2 + i] = group[at + 12 + i];
    return mac;
  }
  mac[0] = 0x01;
  mac[1] = 0x00;
  mac[2] = 0x5e;
  mac[3] = group[at + 1] & 0x7f;
  mac[4] = group[at + 2];
  mac[5] = group[at + 3];
  return mac;
}
