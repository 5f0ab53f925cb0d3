import type { EnginePort } from '../../contract/block.js';
import { EGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { writeU16 } from '../../wire/bytes.js';
import { internetChecksum } from '../../wire/checksum.js';
import { ETHERNET_HEADER, ETHERTYPE_IPV4, ETHERTYPE_IPV6, emitEthernet } from '../../wire/ethernet.js';
import { emitRecord, RecordType, recordLength } from '../../wire/group-record.js';
import { ICMP_CHECKSUM } from '../../wire/icmp.js';
import {
  emitIgmp,
  emitIgmpReport3,
  IGMP_LEAVE,
  IGMP_MESSAGE,
  IGMP_RECORDS,
  IGMP_REPORT1,
  IGMP_REPORT2,
  PROTOCOL_IGMP,
} from '../../wire/igmp.js';
import { completeIpv4, emitIpv4, IPV4_HEADER, PROTOCOL_ICMPV6 } from '../../wire/ipv4.js';
import { emitIpv6, IPV6_HEADER, ipv6PseudoSum } from '../../wire/ipv6.js';
import { emitMld, emitMldReport2, MLD_DONE, MLD_MESSAGE, MLD_RECORDS, MLD_REPORT1 } from '../../wire/mld.js';
import { emitRouterAlert6, ROUTER_ALERT4, ROUTER_ALERT6_HEADER } from '../../wire/router-alert.js';
import { multicastMac } from '../group-mac.js';
import type { HostInterface } from '../interface.js';
import { isLinkLocal } from '../source-selection.js';
import type { GroupVersion, Telling } from './reporter.js';

/** Type of service "internetwork control" (RFC 3376 §4). */
const CONTROL = 0xc0;
const NEWEST = 3;
const ALL_ROUTERS4 = Uint8Array.of(224, 0, 0, 2);
const ALL_IGMP3 = Uint8Array.of(224, 0, 0, 22);
const ALL_ROUTERS6 = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);
const ALL_MLD2 = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16);
const recordTypes = {
  'is-member': RecordType.isExclude,
  joins: RecordType.toExclude,
  leaves: RecordType.toInclude,
} as const;

/** A message to be sent: its length, to whom it goes, and who writes it, without the checksum of MLD. */
interface Message {
  readonly length: number;
  readonly destination: Uint8Array;
  write(bytes: Uint8Array, at: number): void;
}

/** Tells of groups of one family on an interface, by frames of at most `longest` bytes; answers how many messages were sent. */
export function sendReports(
  engine: EnginePort,
  at: HostInterface,
  version: GroupVersion,
  tellings: readonly Telling[],
  longest: number,
): number {
  if (tellings.length === 0 || at.mac === null) return 0;
  const size = tellings[0].group.length;
  const front = size === 4 ? IPV4_HEADER + ROUTER_ALERT4.length : IPV6_HEADER + ROUTER_ALERT6_HEADER;
  const room = Math.min(at.mtu, longest - ETHERNET_HEADER) - front - MLD_RECORDS;
  const most = Math.max(1, Math.floor(room / recordLength(size)));
  let sent = 0;
  const step = version === NEWEST ? most : 1;
  for (let i = 0; i < tellings.length; i += step) {
    const message =
      version === NEWEST ? report(tellings.slice(i, i + step), size) : oldMessage(tellings[i], version);
    if (send(engine, at, at.mac, size, front, message)) sent++;
  }
  return sent;
}

function report(tellings: readonly Telling[], size: number): Message {
  const isFour = size === 4;
  const records = tellings.length * recordLength(size);
  const begin = isFour ? IGMP_RECORDS : MLD_RECORDS;
  return {
    length: begin + records,
    destination: isFour ? ALL_IGMP3 : ALL_MLD2,
    write(bytes, at) {
      for (const [i, { what, group }] of tellings.entries()) {
        emitRecord(bytes, at + begin + i * recordLength(size), recordTypes[what], group);
      }
      if (isFour) emitIgmpReport3(bytes, at, tellings.length, records);
      else emitMldReport2(bytes, at, tellings.length);
    },
  };
}

function oldMessage({ what, group }: Telling, version: GroupVersion): Message {
  const leaves = what === 'leaves';
  if (group.length === 4) {
    const type = leaves ? IGMP_LEAVE : version === 1 ? IGMP_REPORT1 : IGMP_REPORT2;
    return {
      length: IGMP_MESSAGE,
      destination: leaves ? ALL_ROUTERS4 : group,
      write: (bytes, at) => emitIgmp(bytes, at, type, group),
    };
  }
  return {
    length: MLD_MESSAGE,
    destination: leaves ? ALL_ROUTERS6 : group,
    write: (bytes, at) => emitMld(bytes, at, leaves ? MLD_DONE : MLD_REPORT1, group),
  };
}

function send(
  engine: EnginePort,
  out: HostInterface,
  mac: Uint8Array,
  size: number,
  front: number,
  message: Message,
): boolean {
  const frame = engine.create();
  if (frame === null) return false;
  frame.length = ETHERNET_HEADER + front + message.length;
  const isFour = size === 4;
  const ip = frame.start + ETHERNET_HEADER;
  message.write(frame.bytes, ip + front);
  if (isFour) writeHeader4(frame, ip, message, sourceOf(out, 4));
  else writeHeader6(frame, ip, message, sourceOf(out, 16));
  const to = multicastMac(message.destination, 0, size);
  emitEthernet(frame.bytes, frame.start, to, mac, isFour ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
  frame.direction = EGRESS;
  frame.interfaceIndex = out.index;
  engine.emit(frame, 2 * (out.index - 1) + EGRESS);
  return true;
}

function writeHeader4({ bytes }: Frame, ip: number, { length, destination }: Message, source: Uint8Array) {
  const total = IPV4_HEADER + ROUTER_ALERT4.length + length;
  emitIpv4(bytes, ip, total, 0, 1, PROTOCOL_IGMP, source, destination);
  bytes[ip] = 0x40 | ((IPV4_HEADER + ROUTER_ALERT4.length) >>> 2);
  bytes[ip + 1] = CONTROL;
  bytes.set(ROUTER_ALERT4, ip + IPV4_HEADER);
  completeIpv4(bytes, ip);
}

function writeHeader6({ bytes }: Frame, ip: number, { length, destination }: Message, source: Uint8Array) {
  emitIpv6(bytes, ip, ROUTER_ALERT6_HEADER + length, 0, 1, source, destination);
  emitRouterAlert6(bytes, ip + IPV6_HEADER, PROTOCOL_ICMPV6);
  const at = ip + IPV6_HEADER + ROUTER_ALERT6_HEADER;
  const sum = ipv6PseudoSum(bytes, ip, PROTOCOL_ICMPV6, length);
  writeU16(bytes, at + ICMP_CHECKSUM, internetChecksum(bytes, at, length, sum));
}

/** An address of the link that is surely the host's own, or none (RFC 3376 §4.2.13, RFC 3590, RFC 3810 §5.2.13). */
function sourceOf({ addresses }: HostInterface, size: number): Uint8Array {
  const own = addresses.find(
    ({ address, isUsable, isUnchecked }) =>
      address.length === size && isUsable && !isUnchecked && (size === 4 || isLinkLocal(address, 0, 16)),
  );
  return own?.address ?? new Uint8Array(size);
}
