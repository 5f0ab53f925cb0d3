import { writeU16, writeU32 } from '../../wire/bytes.js';
import { ETHERNET_HEADER, ETHERTYPE_IPV4, emitEthernet } from '../../wire/ethernet.js';
import { emitIpv4, IPV4_HEADER, PROTOCOL_UDP } from '../../wire/ipv4.js';
import { emitUdp, UDP_HEADER } from '../../wire/udp.js';
import { bytesOfSize } from './sizes.js';

/** Addresses of the test frames. */
export interface TestAddresses {
  /** Six bytes each. */
  readonly sourceMac: Uint8Array;
  readonly destinationMac: Uint8Array;
  /** Four bytes each. */
  readonly sourceIp: Uint8Array;
  readonly destinationIp: Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** What a test frame is for. */
export const TestFrameKind = {
  /** One of the numbered frames of a trial. */
  load: 1,
  /** Sent within a trial, its time of departure noted (RFC 2544 §26.2). */
  tag: 2,
  /** Sent before a trial: teaches bridges where an address is (§23), and shows whether frames arrive. */
  learning: 3,
} as const;

/** Test frames are datagrams to the echo port (RFC 2544 appendix C.2.6.4), of this many hops at most. */
const TTL = 10;
const IP_AT = ETHERNET_HEADER;
const UDP_AT = IP_AT + IPV4_HEADER;
const DATA_AT = UDP_AT + UDP_HEADER;

/** Where a test frame has what, bytes from its beginning; all numbers are big-endian. */
export const TestFrameAt = {
  etherType: 12,
  /** 32 bits: `MARK`. */
  mark: DATA_AT,
  /** 32 bits: the run, by which several runs at the same time are told apart. */
  run: DATA_AT + 4,
  /** 16 bits. */
  trial: DATA_AT + 8,
  /** 8 bits: one of `TestFrameKind`. */
  kind: DATA_AT + 10,
  /** 32 bits: from 0, for each kind by itself. */
  number: DATA_AT + 12,
  end: DATA_AT + 16,
} as const;

/** First bytes of the data of a test frame. */
export const MARK = 0x5152_4643;

export interface TestFrame {
  /** Bytes, the check sequence counted. */
  readonly size: number;
  readonly kind: (typeof TestFrameKind)[keyof typeof TestFrameKind];
  readonly run: number;
  readonly trial: number;
  readonly number?: number;
}

/**
 * An IPv4 UDP frame as RFC 2544 appendix C describes it, without check sequence. Behind the numbers its data counts
 * upwards. It has no UDP checksum: that would change with every number.
 */
export function testFrame(
  addresses: TestAddresses,
  { size, kind, run, trial, number = 0 }: TestFrame,
): Uint8Array {
  const bytes = new Uint8Array(bytesOfSize(size));
  const { sourceMac, destinationMac, sourceIp, destinationIp, sourcePort, destinationPort } = addresses;
  emitEthernet(bytes, 0, destinationMac, sourceMac, ETHERTYPE_IPV4);
  emitIpv4(bytes, IP_AT, bytes.length - IP_AT, 0, TTL, PROTOCOL_UDP, sourceIp, destinationIp);
  emitUdp(bytes, UDP_AT, sourcePort, destinationPort, bytes.length - UDP_AT);
  writeU32(bytes, TestFrameAt.mark, MARK);
  writeU32(bytes, TestFrameAt.run, run);
  writeU16(bytes, TestFrameAt.trial, trial);
  bytes[TestFrameAt.kind] = kind;
  writeU32(bytes, TestFrameAt.number, number);
  for (let at = TestFrameAt.end; at < bytes.length; at++) bytes[at] = at - DATA_AT;
  return bytes;
}

/** The addresses of the way back: those of learning frames, which come out where test frames go to (§23). */
export function reversed(addresses: TestAddresses): TestAddresses {
  return {
    sourceMac: addresses.destinationMac,
    destinationMac: addresses.sourceMac,
    sourceIp: addresses.destinationIp,
    destinationIp: addresses.sourceIp,
    sourcePort: addresses.destinationPort,
    destinationPort: addresses.sourcePort,
  };
}
