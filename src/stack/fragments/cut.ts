import type { EnginePort } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { copyBytes, writeU16 } from '../../wire/bytes.js';
import { ipHeaderLength, ipProtocol } from '../../wire/ip.js';
import {
  completeIpv4,
  IPV4_DONT_FRAGMENT,
  IPV4_HEADER,
  IPV4_MORE_FRAGMENTS,
  ipv4Fragment,
  ipv4HeaderLength,
  PROTOCOL_TCP,
} from '../../wire/ipv4.js';
import { IPV6_HEADER } from '../../wire/ipv6.js';
import {
  emitIpv6Fragment,
  IPV6_FRAGMENT_HEADER,
  nextHeaderFieldAt,
  PROTOCOL_IPV6_FRAGMENT,
} from '../../wire/ipv6-fragment.js';
import { UDP_HEADER } from '../../wire/udp.js';

const HOP_BY_HOP = 0;
/** Kinds of options (RFC 791 §3.1). Those with the top bit set are in every fragment. */
const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
const COPIED = 0x80;

/** True for an IPv4 packet that must not be cut. */
export function mustStayWhole(bytes: Uint8Array, start: number): boolean {
  return bytes[start] >>> 4 === 4 && (ipv4Fragment(bytes, start) & IPV4_DONT_FRAGMENT) !== 0;
}

/** Length of the longest packet that the frame will be: the link may have to cut it into segments, each with its headers. */
export function longestPacket({ bytes, start, length, segmentSize }: Frame): number {
  if (segmentSize === 0) return length;
  const header = ipHeaderLength(bytes, start, length);
  const protocol = ipProtocol(bytes, start, header);
  const transport = protocol === PROTOCOL_TCP ? (bytes[start + header + 12] >>> 4) << 2 : UDP_HEADER;
  return Math.min(length, header + transport + segmentSize);
}

/**
 * Cuts a packet into fragments of at most `mtu` bytes (RFC 791 §3.2, RFC 8200 §4.5). The frame becomes the first; the
 * others are the answer, in order. Null, with nothing changed: `free` frames are too few, or the headers leave no room.
 * `identification` names the packet, for IPv6; one of IPv4 has its own.
 */
export function cut(
  frame: Frame,
  mtu: number,
  free: number,
  identification: number,
  engine: EnginePort,
): Frame[] | null {
  return frame.bytes[frame.start] >>> 4 === 4
    ? cut4(frame, mtu, free, engine)
    : cut6(frame, mtu, free, identification, engine);
}

function cut4(frame: Frame, mtu: number, free: number, engine: EnginePort): Frame[] | null {
  const { bytes, start, length } = frame;
  const header = ipv4HeaderLength(bytes, start);
  const options = copiedOptions(bytes, start, header);
  const later = IPV4_HEADER + options.length;
  const data = length - header;
  const first = (mtu - header) & ~7;
  const step = (mtu - later) & ~7;
  const frames = take(data, first, step, free, engine);
  if (frames === null) return null;
  const word = ipv4Fragment(bytes, start);
  for (const [i, own] of frames.entries()) {
    const from = first + i * step;
    const count = Math.min(step, data - from);
    own.length = later + count;
    copyBytes(bytes, start, IPV4_HEADER, own.bytes, own.start);
    own.bytes.set(options, own.start + IPV4_HEADER);
    copyBytes(bytes, start + header + from, count, own.bytes, own.start + later);
    own.bytes[own.start] = 0x40 | (later >>> 2);
    writeU16(own.bytes, own.start + 2, later + count);
    const more = from + count < data ? IPV4_MORE_FRAGMENTS : 0;
    writeU16(own.bytes, own.start + 6, (word | more) + (from >>> 3));
    completeIpv4(own.bytes, own.start);
  }
  frame.truncate(header + first);
  writeU16(bytes, start + 2, header + first);
  writeU16(bytes, start + 6, word | IPV4_MORE_FRAGMENTS);
  completeIpv4(bytes, start);
  return frames;
}

function cut6(
  frame: Frame,
  mtu: number,
  free: number,
  identification: number,
  engine: EnginePort,
): Frame[] | null {
  const { bytes, start, length } = frame;
  // Hop-by-hop options are read on the way: they stay in front.
  const hopByHop = bytes[start + 6] === HOP_BY_HOP ? (bytes[start + IPV6_HEADER + 1] + 1) << 3 : 0;
  const header = IPV6_HEADER + hopByHop;
  const field = nextHeaderFieldAt(bytes, start, header);
  const next = bytes[start + field];
  const data = length - header;
  const step = (mtu - header - IPV6_FRAGMENT_HEADER) & ~7;
  const frames = take(data, step, step, free, engine);
  if (frames === null) return null;
  if (!frame.push(IPV6_FRAGMENT_HEADER)) {
    for (const own of frames) engine.discard(own, 0);
    return null;
  }
  const write = (own: Frame, from: number, count: number) => {
    const at = own.start;
    own.length = header + IPV6_FRAGMENT_HEADER + count;
    writeU16(own.bytes, at + 4, own.length - IPV6_HEADER);
    own.bytes[at + field] = PROTOCOL_IPV6_FRAGMENT;
    emitIpv6Fragment(own.bytes, at + header, next, from, from + count < data, identification);
  };
  for (const [i, own] of frames.entries()) {
    const from = (i + 1) * step;
    const count = Math.min(step, data - from);
    copyBytes(bytes, start, header, own.bytes, own.start);
    copyBytes(bytes, start + header + from, count, own.bytes, own.start + header + IPV6_FRAGMENT_HEADER);
    write(own, from, count);
  }
  copyBytes(bytes, start, header, bytes, frame.start);
  write(frame, 0, step);
  return frames;
}

/** Frames for all fragments but the first; null: there are too few, or they would be too small. */
function take(data: number, first: number, step: number, free: number, engine: EnginePort): Frame[] | null {
  if (first <= 0 || step <= 0) return null;
  const count = Math.ceil((data - first) / step);
  if (count > free) return null;
  const frames: Frame[] = [];
  for (let i = 0; i < count; i++) {
    const own = engine.create();
    if (own !== null) frames.push(own);
  }
  return frames;
}

/** Options that every fragment carries, padded to words; one with a wrong length ends the list. */
function copiedOptions(bytes: Uint8Array, start: number, header: number): Uint8Array {
  const options: number[] = [];
  let at = IPV4_HEADER;
  while (at < header) {
    const kind = bytes[start + at];
    if (kind === END_OF_OPTIONS) break;
    const length = kind === NO_OPERATION ? 1 : bytes[start + at + 1];
    if (length < 1 || (kind !== NO_OPERATION && length < 2) || at + length > header) break;
    if ((kind & COPIED) !== 0) options.push(...bytes.subarray(start + at, start + at + length));
    at += length;
  }
  while ((options.length & 3) !== 0) options.push(END_OF_OPTIONS);
  return Uint8Array.from(options);
}
