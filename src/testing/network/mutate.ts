import { writeU16 } from '../../wire/bytes.js';
import { internetChecksum } from '../../wire/checksum.js';
import { ETHERNET_DESTINATION, ETHERNET_HEADER, ETHERTYPE_IPV4, ethernetType } from '../../wire/ethernet.js';
import {
  completeIpv4,
  IPV4_DESTINATION,
  IPV4_SOURCE,
  ipv4HeaderLength,
  ipv4Protocol,
  ipv4PseudoSum,
  ipv4TotalLength,
  isIpv4,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../../wire/ipv4.js';
import { completeTcp, TCP_HEADER } from '../../wire/tcp.js';
import { completeUdp, UDP_HEADER } from '../../wire/udp.js';
import type { Dice } from '../random-transfer.js';

const MOST = 1514;

/** For whom mutated frames are made out, so that they get further than to an address check. */
export interface Target {
  readonly mac: Uint8Array;
  readonly address: Uint8Array;
  /** Whence they come at last, when they are made out. */
  readonly from: Uint8Array;
  readonly ports: readonly number[];
}

/** A frame made of those of a corpus: cut, spliced, bytes changed; mostly made out for the target with right checksums. */
export function mutated(corpus: readonly Uint8Array[], dice: Dice, target: Target): Uint8Array {
  let frame: Uint8Array = corpus[dice.upTo(corpus.length - 1)].slice(0, MOST);
  if (dice.often(5)) frame = splice(frame, corpus[dice.upTo(corpus.length - 1)], dice);
  if (dice.often(10)) frame = frame.slice(0, dice.between(1, frame.length));
  if (dice.often(80)) makeOut(frame, dice, target);
  for (let i = dice.often(80) ? dice.magnitude(1, 16) : 0; i > 0; i--) {
    // Headers tell more than text.
    const at = dice.often(70) ? dice.upTo(Math.min(frame.length, 80) - 1) : dice.upTo(frame.length - 1);
    if (dice.often(50)) frame[at] ^= 1 << dice.upTo(7);
    else frame[at] = dice.oneOf(0, 1, 0x7f, 0x80, 0xff, dice.upTo(255));
  }
  if (dice.often(80)) complete(frame, dice.often(80));
  return frame;
}

function splice(first: Uint8Array, second: Uint8Array, dice: Dice): Uint8Array {
  const head = first.subarray(0, dice.upTo(first.length));
  const tail = second.subarray(dice.upTo(second.length - 1));
  const whole = new Uint8Array(Math.min(MOST, Math.max(1, head.length + tail.length)));
  whole.set(head.subarray(0, whole.length));
  whole.set(
    tail.subarray(0, whole.length - Math.min(head.length, whole.length)),
    Math.min(head.length, whole.length),
  );
  return whole;
}

function makeOut(frame: Uint8Array, dice: Dice, { mac, address, from, ports }: Target): void {
  if (frame.length < ETHERNET_HEADER + 24) return;
  frame.set(mac, ETHERNET_DESTINATION);
  const at = ETHERNET_HEADER;
  if (ethernetType(frame, 0) !== ETHERTYPE_IPV4 || !isIpv4(frame, at, frame.length - at)) return;
  frame.set(address, at + IPV4_DESTINATION);
  frame.set(from, at + IPV4_SOURCE);
  const transport = at + ipv4HeaderLength(frame, at);
  if (dice.often(70) && transport + 4 <= frame.length) {
    writeU16(frame, transport + 2, ports[dice.upTo(ports.length - 1)]);
  }
}

/** Sets the checksum of IPv4 right, and those of the protocols above it if wanted, where that can be. */
function complete(frame: Uint8Array, above: boolean): void {
  const at = ETHERNET_HEADER;
  if (frame.length < at + 20 || ethernetType(frame, 0) !== ETHERTYPE_IPV4) return;
  if (!isIpv4(frame, at, frame.length - at)) return;
  completeIpv4(frame, at);
  if (!above) return;
  const transport = at + ipv4HeaderLength(frame, at);
  const length = ipv4TotalLength(frame, at) - (transport - at);
  const protocol = ipv4Protocol(frame, at);
  const pseudo = ipv4PseudoSum(frame, at, protocol, length);
  if (protocol === PROTOCOL_TCP && length >= TCP_HEADER) completeTcp(frame, transport, length, pseudo);
  if (protocol === PROTOCOL_UDP && length >= UDP_HEADER) completeUdp(frame, transport, length, pseudo);
  if (protocol === PROTOCOL_ICMP && length >= 8) {
    writeU16(frame, transport + 2, 0);
    writeU16(frame, transport + 2, internetChecksum(frame, transport, length));
  }
}
