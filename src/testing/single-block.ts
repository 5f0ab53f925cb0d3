import { z } from 'zod';
import type { Block } from '../contract/block.js';
import type { Frame } from '../contract/frame.js';
import { CONSUMED } from '../contract/outcome.js';
import { makeEngine, type TestEngine, type TestEngineOptions } from './engine.js';
import { bytesOf } from './frames.js';

/** Keeps a copy of every frame's bytes. */
export class Keep implements Block {
  static readonly kind = 'keep';
  static readonly summary = 'keeps the bytes of every frame';
  static readonly mode = 'sink';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = z.strictObject({});
  static readonly counters = {};
  static readonly drops = {};

  readonly frames: Uint8Array[] = [];
  /** Direction of each. */
  readonly directions: number[] = [];

  receive(frame: Frame): number {
    this.frames.push(bytesOf(frame));
    this.directions.push(frame.direction);
    return CONSUMED;
  }

  /** Hands out what has come since the last time. */
  take(): Uint8Array[] {
    return this.frames.splice(0);
  }
}

export interface SingleBlock {
  readonly node: TestEngine;
  readonly up: Keep;
  readonly down: Keep;
}

/** One block `x` whose ports `ingress` and `egress` lead to blocks that keep what comes. */
export function singleBlock(
  type: string,
  config: Record<string, unknown> = {},
  options: TestEngineOptions = {},
): SingleBlock {
  const node = makeEngine({ ...options, types: [Keep, ...(options.types ?? [])] });
  node.act({ do: 'add', name: 'x', type, config });
  node.add({ up: 'keep', down: 'keep' });
  node.act({ do: 'connect', from: 'x', port: 'ingress', to: 'up' });
  node.act({ do: 'connect', from: 'x', port: 'egress', to: 'down' });
  return { node, up: node.block<Keep>('up'), down: node.block<Keep>('down') };
}
