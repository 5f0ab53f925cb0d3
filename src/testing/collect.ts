import { z } from 'zod';
import type { Block } from '../contract/block.js';
import type { Frame } from '../contract/frame.js';
import { CONSUMED } from '../contract/outcome.js';
import { bytesOf } from './frames.js';

export interface Collected {
  readonly bytes: Uint8Array;
  readonly direction: number;
  readonly protocol: number;
  readonly nextHop: number;
  readonly mark: number;
  readonly packetType: number;
}

/** Takes every frame and keeps what it saw of it. */
export class Collect implements Block {
  static readonly kind = 'collect';
  static readonly summary = 'keeps what it saw of every frame';
  static readonly mode = 'sink';
  static readonly ports = { ingress: 0, egress: 0 };
  static readonly config = z.strictObject({});
  static readonly counters = {};
  static readonly drops = {};
  static readonly portable = false;

  readonly seen: Collected[] = [];

  receive(frame: Frame): number {
    const { direction, protocol, nextHop, mark, packetType } = frame;
    this.seen.push({ bytes: bytesOf(frame), direction, protocol, nextHop, mark, packetType });
    return CONSUMED;
  }

  /** What has come since the last call. */
  take(): Collected[] {
    return this.seen.splice(0);
  }

  /** The bytes of what has come since the last call. */
  takeBytes(): Uint8Array[] {
    return this.take().map(({ bytes }) => bytes);
  }
}
