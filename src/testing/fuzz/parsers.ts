import { arpOperation, isArp } from '../../wire/arp.js';
import { ecnOf } from '../../wire/ecn.js';
import { destinationClass, ethernetType, formatMac, vlinkId } from '../../wire/ethernet.js';
import { floatingCode } from '../../wire/group-record.js';
import { icmpCode, icmpEchoId, icmpEchoSequence, icmpType, isIcmp } from '../../wire/icmp.js';
import { icmpNextHopMtu, icmpv6Mtu, isIcmpQuery, isIcmpv6Information } from '../../wire/icmp-message.js';
import { igmpMaxDelay, igmpQueryVersion, isIgmp, isIgmpChecksumRight } from '../../wire/igmp.js';
import { ipHeaderLength, ipProtocol, ipPseudoSum } from '../../wire/ip.js';
import {
  encapsulationLimit,
  insideFlow,
  insideProtocol,
  isInside,
  isTunnelProtocol,
  tunnelDepth,
} from '../../wire/ipip.js';
import {
  formatIpv4,
  ipv4Fragment,
  ipv4Id,
  ipv4TotalLength,
  ipv4Ttl,
  isIpv4,
  isIpv4ChecksumRight,
  isIpv4Fragment,
} from '../../wire/ipv4.js';
import { formatIpv6, ipv6HopLimit, ipv6PayloadLength, ipv6TrafficClass, isIpv6 } from '../../wire/ipv6.js';
import {
  hasMoreIpv6Fragments,
  ipv6FragmentAt,
  ipv6FragmentId,
  ipv6FragmentOffset,
  nextHeaderFieldAt,
} from '../../wire/ipv6-fragment.js';
import { isMld, mldMaxDelay } from '../../wire/mld.js';
import {
  findNdpOption,
  isNdp,
  mtuOption,
  NDP_ROUTER_ADVERTISEMENT,
  ndpOptionEnd,
  ndpOptionsAt,
  OPTION_MTU,
  OPTION_PREFIX,
  prefixOption,
  routerAdvertisement,
} from '../../wire/ndp.js';
import { hasRouterAlert6 } from '../../wire/router-alert.js';
import { emitSegment, segmentCount } from '../../wire/segment.js';
import {
  isTcp,
  tcpAcknowledgement,
  tcpDestinationPort,
  tcpFlags,
  tcpHeaderLength,
  tcpSequence,
  tcpSourcePort,
  tcpWindow,
} from '../../wire/tcp.js';
import {
  emitTcpOptions,
  noTcpOptions,
  readTcpOptions,
  SACK_BLOCKS,
  tcpOptionsLength,
} from '../../wire/tcp-options.js';
import { isUdp, udpDestinationPort, udpLength, udpSourcePort } from '../../wire/udp.js';
import { completeUnfinished } from '../../wire/unfinished-checksum.js';
import { GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4 } from '../../wire/virtio-net.js';
import { hasVlanTag, vlanInnerType, vlanTci } from '../../wire/vlan.js';

const GSO_TYPES = [GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4] as const;
const options = noTcpOptions();
const again = noTcpOptions();
const written = new Uint8Array(60);
const cut = new Uint8Array(70_000);

/** What parsers answer: words, so that two answers can be compared. */
export type Answers = (number | string | boolean)[];

/**
 * Asks every parser of the wire room about `bytes[offset … offset + length)`, whatever is there; accessors only behind the
 * check that stands before them. Throws Error when an answer contradicts another one.
 */
export function askParsers(bytes: Uint8Array, offset: number, length: number): Answers {
  const answers: Answers = [];
  network(bytes, offset, length, answers);
  tunnels(bytes, offset, length, answers);
  transport(bytes, offset, length, answers);
  messages(bytes, offset, length, answers);
  return answers;
}

/** Asks those that take a whole Ethernet frame; one of them completes its checksum. */
export function askFrameParsers(bytes: Uint8Array, offset: number, length: number): Answers {
  const answers: Answers = [];
  if (length >= 14) {
    answers.push(
      ethernetType(bytes, offset),
      destinationClass(bytes, offset, null),
      formatMac(bytes, offset),
    );
    answers.push(vlinkId(ethernetType(bytes, offset)));
  }
  if (hasVlanTag(bytes, offset, length)) answers.push(vlanTci(bytes, offset), vlanInnerType(bytes, offset));
  for (const type of GSO_TYPES) {
    const gso = { type, size: 100 };
    const count = segmentCount(bytes, offset, length, gso);
    answers.push(count);
    if (count > 0) {
      const size = emitSegment(bytes, offset, length, gso, count - 1, cut, 0);
      if (size <= 0 || size > length) throw new Error(`the last of ${count} segments has ${size} bytes`);
      answers.push(size, cut[size - 1]);
    }
  }
  answers.push(completeUnfinished(bytes, offset, length));
  return answers;
}

