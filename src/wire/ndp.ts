import { readU16, readU32 } from './bytes.js';

/** Neighbour discovery (RFC 4861 §4): types of ICMPv6. */
export const NDP_ROUTER_SOLICITATION = 133;
export const NDP_ROUTER_ADVERTISEMENT = 134;
export const NDP_SOLICITATION = 135;
export const NDP_ADVERTISEMENT = 136;
export const NDP_REDIRECT = 137;
/** What every message must come with: it has not passed a router. */
export const NDP_HOP_LIMIT = 255;

/** Offset of the target's address in solicitations and advertisements, and their length without options. */
export const NDP_TARGET = 8;
export const NDP_NEIGHBOUR_LENGTH = 24;
/** Flags of an advertisement, in its fifth byte. */
export const NDP_FROM_ROUTER = 0x80;
export const NDP_SOLICITED = 0x40;
export const NDP_OVERRIDE = 0x20;

/** Kinds of options (RFC 4861 §4.6, RFC 8106 §5.1). */
export const OPTION_SOURCE_MAC = 1;
export const OPTION_TARGET_MAC = 2;
export const OPTION_PREFIX = 3;
export const OPTION_MTU = 5;
export const OPTION_RESOLVERS = 25;

/** Lengths without options, by type from 133 on. */
const LEAST = [8, 16, 24, 24, 40];
/** Lengths of options of one length: others are as wrong as a length of 0. */
const FIXED: Readonly<Record<number, number>> = {
  [OPTION_SOURCE_MAC]: 8,
  [OPTION_TARGET_MAC]: 8,
  [OPTION_PREFIX]: 32,
  [OPTION_MTU]: 8,
};

export function isNdpType(type: number): boolean {
  return type >= NDP_ROUTER_SOLICITATION && type <= NDP_REDIRECT;
}

/**
 * True for a whole message of one of the five types, with code 0, and options that end where it ends (RFC 4861
 * §6.1, §7.1). Options of unknown kinds are let pass, as they must. Checksum and hop limit are the caller's.
 */
export function isNdp(bytes: Uint8Array, offset: number, length: number): boolean {
  const type = bytes[offset];
  if (!isNdpType(type) || length < LEAST[type - NDP_ROUTER_SOLICITATION] || bytes[offset + 1] !== 0)
    return false;
  let at = ndpOptionsAt(type);
  while (at < length) {
    const size = bytes[offset + at + 1] << 3;
    if (at + 2 > length || size === 0 || at + size > length) return false;
    const kind = bytes[offset + at];
    if (FIXED[kind] !== undefined && size !== FIXED[kind]) return false;
    if (kind === OPTION_RESOLVERS && (size < 24 || (size & 15) !== 8)) return false;
    at += size;
  }
  return true;
}

/** Where the options of a message of this type begin. */
export function ndpOptionsAt(type: number): number {
  return LEAST[type - NDP_ROUTER_SOLICITATION];
}

/**
 * Place in `bytes` of the next option of a kind; -1: there is none. `from` is where to begin: `offset` and
 * `ndpOptionsAt` for the first, `ndpOptionEnd` of one for the one after it. The message has passed `isNdp`.
 */
export function findNdpOption(bytes: Uint8Array, from: number, end: number, kind: number): number {
  for (let at = from; at < end; at = ndpOptionEnd(bytes, at)) if (bytes[at] === kind) return at;
  return -1;
}

export function ndpOptionEnd(bytes: Uint8Array, option: number): number {
  return option + (bytes[option + 1] << 3);
}

/** What a router advertisement says of itself; times in milliseconds and seconds, 0: it does not say (RFC 4861 §4.2). */
export function routerAdvertisement(bytes: Uint8Array, offset: number) {
  return {
    hopLimit: bytes[offset + 4] & 0xff,
    lifetimeSeconds: readU16(bytes, offset + 6),
    reachableMillis: readU32(bytes, offset + 8),
    retransmitMillis: readU32(bytes, offset + 12),
  };
}

/** Lifetimes in seconds; 0xffffffff is for ever (RFC 4861 §4.6.2). */
export function prefixOption(bytes: Uint8Array, option: number) {
  return {
    bits: bytes[option + 2] & 0xff,
    onLink: (bytes[option + 3] & 0x80) !== 0,
    autonomous: (bytes[option + 3] & 0x40) !== 0,
    validSeconds: readU32(bytes, option + 4),
    preferredSeconds: readU32(bytes, option + 8),
    prefix: bytes.slice(option + 16, option + 32),
  };
}

export function mtuOption(bytes: Uint8Array, option: number): number {
  return readU32(bytes, option + 4);
}

/** Writes a solicitation or an advertisement, checksum 0, and answers its length. `mac` is an option, or null. */
export function emitNdpNeighbour(
  bytes: Uint8Array,
  offset: number,
  type: number,
  flags: number,
  target: Uint8Array,
  mac: Uint8Array | null,
): number {
  bytes.fill(0, offset, offset + NDP_NEIGHBOUR_LENGTH);
  bytes[offset] = type;
  bytes[offset + 4] = flags;
  for (let i = 0; i < 16; i++) bytes[offset + NDP_TARGET + i] = target[i];
  const kind = type === NDP_SOLICITATION ? OPTION_SOURCE_MAC : OPTION_TARGET_MAC;
  return NDP_NEIGHBOUR_LENGTH + emitMac(bytes, offset + NDP_NEIGHBOUR_LENGTH, kind, mac);
}

/** Writes a router solicitation, checksum 0, and answers its length. */
export function emitRouterSolicitation(bytes: Uint8Array, offset: number, mac: Uint8Array | null): number {
  bytes.fill(0, offset, offset + 8);
  bytes[offset] = NDP_ROUTER_SOLICITATION;
  return 8 + emitMac(bytes, offset + 8, OPTION_SOURCE_MAC, mac);
}

function emitMac(bytes: Uint8Array, at: number, kind: number, mac: Uint8Array | null): number {
  if (mac === null) return 0;
  bytes[at] = kind;
  bytes[at + 1] = 1;
  for (let i = 0; i < 6; i++) bytes[at + 2 + i] = mac[i];
  return 8;
}

/** The group in which a host with this address is asked for (RFC 4291 §2.7.1). */
export function solicitedNodeGroup(address: Uint8Array): Uint8Array {
  const group = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0);
  group.set(address.subarray(13, 16), 13);
  return group;
}
