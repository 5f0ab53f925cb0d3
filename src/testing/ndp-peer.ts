import { emitNdpNeighbour, NDP_ADVERTISEMENT } from '../wire/ndp.js';
import { makeStation, type Station } from './host-lan.js';
import { echo6, framed, icmpv6Packet, six } from './ipv6-packets.js';

const MAC = '02:00:00:00:01:01';
const OTHER = '02:00:00:00:00:99';
/** The other on the link, and the host itself. */
export const PEER = 'fe80::99';
export const OWN = 'fe80::ff:fe00:101';
export const SECOND = 1_000_000;

/** A host with a link-local address that has been its own for long. */
export function quiet(mode: 'link-local' | 'auto' = 'link-local'): Station {
  const station = makeStation(1, ['lan'], { ipv6: mode, check: 'off' });
  station.node.settle();
  return station;
}
/** Lets a packet of the peer's arrive. */
export const hear = (station: Station, packet: Uint8Array) =>
  station.node.arrive('lan', framed(MAC, OTHER, packet));
/** Frames that it has sent since it was asked last. */
export const sent = (station: Station) => station.node.links.end('lan').take();
/** ICMPv6 types of frames. */
export const typesOf = (frames: readonly Uint8Array[]) => frames.map((frame) => frame[54]);
export const otherMac = Uint8Array.of(2, 0, 0, 0, 0, 0x99);

/** A solicitation or an advertisement. */
export function neighbourMessage(type: number, target: string, flags = 0, mac: Uint8Array | null = otherMac) {
  const bytes = new Uint8Array(32);
  return bytes.subarray(0, emitNdpNeighbour(bytes, 0, type, flags, six(target), mac));
}
/** The peer's, of itself. */
export const advertisement = (flags: number, mac: Uint8Array | null = otherMac) =>
  icmpv6Packet(PEER, OWN, neighbourMessage(NDP_ADVERTISEMENT, PEER, flags, mac));

/** An echo request of the peer's: the host has to find it for its answer. */
export const speak = (station: Station) => hear(station, icmpv6Packet(PEER, OWN, echo6(128, 4), 64));
export const peerOf = (station: Station) => station.at('lan').neighbours(16).find(six(PEER));
export const SOLICITED = 0x40;
export const OVERRIDE = 0x20;
