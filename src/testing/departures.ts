import { z } from 'zod';
import type { Block, EnginePort } from '../contract/block.js';
import type { Frame } from '../contract/frame.js';
import { CONSUMED } from '../contract/outcome.js';
import { portCount, portName } from '../contract/port.js';
import { makeEngine, type TestEngine } from './engine.js';
import { bytesOf, numberOf } from './frames.js';

/** A frame that has left the block under test. */
export interface Departure {
  /** Microseconds since the test began. */
  readonly at: number;
  readonly length: number;
  readonly direction: 0 | 1;
  readonly mark: number;
  /** The number that `numberedFrame` wrote, 0 for frames too short for one. */
  readonly number: number;
}

/** Ends every frame and remembers it. */
export class Recorder implements Block {
  static readonly kind = 'recorder';
  static readonly summary = 'ends frames and remembers them';
  static readonly mode = 'sink';
  static readonly ports = { ingress: 0, egress: 0 };
  static readonly config = z.strictObject({});
  static readonly counters = {};
  static readonly drops = {};

  list: Departure[] = [];
  last: Uint8Array = new Uint8Array(0);

  receive(frame: Frame, engine: EnginePort): number {
    const { length, direction, mark } = frame;
    this.last = bytesOf(frame);
    const number = length >= 18 ? numberOf(this.last) : 0;
    this.list.push({ at: engine.now() - START, length, direction, mark, number });
    return CONSUMED;
  }
}

const START = 1_000_000;

export interface Sent {
  readonly length?: number;
  readonly direction?: 0 | 1;
  readonly mark?: number;
  readonly number?: number;
  /** Instead of length and number. */
  readonly bytes?: Uint8Array;
}

/** A block `x` of a type, its ports bound to recorders `p0`, `p1`, … by port number, in virtual time. */
export class Bench {
  readonly node: TestEngine;

  constructor(type: string, config: Record<string, unknown>, frames = 2048, slotSize = 2048) {
    this.node = makeEngine({ types: [Recorder], pool: { size: frames, slotSize, headroom: 0 } });
    this.node.act({ do: 'add', name: 'x', type, config });
    const { ports } = this.node.get('x').type;
    for (let port = 0; port < portCount(ports); port++) {
      const name = `p${port}`;
      this.node.add({ [name]: 'recorder' });
      this.node.act({ do: 'connect', from: 'x', port: portName(ports, port), to: name });
    }
  }

  /** Microseconds since the test began. */
  get now(): number {
    return this.node.clock.now() - START;
  }

  /** Runs a frame into the block. False when the pool is empty. */
  send(what: Sent = {}): boolean {
    const frame = this.node.engine.pool.allocate();
    if (frame === null) return false;
    if (what.bytes) {
      frame.fill(what.bytes);
    } else {
      frame.length = what.length ?? 100;
      frame.setU32(14, what.number ?? 0);
    }
    frame.mark = what.mark ?? 0;
    this.node.engine.inject(frame, this.node.get('x').idp, what.direction ?? 0);
    return true;
  }

  /** What has left by a port. */
  out(port = 0): readonly Departure[] {
    return this.node.block<Recorder>(`p${port}`).list;
  }

  /** Numbers of the frames that have left by a port. */
  numbers(port = 0): number[] {
    return this.out(port).map((one) => one.number);
  }

  /** Drops so far, by reason. */
  drops(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.node.drops()).map(([key, count]) => [key.replace(/^x /, ''), count]),
    );
  }

  get waiting(): number {
    return this.node.get('x').block.held?.() ?? 0;
  }
}

/**
 * The most bytes by which departures in any stretch of time, its ends included, exceed what a rate (bytes per second)
 * brings in it: the depth of the smallest token bucket that would let all pass.
 */
export function largestBurst(departures: readonly Departure[], rate: number): number {
  let sent = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const { at, length } of departures) {
    const brought = (at * rate) / 1e6;
    least = Math.min(least, sent - brought);
    sent += length;
    most = Math.max(most, sent - brought - least);
  }
  return most;
}

export function bytesIn(departures: readonly Departure[], from: number, to: number): number {
  return departures.reduce((sum, { at, length }) => sum + (at >= from && at < to ? length : 0), 0);
}
