// Frames with real headers and right checksums, for groups that work in memory.

import { ARP_REPLY, emitArp } from '../../dist/wire/arp.js';
import { ETHERNET_HEADER, emitEthernet, parseMac } from '../../dist/wire/ethernet.js';
import { completeIpv4, emitIpv4, IPV4_HEADER, ipv4PseudoSum, parseIpv4 } from '../../dist/wire/ipv4.js';
import { completeUdp, emitUdp, UDP_HEADER } from '../../dist/wire/udp.js';

/** Distinct frames of a run, and the bytes of each, Ethernet header included, check sequence not. */
export const FRAMES = 1024;
export const BYTES = 64;

const UDP = 17;
const IPV4 = 0x0800;
const ARP = 0x0806;

/**
 * @typedef {object} UdpOptions
 * @property {number} [number] tells frames apart: it is the IP identification and is in the payload
 * @property {string} [to] MAC address @property {string} [from] MAC address
 * @property {string} [source] @property {string} [destination]
 * @property {number} [sourcePort] @property {number} [destinationPort]
 * @property {number} [length] bytes of the frame @property {number} [fragment] flags and offset of the IP header
 * @property {number} [options] bytes of IP options, a multiple of four: no-operations
 */

/** An Ethernet frame with a UDP datagram. @param {UdpOptions} options */
export function udpFrame(options = {}) {
  const { number = 0, to = '02:00:00:00:01:00', from = '02:00:00:00:00:02', length = BYTES } = options;
  const { source = '10.0.0.2', destination = '10.0.1.2', sourcePort = 1024, destinationPort = 53 } = options;
  const bytes = new Uint8Array(length);
  emitEthernet(bytes, 0, mac(to), mac(from), IPV4);
  const ip = ETHERNET_HEADER;
  const udp = ip + IPV4_HEADER;
  const total = length - ip;
  emitIpv4(bytes, ip, total, number, 64, UDP, ipv4(source), ipv4(destination));
  bytes.set([(options.fragment ?? 0) >> 8, (options.fragment ?? 0) & 255], ip + 6);
  completeIpv4(bytes, ip);
  const datagram = total - IPV4_HEADER;
  emitUdp(bytes, udp, sourcePort, destinationPort, datagram);
  for (let at = udp + UDP_HEADER; at < length; at++)
    bytes[at] = (Math.imul(number + 1, 0x9e3779b1) >>> (at % 24)) & 255;
  completeUdp(bytes, udp, datagram, ipv4PseudoSum(bytes, ip, UDP, datagram));
  return bytes;
}

/** 1,024 of them, from 200 hosts and as many ports as there are frames. @param {UdpOptions} [options] */
export function udpFrames(options = {}) {
  return Array.from({ length: FRAMES }, (_, number) =>
    udpFrame({ number, source: `10.0.0.${2 + (number % 200)}`, sourcePort: 1024 + number, ...options }),
  );
}

/** The answer of a host to an ARP request. @param {Uint8Array} request an Ethernet frame @param {string} address MAC */
export function arpReply(request, address) {
  const reply = new Uint8Array(60);
  const asker = request.slice(22, 28);
  emitEthernet(reply, 0, asker, mac(address), ARP);
  emitArp(reply, 14, ARP_REPLY, mac(address), request.slice(38, 42), asker, request.slice(28, 32));
  return reply;
}

/** @param {string} text */
export function mac(text) {
  const bytes = parseMac(text);
  if (bytes === null) throw new Error(`${text} is no MAC address`);
  return bytes;
}

/** @param {string} text */
export function ipv4(text) {
  const bytes = parseIpv4(text);
  if (bytes === null) throw new Error(`${text} is no IPv4 address`);
  return bytes;
}

/** FNV-1a, one byte after the other. */
export class Digest {
  #hash = 0x811c9dc5;

  /** @param {Uint8Array} bytes @param {number} [from] @param {number} [to] */
  add(bytes, from = 0, to = bytes.length) {
    let hash = this.#hash;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
    this.#hash = hash >>> 0;
  }

  /** @param {number} value a whole number below 2^48 */
  addNumber(value) {
    const bytes = new Uint8Array(6);
    for (let i = 0; i < 6; i++) bytes[i] = Math.floor(value / 256 ** i) & 255;
    this.add(bytes);
  }

  get text() {
    return this.#hash.toString(16).padStart(8, '0');
  }
}
