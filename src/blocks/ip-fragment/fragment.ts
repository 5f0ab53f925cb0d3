import type { Frame } from '../../contract/frame.js';
import {
  completeIpv4,
  IPV4_HEADER,
  IPV4_MORE_FRAGMENTS,
  ipv4HeaderLength,
  isIpv4ChecksumRight,
} from '../../wire/ipv4.js';
import { copyMetadata } from '../frame-metadata.js';
import { isIpv4At } from '../ipv4-at.js';

/** Kinds of options (RFC 791 §3.1): one byte each; of the others the top bit says that fragments carry them too. */
const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
const COPIED = 0x80;

/** True when the frame has a sound IPv4 packet at `at`: what is cut gets new checksums, which must hide no damage. */
export function isSound(frame: Frame, at: number): boolean {
  return isIpv4At(frame, at) && isIpv4ChecksumRight(frame.bytes, frame.start + at);
}

/** Length of the header that all fragments but the first get: with the options that are to be copied, padded. */
export function laterHeaderLength(frame: Frame, at: number): number {
  const header = (frame.u8(at) & 0x0f) << 2;
  return header === IPV4_HEADER ? header : copyOptions(frame, at, header, frame, -1);
}

/**
 * Copies the options with the copy bit behind the 20 bytes of a header at `to`, and answers the header's length.
 * With `to` below 0 it only measures. An option whose length is wrong ends the list.
 */
function copyOptions(frame: Frame, at: number, header: number, own: Frame, to: number): number {
  let size = IPV4_HEADER;
  let from = IPV4_HEADER;
  while (from < header) {
    const kind = frame.u8(at + from);
    if (kind === END_OF_OPTIONS) break;
    const length = kind === NO_OPERATION ? 1 : frame.u8(at + from + 1);
    if (length < 1 || (kind !== NO_OPERATION && length < 2) || from + length > header) break;
    if ((kind & COPIED) !== 0) {
      if (to >= 0) for (let i = 0; i < length; i++) own.setU8(to + size + i, frame.u8(at + from + i));
      size += length;
    }
    from += length;
  }
  const padded = (size + 3) & ~3;
  if (to >= 0) for (let i = size; i < padded; i++) own.setU8(to + i, END_OF_OPTIONS);
  return padded;
}

/** Writes the fragment with bytes `from … from + count` of the packet's data into a frame that is empty. */
export function writeFragment(frame: Frame, own: Frame, at: number, from: number, count: number): void {
  const { bytes } = frame;
  const header = ipv4HeaderLength(bytes, frame.start + at);
  const later = laterHeaderLength(frame, at);
  const data = frame.u16(at + 2) - header;
  const word = frame.u16(at + 6);
  copyMetadata(frame, own);
  own.length = at + later + count;
  bytes.copyWithin(own.start, frame.start, frame.start + at + IPV4_HEADER);
  if (later > IPV4_HEADER) copyOptions(frame, at, header, own, at);
  const source = frame.start + at + header + from;
  bytes.copyWithin(own.start + at + later, source, source + count);
  own.setU8(at, 0x40 | (later >>> 2));
  own.setU16(at + 2, later + count);
  const more = from + count < data ? IPV4_MORE_FRAGMENTS : 0;
  own.setU16(at + 6, (word | more) + (from >>> 3));
  completeIpv4(bytes, own.start + at);
}

/** Makes the frame its own first fragment, with `count` bytes of data. */
export function cutToFirst(frame: Frame, at: number, count: number): void {
  const header = (frame.u8(at) & 0x0f) << 2;
  frame.truncate(at + header + count);
  frame.setU16(at + 2, header + count);
  frame.setU16(at + 6, frame.u16(at + 6) | IPV4_MORE_FRAGMENTS);
  completeIpv4(frame.bytes, frame.start + at);
}