function network(bytes: Uint8Array, offset: number, length: number, answers: Answers): void {
  answers.push(isArp(bytes, offset, length));
  if (isArp(bytes, offset, length)) answers.push(arpOperation(bytes, offset));
  if (isIpv4(bytes, offset, length)) {
    const header = ipHeaderLength(bytes, offset, length);
    answers.push(header, ipv4TotalLength(bytes, offset), ipv4Id(bytes, offset), ipv4Fragment(bytes, offset));
    answers.push(isIpv4ChecksumRight(bytes, offset), isIpv4Fragment(bytes, offset), ipv4Ttl(bytes, offset));
    answers.push(ipPseudoSum(bytes, offset, ipProtocol(bytes, offset, header), header));
    answers.push(formatIpv4(bytes, offset + 12), ecnOf(bytes, offset));
  }
  if (!isIpv6(bytes, offset, length)) return;
  const whole = 40 + ipv6PayloadLength(bytes, offset);
  const headers = ipHeaderLength(bytes, offset, whole);
  if (headers > whole) throw new Error(`IPv6 headers of ${headers} bytes in ${whole}`);
  answers.push(ecnOf(bytes, offset), hasRouterAlert6(bytes, offset, whole));
  answers.push(headers, ipv6TrafficClass(bytes, offset), ipv6HopLimit(bytes, offset));
  answers.push(ipPseudoSum(bytes, offset, 6, headers), formatIpv6(bytes, offset + 24));
  if (headers > 0) {
    const field = nextHeaderFieldAt(bytes, offset, headers);
    const protocol = ipProtocol(bytes, offset, headers);
    if (bytes[offset + field] !== protocol)
      throw new Error(`two protocols behind ${headers} bytes of headers`);
    answers.push(field, protocol);
  }
  const at = ipv6FragmentAt(bytes, offset, whole);
  if (at === 0) return;
  answers.push(at, ipv6FragmentOffset(bytes, offset + at), ipv6FragmentId(bytes, offset + at));
  answers.push(hasMoreIpv6Fragments(bytes, offset + at));
}

/** What is or may be in a tunnel. */
function tunnels(bytes: Uint8Array, offset: number, length: number, answers: Answers): void {
  const protocol = insideProtocol(bytes, offset);
  if (length < 1 || !isTunnelProtocol(protocol) || !isInside(bytes, offset, length, protocol)) return;
  const depth = tunnelDepth(bytes, offset, length, 4);
  if (depth < 1 || depth > 4) throw new Error(`${depth} headers of IP behind each other`);
  answers.push(depth, encapsulationLimit(bytes, offset, length), insideFlow(bytes, offset, length));
}

function transport(bytes: Uint8Array, offset: number, length: number, answers: Answers): void {
  if (isUdp(bytes, offset, length)) {
    answers.push(udpSourcePort(bytes, offset), udpDestinationPort(bytes, offset), udpLength(bytes, offset));
  }
  if (!isTcp(bytes, offset, length)) return;
  answers.push(tcpSourcePort(bytes, offset), tcpDestinationPort(bytes, offset), tcpFlags(bytes, offset));
  answers.push(tcpSequence(bytes, offset), tcpAcknowledgement(bytes, offset), tcpWindow(bytes, offset));
  readTcpOptions(bytes, offset, options);
  const { mss, windowScale, sackCount } = options;
  if (mss < 0 || mss > 0xffff || windowScale > 14 || sackCount > SACK_BLOCKS)
    throw new Error(`TCP options mss ${mss}, scale ${windowScale}, ${sackCount} blocks`);
  answers.push(tcpHeaderLength(bytes, offset), mss, windowScale, sackCount, options.timestamp);
  rewrite();
}

/** Options that were read are written, and read again the same. */
function rewrite(): void {
  // All of them together may be more than a header has room for: those of a SYN and SACK blocks never come together.
  if (options.mss > 0 || options.windowScale >= 0 || options.sackPermitted) options.sackCount = 0;
  const size = tcpOptionsLength(options);
  if (size > 40) throw new Error(`TCP options of ${size} bytes`);
  written[12] = ((20 + size) / 4) << 4;
  const length = emitTcpOptions(written, 20, options);
  readTcpOptions(written, 0, again);
  const blocks = Math.min(options.sackCount, again.sackCount);
  const same =
    length === size &&
    again.mss === options.mss &&
    again.windowScale === options.windowScale &&
    again.sackPermitted === options.sackPermitted &&
    again.hasTimestamps === options.hasTimestamps &&
    again.timestamp === options.timestamp &&
    again.timestampEcho === options.timestampEcho &&
    blocks === Math.min(options.sackCount, options.hasTimestamps ? 3 : SACK_BLOCKS) &&
    again.sackLeft.subarray(0, blocks).every((left, i) => left === options.sackLeft[i]);
  if (!same) throw new Error(`TCP options read ${JSON.stringify(options)}, written ${JSON.stringify(again)}`);
}

function messages(bytes: Uint8Array, offset: number, length: number, answers: Answers): void {
  if (isIgmp(bytes, offset, length)) {
    answers.push(igmpQueryVersion(bytes, offset, length), igmpMaxDelay(bytes, offset, length));
    answers.push(isIgmpChecksumRight(bytes, offset, length));
  }
  if (!isIcmp(length)) return;
  const type = icmpType(bytes, offset);
  answers.push(type, icmpCode(bytes, offset), isIcmpQuery(type), isIcmpv6Information(type));
  answers.push(icmpEchoId(bytes, offset), icmpEchoSequence(bytes, offset));
  answers.push(icmpNextHopMtu(bytes, offset), icmpv6Mtu(bytes, offset));
  if (isMld(bytes, offset, length)) answers.push(mldMaxDelay(bytes, offset, length), floatingCode(type, 4));
  if (!isNdp(bytes, offset, length)) return;
  const end = offset + length;
  const first = offset + ndpOptionsAt(type);
  let last = first;
  for (let at = first; at < end; at = ndpOptionEnd(bytes, at)) {
    const kind = bytes[at];
    if (findNdpOption(bytes, at, end, kind) !== at)
      throw new Error(`option ${kind} at ${at} is not found there`);
    if (kind === OPTION_PREFIX) answers.push(JSON.stringify(prefixOption(bytes, at)));
    if (kind === OPTION_MTU) answers.push(mtuOption(bytes, at));
    last = ndpOptionEnd(bytes, at);
  }
  if (last > end) throw new Error(`options end at ${last}, the message at ${end}`);
  if (type === NDP_ROUTER_ADVERTISEMENT) answers.push(JSON.stringify(routerAdvertisement(bytes, offset)));
}
