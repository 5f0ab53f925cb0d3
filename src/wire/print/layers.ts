/**
 * Takes a frame apart for people, and for tests: the one printer over all wire formats of this room. It goes from header to
 * header, the outermost first, and stops at what it does not know, at payload and at fragments. It never throws, reads
 * nothing behind the frame's end, and what it answers is bounded, whatever the bytes are.
 */
import { printArp } from './arp.js';
import { printEthernet, printLlc, printUnknownType } from './ethernet.js';
import { printIcmp } from './icmp.js';
import { printIcmpv6 } from './icmpv6.js';
import { printIgmp } from './igmp.js';
import { printIpv4 } from './ipv4.js';
import { printAuthentication, printIpv6, printIpv6Fragment, printIpv6Options, printRouting } from './ipv6.js';
import type { Format, Layer, Stretch } from './layer.js';
import { printMacControl, printMpls, printVlan } from './tags.js';
import { printTcp, printUdp, printUnknownProtocol } from './transport.js';
import { LayerWriter } from './writer.js';

/** Headers of one frame that are told. */
export const MOST_LAYERS = 32;

/** Takes one header down; answers where the next one is, null: nothing is to be told of what follows. */
type Printer = (writer: LayerWriter) => Stretch | null;

const PRINTERS: Readonly<Record<Format, Printer>> = {
  ethernet: printEthernet,
  llc: printLlc,
  vlan: printVlan,
  mpls: printMpls,
  'mac-control': printMacControl,
  arp: printArp,
  'unknown-type': printUnknownType,
  ipv4: printIpv4,
  ipv6: printIpv6,
  'hop-by-hop': printIpv6Options,
  'destination-options': printIpv6Options,
  routing: printRouting,
  fragment: printIpv6Fragment,
  authentication: printAuthentication,
  icmp: printIcmp,
  icmpv6: printIcmpv6,
  igmp: printIgmp,
  udp: printUdp,
  tcp: printTcp,
  'unknown-protocol': printUnknownProtocol,
};

/** What a frame begins with: a hardware header, or that of IP (TUN, tunnels). */
export type FirstHeader = 'ethernet' | 'ip';

/**
 * The layers of the frame `bytes[start … start + length)`. `wireLength`: its length on the wire, when the capture may have
 * cut it; places count from its first byte.
 */
export function layersOf(
  bytes: Uint8Array,
  start: number,
  length: number,
  { wireLength = length, first = 'ethernet' }: { wireLength?: number; first?: FirstHeader } = {},
): Layer[] {
  const frame = bytes.subarray(start, start + length);
  const layers: Layer[] = [];
  const ip: Format = frame.length > 0 && frame[0] >>> 4 === 6 ? 'ipv6' : 'ipv4';
  let here: Stretch | null = {
    ...{ format: first === 'ethernet' ? first : ip, number: 0, at: 0, depth: 0, ip: null },
    ...{ held: frame.length, end: Math.max(frame.length, wireLength) },
  };
  while (here !== null && layers.length < MOST_LAYERS) {
    const writer: LayerWriter = new LayerWriter(here.format, frame, here);
    here = PRINTERS[here.format](writer);
    layers.push(writer);
  }
  return layers;
}
