import type { FilterInput } from './input.js';

/** Length and type, 16 bits each (linux/netlink.h, struct nlattr). */
const HEADER = 4;
/** The two top bits of a type are flags (NLA_F_NESTED, NLA_F_NET_BYTEORDER). */
const TYPE_MASK = 0x3fff;

/**
 * SKF_AD_NLATTR: walks the netlink attributes that begin `from` bytes into the frame and answers the offset of the
 * first one of the type, 0 when there is none. Netlink is in host order; little endian is assumed.
 */
export function netlinkAttribute(input: FilterInput, from: number, type: number): number {
  const offset = from >>> 0;
  if (offset > input.length - HEADER) return 0;
  return find(input, offset, input.length, type);
}

/** SKF_AD_NLATTR_NEST: the same among the attributes nested in the one at `from`. */
export function nestedNetlinkAttribute(input: FilterInput, from: number, type: number): number {
  const offset = from >>> 0;
  if (offset > input.length - HEADER) return 0;
  const length = u16(input, offset);
  if (length < HEADER || length > input.length - offset) return 0;
  return find(input, offset + HEADER, offset + length, type);
}

/** Every attribute is at least 4 bytes long, so the walk ends. */
function find(input: FilterInput, from: number, end: number, type: number): number {
  let offset = from;
  while (end - offset >= HEADER) {
    const length = u16(input, offset);
    if (length < HEADER || length > end - offset) return 0;
    if ((u16(input, offset + 2) & TYPE_MASK) === type) return offset;
    offset += (length + 3) & ~3;
  }
  return 0;
}

function u16(input: FilterInput, offset: number): number {
  const at = input.start + offset;
  return input.bytes[at] | (input.bytes[at + 1] << 8);
}
