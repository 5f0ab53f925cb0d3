import { errno, libc } from './libc.js';
import { osError } from './os-error.js';
import { attachFilter, type FilterProgram } from './socket-filter.js';

const SOL_PACKET = 263;
const PACKET_FANOUT = 18;
/** linux/if_packet.h, shifted to where the option wants them; PACKET_FANOUT_HASH is 0. */
const FLAG_UNIQUEID = 0x2000 << 16;
const GROUP = 0xffff;

const NOTHING: FilterProgram = [[0x06, 0, 0, 0]];
/** Packet type (SKF_AD_OFF + SKF_AD_PKTTYPE) 4 is PACKET_OUTGOING: what this host sends. */
const INCOMING: FilterProgram = [
  [0x28, 0, 0, 0xffff_f004],
  [0x15, 0, 1, 4],
  [0x06, 0, 0, 0],
  [0x06, 0, 0, 0xffff_ffff],
];

/** From now on the packet socket gets no frame. Before it is bound: then it never did. */
export function mutePacketSocket(fd: number): void {
  attachFilter(fd, NOTHING);
}

/** It gets frames again, but for those that this host sends: a group does not heed PACKET_IGNORE_OUTGOING. */
export function unmutePacketSocket(fd: number): void {
  attachFilter(fd, INCOMING);
}

/**
 * Makes a bound packet socket the first of a new group (null), or one more of a group, and answers the group's number.
 * Each frame goes to one of its sockets: by addresses and ports, so that a flow, both ways, stays with one. Fragments go
 * by their addresses alone. They are not put together first (PACKET_FANOUT_FLAG_DEFRAG): what came on the wire is what
 * blocks get to see. Throws QuipuError.
 */
export function joinFanout(fd: number, group: number | null): number {
  const calls = libc();
  const value = Buffer.from(new ArrayBuffer(8));
  value.writeUInt32LE(group ?? FLAG_UNIQUEID, 0);
  if (calls.setsockopt(fd, SOL_PACKET, PACKET_FANOUT, value, 4) !== 0) {
    throw osError(
      'cannot share a device among several engines',
      errno(),
      'Linux 4.12 or newer can, once it is up',
    );
  }
  if (group !== null) return group;
  const length = Buffer.from(new ArrayBuffer(8));
  length.writeUInt32LE(4, 0);
  if (calls.getsockopt(fd, SOL_PACKET, PACKET_FANOUT, value, length) !== 0) {
    throw osError('cannot learn the number of a group of packet sockets', errno());
  }
  return value.readUInt32LE(0) & GROUP;
}
