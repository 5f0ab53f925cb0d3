import type { Frame } from '../contract/frame.js';
import { isIpv4 } from '../wire/ipv4.js';

const ETHERTYPE_IPV4 = 0x0800;

/** True when the link header before `offset`, if there is one, announces IPv4 and the version says so too. */
export function saysIpv4(frame: Frame, offset: number): boolean {
  if (offset > 0 && frame.u16(offset - 2) !== ETHERTYPE_IPV4) return false;
  return frame.u8(offset) >>> 4 === 4;
}

/** True when an IPv4 packet whose lengths are sound begins at `offset`. The checksum is not looked at. */
export function isIpv4At(frame: Frame, offset: number): boolean {
  return saysIpv4(frame, offset) && isIpv4(frame.bytes, frame.start + offset, frame.length - offset);
}
