import type { EnginePort } from '../contract/block.js';
import { EGRESS } from '../contract/direction.js';
import type { FramePool } from '../contract/frame.js';
import { writeU16 } from '../wire/bytes.js';
import { foldSum, sumWords } from '../wire/checksum.js';
import { completeIpv4, emitIpv4, IPV4_HEADER } from '../wire/ipv4.js';
import { emitIpv6, IPV6_HEADER } from '../wire/ipv6.js';

/** Why a packet did not leave; the names are those of errno(3). */
export type SendFailure = 'ENETUNREACH' | 'EADDRNOTAVAIL' | 'EMSGSIZE' | 'ENOBUFS' | 'EACCES';

/** A packet to be sent. */
export interface PacketOut {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  readonly hopLimit: number;
  /** Longest packet that the way carries whole, bytes. */
  readonly mtu: number;
  /** Number of the circuit by which it leaves; 0, or absent: as routes say. */
  readonly circuit?: number;
  /** Of IPv6, 20 bits; absent: 0. */
  readonly flowLabel?: number;
  /** Number of the interface by which a packet leaves whose destination leaves that open; 0: as routes say. */
  readonly zone?: number;
  /** Bytes behind the IP header. */
  readonly length: number;
  /** Writes them, checksum included, to `bytes[at]`. */
  write(bytes: Uint8Array, at: number, pseudoSum: number): void;
}

/** What the length field of either IP header counts at most. */
const LONGEST = 65_535;

/**
 * Sends packets of one protocol of a host: with don't-fragment where the way carries them whole, so that a sender learns of a
 * narrower one (RFC 1191, RFC 8201); longer ones may be cut (by the block ip-output).
 */
export class PacketSender {
  private readonly pool: FramePool;
  private identification: number;

  /** `random` gives numbers in [0, 2^32). */
  constructor(random: () => number, pool: FramePool) {
    this.pool = pool;
    this.identification = random() & 0xffff;
  }

  /** Sends it by the port egress of the block that runs. Answers why it did not leave, or null. */
  send(engine: EnginePort, packet: PacketOut): SendFailure | null {
    const { source, destination, protocol, length, hopLimit } = packet;
    const isFour = source.length === 4;
    const header = isFour ? IPV4_HEADER : IPV6_HEADER;
    const longest = Math.min(this.pool.maxLength, LONGEST + (isFour ? 0 : IPV6_HEADER));
    if (header + length > longest) return 'EMSGSIZE';
    const frame = engine.create();
    if (frame === null) return 'ENOBUFS';
    const { bytes, start } = frame;
    frame.length = header + length;
    packet.write(bytes, start + header, pseudoSum(source, destination, protocol, length));
    if (isFour) {
      this.identification = (this.identification + 1) & 0xffff;
      const { identification } = this;
      emitIpv4(bytes, start, frame.length, identification, hopLimit, protocol, source, destination);
      if (frame.length > packet.mtu) {
        writeU16(bytes, start + 6, 0);
        completeIpv4(bytes, start);
      }
    } else emitIpv6(bytes, start, length, protocol, hopLimit, source, destination, packet.flowLabel);
    frame.circuit = packet.circuit ?? 0;
    frame.interfaceIndex = packet.zone ?? 0;
    frame.direction = EGRESS;
    engine.emit(frame, EGRESS);
    return null;
  }
}

/** Folded sum of the pseudo-header of either family (RFC 793 §3.1, RFC 8200 §8.1): the layouts differ, the sums do not. */
function pseudoSum(source: Uint8Array, destination: Uint8Array, protocol: number, length: number): number {
  const addresses = sumWords(destination, 0, destination.length, sumWords(source, 0, source.length));
  return foldSum(addresses + protocol + length);
}
