import { readU16, writeU16, writeU32 } from '../../wire/bytes.js';
import {
  ETHERNET_DESTINATION,
  ETHERNET_HEADER,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ethernetType,
} from '../../wire/ethernet.js';
import { IPV4_DESTINATION, IPV4_HEADER, IPV4_SOURCE, ipv4HeaderLength } from '../../wire/ipv4.js';
import { IPV6_DESTINATION, IPV6_HEADER, IPV6_SOURCE, ipv6HeaderLength } from '../../wire/ipv6.js';
import type { Field } from '../../wire/print/layer.js';
import type { Dice } from '../random-transfer.js';
import { type Corpus, LONGEST, type Sample } from './corpus.js';
import { repair, unfinish } from './repair.js';

/** For whom mutated frames are made out, so that they get further than to an address check. */
export interface Target {
  readonly mac: Uint8Array;
  /** To whom and whence, by the family of the packet. */
  readonly to4: Uint8Array;
  readonly from4: Uint8Array;
  readonly to6: readonly Uint8Array[];
  readonly from6: Uint8Array;
  readonly ports: readonly number[];
}

/**
 * A frame made of those of a corpus: fields set to what their readers may not expect, bits turned, cut, spliced, stretches
 * doubled; mostly made out for the target, if there is one; in half of the cases with right checksums afterwards.
 */
export function mutated(corpus: Corpus, dice: Dice, target: Target | null = null): Uint8Array {
  const sample = corpus.choose(dice);
  let frame: Uint8Array = sample.bytes.slice();
  if (dice.often(5)) frame = splice(frame, corpus.choose(dice).bytes, dice);
  if (dice.often(5)) frame = double(frame, sample, dice);
  if (target !== null && dice.often(85)) makeOut(frame, dice, target);
  for (let i = dice.often(85) ? dice.magnitude(1, 8) : 0; i > 0; i--) {
    const { fields } = sample;
    if (fields.length > 0 && dice.often(55)) setField(frame, fields[dice.upTo(fields.length - 1)], dice);
    else turn(frame, dice);
  }
  if (dice.often(5)) unfinish(frame);
  if (dice.often(10)) frame = frame.slice(0, cutAt(frame.length, dice));
  if (dice.often(50)) repair(frame);
  return frame;
}

/** Anywhere, or close to the end. */
function cutAt(length: number, dice: Dice): number {
  return dice.often(50) ? dice.between(1, length) : Math.max(1, length - dice.magnitude(1, 40));
}

/** Makes a frame out for the target. Its last sender: the address that is given as whence. */
function makeOut(frame: Uint8Array, dice: Dice, target: Target): void {
  if (frame.length < ETHERNET_HEADER + IPV4_HEADER) return;
  frame.set(target.mac, ETHERNET_DESTINATION);
  const type = ethernetType(frame, 0);
  const ip = ETHERNET_HEADER;
  let transport = 0;
  if (type === ETHERTYPE_IPV4) {
    frame.set(target.to4, ip + IPV4_DESTINATION);
    frame.set(target.from4, ip + IPV4_SOURCE);
    transport = ip + ipv4HeaderLength(frame, ip);
  } else if (type === ETHERTYPE_IPV6 && frame.length >= ip + IPV6_HEADER) {
    // Groups stay what they are: solicitations go to them.
    if (frame[ip + IPV6_DESTINATION] !== 0xff) frame.set(dice.oneOf(...target.to6), ip + IPV6_DESTINATION);
    frame.set(target.from6, ip + IPV6_SOURCE);
    const headers = ipv6HeaderLength(frame, ip, frame.length - ip);
    transport = headers === 0 ? 0 : ip + headers;
  }
  if (transport > 0 && transport + 4 <= frame.length && dice.often(70))
    writeU16(frame, transport + 2, dice.oneOf(...target.ports));
}

/** Sets a field, or a byte of an option, to a value at an edge, close to what it is, or to any. */
function setField(frame: Uint8Array, { name, at, length }: Field, dice: Dice): void {
  // An option is its kind, its length and its value: one of them.
  const isOption = name === 'option';
  const place = isOption ? at + dice.upTo(Math.min(2, length - 1)) : at;
  const width = isOption ? 1 : length;
  if (place + width > frame.length) return;
  if (width === 2) {
    const now = readU16(frame, place);
    const rest = frame.length - place;
    writeU16(
      frame,
      place,
      dice.oneOf(0, 1, 0x7fff, 0x8000, 0xffff, now - 1, now + 1, now * 2, rest, dice.upTo(0xffff)),
    );
  } else if (width === 4) {
    writeU32(frame, place, dice.oneOf(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, dice.upTo(0xffff_ffff)));
  } else if (width > 4) {
    frame.fill(dice.oneOf(0, 1, 0xff), place, place + width);
  } else {
    const now = frame[place];
    const nibble = (now & 0x0f) | (dice.upTo(15) << 4);
    frame[place] = dice.oneOf(
      0,
      1,
      0x7f,
      0xff,
      now - 1,
      now + 1,
      now * 2,
      nibble,
      (now & 0xf0) | dice.upTo(15),
      dice.upTo(255),
    );
  }
}

/** Turns a bit or sets a byte; headers tell more than text. */
function turn(frame: Uint8Array, dice: Dice): void {
  const at = dice.often(70) ? dice.upTo(Math.min(frame.length, 100) - 1) : dice.upTo(frame.length - 1);
  if (dice.often(50)) frame[at] ^= 1 << dice.upTo(7);
  else frame[at] = dice.oneOf(0, 1, 0x7f, 0x80, 0xff, dice.upTo(255));
}

function splice(first: Uint8Array, second: Uint8Array, dice: Dice): Uint8Array {
  const head = first.subarray(0, dice.upTo(first.length));
  const tail = second.subarray(dice.upTo(second.length - 1));
  return joined(head, tail);
}

/** Repeats what is between two headers, so that a header is there twice, or more often. */
function double(frame: Uint8Array, { headers }: Sample, dice: Dice): Uint8Array {
  const from = headers[dice.upTo(headers.length - 1)];
  const to = dice.oneOf(frame.length, ...headers.filter((at) => at > from));
  return joined(frame.subarray(0, to), frame.subarray(from));
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.max(1, Math.min(LONGEST, head.length + tail.length)));
  whole.set(head.subarray(0, whole.length));
  const room = whole.length - Math.min(head.length, whole.length);
  whole.set(tail.subarray(0, room), whole.length - room);
  return whole;
}
