import { readU16, writeU16 } from './bytes.js';
import { ETHERTYPE_IPV4 } from './ethernet.js';

/** ARP for IPv4 over Ethernet (RFC 826): hardware type 1, protocol 0x0800, lengths 6 and 4. */
export const ARP_LENGTH = 28;
export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;
/** Offsets of the addresses from the start of the packet. */
export const ARP_SENDER_MAC = 8;
export const ARP_SENDER_IP = 14;
export const ARP_TARGET_MAC = 18;
export const ARP_TARGET_IP = 24;

/** True for a whole ARP packet of this kind; of others only `arpOperation` has a meaning. */
export function isArp(bytes: Uint8Array, offset: number, length: number): boolean {
  return (
    length >= ARP_LENGTH &&
    readU16(bytes, offset) === 1 &&
    readU16(bytes, offset + 2) === ETHERTYPE_IPV4 &&
    bytes[offset + 4] === 6 &&
    bytes[offset + 5] === 4
  );
}

export function arpOperation(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 6);
}

/** Writes a packet of ARP_LENGTH bytes. Addresses: six bytes for hardware, four for IP. */
export function emitArp(
  bytes: Uint8Array,
  offset: number,
  operation: number,
  senderMac: Uint8Array,
  senderIp: Uint8Array,
  targetMac: Uint8Array,
  targetIp: Uint8Array,
): void {
  writeU16(bytes, offset, 1);
  writeU16(bytes, offset + 2, ETHERTYPE_IPV4);
  bytes[offset + 4] = 6;
  bytes[offset + 5] = 4;
  writeU16(bytes, offset + 6, operation);
  for (let i = 0; i < 6; i++) {
    bytes[offset + ARP_SENDER_MAC + i] = senderMac[i];
    bytes[offset + ARP_TARGET_MAC + i] = targetMac[i];
  }
  for (let i = 0; i < 4; i++) {
    bytes[offset + ARP_SENDER_IP + i] = senderIp[i];
    bytes[offset + ARP_TARGET_IP + i] = targetIp[i];
  }
}
