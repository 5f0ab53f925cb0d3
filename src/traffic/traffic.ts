/** What the packet language of trafgen comes to: packets that know their next form. Pure: chance is handed in. */

import type { FrameTemplate } from './frame-template.js';

/** Packets of one configuration, in the order in which they were written. */
export interface Traffic {
  readonly packets: readonly TrafficPacket[];
  /** What a packet language cannot mean literally but says all the same: one sentence each, with its place. */
  readonly warnings: readonly string[];
}

/** One packet: its bytes now, and how they become those of its next sending. */
export interface TrafficPacket extends FrameTemplate {
  /** Workers that send it, numbered from 0, both ends included; undefined: all of them. */
  readonly cpus: { readonly first: number; readonly last: number } | undefined;
  /** Line of the configuration at which it begins, from 1. */
  readonly line: number;
}

/** What a configuration may ask of the machine that sends it, for fields left out. */
export interface TrafficSurroundings {
  /** Hardware address of the device, 6 bytes. */
  readonly mac?: Uint8Array;
  /** First IPv4 address of the device, 4 bytes. */
  readonly ipv4?: Uint8Array;
  /** First IPv6 address of the device, 16 bytes. */
  readonly ipv6?: Uint8Array;
  /** Numbers in [0, 2^32): for `rnd`, `drnd` and fields that are random each time. */
  readonly random: () => number;
}

/** A fault in a configuration. Line and column count from 1; `length` is how many characters are meant. */
export class TrafficError extends Error {
  override readonly name = 'TrafficError';
  readonly line: number;
  readonly column: number;
  readonly length: number;

  constructor(message: string, line: number, column: number, length = 1) {
    super(message);
    this.line = line;
    this.column = column;
    this.length = length;
  }
}
