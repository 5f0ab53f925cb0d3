import { emitIpv6 } from '../wire/ipv6.js';
import { ethernetFrame, IPV4 } from './frames.js';
import { ipv4Packet } from './ip-packets.js';

export const IPV6 = 0x86dd;
export const [ICMP, TCP, UDP, ICMPV6] = [1, 6, 17, 58] as const;

export interface IpFrameOptions {
  /** Dotted addresses; of IPv6, the last two bytes of fd00:: as a number. */
  readonly source?: string | number;
  readonly destination?: string | number;
  readonly protocol?: number;
  /** The first bytes of the payload are these 16-bit numbers: port numbers mostly. */
  readonly words?: readonly number[];
  /** Length of the payload in bytes, its words included; default 40. */
  readonly length?: number;
  /** IPv4 only: flags and offset. */
  readonly fragment?: number;
  /** VLAN tags, the outermost first, as TPID and TCI. */
  readonly tags?: readonly (readonly [number, number])[];
}

/** An Ethernet frame with an IPv4 packet, 10.0.0.1 to 10.0.0.2 and UDP unless told otherwise. */
export function ipv4Frame(options: IpFrameOptions = {}): Uint8Array {
  const { source = '10.0.0.1', destination = '10.0.0.2', protocol = UDP, fragment = 0 } = options;
  const ends = { source: String(source), destination: String(destination) };
  const packet = ipv4Packet({ ...ends, protocol, fragment, id: 1, payload: payloadOf(options) });
  return framed(packet, IPV4, options);
}

/** An Ethernet frame with an IPv6 packet, fd00::1 to fd00::2 and UDP unless told otherwise. */
export function ipv6Frame(options: IpFrameOptions = {}, extensions: readonly number[] = []): Uint8Array {
  const { source = 1, destination = 2, protocol = UDP } = options;
  const payload = payloadOf(options);
  const packet = new Uint8Array(40 + extensions.length + payload.length);
  emitIpv6(
    packet,
    0,
    packet.length - 40,
    protocol,
    64,
    ipv6Address(Number(source)),
    ipv6Address(Number(destination)),
  );
  packet.set(extensions, 40);
  packet.set(payload, 40 + extensions.length);
  return framed(packet, IPV6, options);
}

function payloadOf({ words = [1000, 2000], length = 40 }: IpFrameOptions): Uint8Array {
  const payload = new Uint8Array(length);
  payload.set(words.flatMap((word) => [word >> 8, word & 0xff]).slice(0, length));
  return payload;
}

function ipv6Address(last: number): Uint8Array {
  const address = new Uint8Array(16);
  address.set([0xfd, 0], 0);
  address.set([last >> 8, last & 0xff], 14);
  return address;
}

function framed(packet: Uint8Array, type: number, { tags = [] }: IpFrameOptions): Uint8Array {
  const between = tags.flatMap(([tpid, tci]) => [tpid >> 8, tpid & 0xff, tci >> 8, tci & 0xff]);
  const plain = ethernetFrame({ type, payload: packet });
  return Uint8Array.of(...plain.subarray(0, 12), ...between, ...plain.subarray(12));
}
