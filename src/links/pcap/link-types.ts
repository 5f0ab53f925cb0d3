import type { Frame } from '../../contract/frame.js';
import { describeEthernet, describeIp } from '../../linux/describe-frame.js';
import { LINKTYPE_ETHERNET } from '../../wire/capture-record.js';

const LINKTYPE_RAW = 101;
const LINKTYPE_LINUX_SLL = 113;
const LINKTYPE_IPV4 = 228;
const LINKTYPE_IPV6 = 229;

const ARPHRD_ETHER = 1;
/** Bare IP packets. */
const ARPHRD_NONE = 0xfffe;
/** Nothing known about it. */
const ARPHRD_VOID = 0xffff;

/** The ARPHRD_* of linux/if_arp.h whose frames begin as those of a LINKTYPE_*; the others are ARPHRD_VOID. */
const hardwareTypes: ReadonlyMap<number, number> = new Map([
  [LINKTYPE_ETHERNET, ARPHRD_ETHER],
  [9, 512], // PPP
  [50, 512], // PPP in HDLC-like framing
  [100, 19], // RFC 1483: ATM
  [LINKTYPE_RAW, ARPHRD_NONE],
  [104, 513], // Cisco HDLC
  [105, 801], // 802.11
  [106, 19], // Linux classical IP over ATM
  [123, 19], // SunATM
  [127, 803], // 802.11 with radiotap
  [LINKTYPE_IPV4, ARPHRD_NONE],
  [LINKTYPE_IPV6, ARPHRD_NONE],
]);

/** ARPHRD_* for a LINKTYPE_*. */
export function hardwareTypeOf(linkType: number): number {
  return hardwareTypes.get(linkType) ?? ARPHRD_VOID;
}

/**
 * Fills in hardware type, protocol, packet type and VLAN tag as far as the frame's first bytes tell. Of link
 * types other than Ethernet, bare IP and Linux "cooked" captures the protocol stays 0.
 */
export function describeCaptured(frame: Frame, linkType: number): void {
  frame.hardwareType = hardwareTypeOf(linkType);
  if (linkType === LINKTYPE_ETHERNET) describeEthernet(frame);
  else if (linkType === LINKTYPE_RAW || linkType === LINKTYPE_IPV4 || linkType === LINKTYPE_IPV6) {
    describeIp(frame);
  } else if (linkType === LINKTYPE_LINUX_SLL) {
    frame.packetType = frame.u16(0);
    frame.protocol = frame.u16(14);
  }
}
