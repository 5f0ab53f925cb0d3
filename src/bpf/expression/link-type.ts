import { all, any, type Condition, not, test } from './condition.js';
import type { Values } from './values.js';

/** Longest payload of IEEE 802.3; what is greater is an EtherType, not a length. */
const MAX_LENGTH = 1500;
/** Service access points that are always both source and destination: IP, NetBEUI, ISO. */
const PAIRED = [0x06, 0xf0, 0xfe];
const IPX = { accessPoint: 0xe0, etherType: 0x8137 } as const;
/** AppleTalk over 802.3 comes in SNAP with Apple's organisation code, its address resolution without one. */
const APPLETALK = 0x809b;
const APPLETALK_ARP = 0x80f3;

/** `ether proto`: an EtherType, or up to 1500 the destination service access point of IEEE 802.2 behind a length. */
export function linkType(values: Values, type: number, typeAt: number): Condition {
  const payload = typeAt + 2;
  const is = (size: 1 | 2 | 4, at: number, k: number) =>
    test(values, values.load(size, at), 'equal', values.constant(k));
  const isLength = not(test(values, values.load(2, typeAt), 'greater', values.constant(MAX_LENGTH)));
  /** SNAP: aa aa 03, three bytes of organisation, two of EtherType. */
  const snap = (organisation: number, etherType: number) =>
    all(
      is(4, payload + 4, (((organisation & 0xffff) << 16) | etherType) >>> 0),
      is(4, payload, (0xaaaa0300 | (organisation >>> 16)) >>> 0),
    );
  switch (type) {
    case APPLETALK:
      return any(is(2, typeAt, type), all(isLength, snap(0x080007, type)));
    case APPLETALK_ARP:
      return any(is(2, typeAt, type), all(isLength, snap(0, type)));
    case IPX.accessPoint: {
      const raw = is(2, payload, 0xffff);
      const behindLength = any(snap(0, IPX.etherType), is(1, payload, type), raw);
      return any(is(2, typeAt, IPX.etherType), all(isLength, behindLength));
    }
    default:
      if (type > MAX_LENGTH) return is(2, typeAt, type);
      if (PAIRED.includes(type)) return all(isLength, is(2, payload, (type << 8) | type));
      return all(isLength, is(1, payload, type));
  }
}
