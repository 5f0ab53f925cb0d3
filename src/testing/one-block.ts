import type { Frame } from '../contract/frame.js';
import { Collect, type Collected } from './collect.js';
import { makeEngine, type TestEngine, type TestEngineOptions } from './engine.js';

/** A block of a type, `x`, with what leaves by its ports collected. */
export class OneBlock {
  readonly node: TestEngine;

  constructor(
    type: string,
    config: Record<string, unknown> = {},
    ports: readonly string[] = ['ingress', 'egress'],
    options: TestEngineOptions = {},
  ) {
    this.node = makeEngine({ ...options, types: [Collect, ...(options.types ?? [])] });
    this.node.act({ do: 'add', name: 'x', type, config });
    for (const port of ports) {
      this.node.act({ do: 'add', name: port, type: 'collect' }, { do: 'connect', from: 'x', port, to: port });
    }
  }

  /** Runs a frame into the block; `metadata` is set before. Throws when the block did. */
  send(bytes: Uint8Array, direction: 0 | 1 = 0, metadata: Partial<Frame> = {}): void {
    const frame = this.node.engine.pool.allocate();
    if (frame === null) throw new Error('the pool is empty');
    frame.fill(bytes);
    Object.assign(frame, { protocol: 0x0800, ...metadata });
    this.node.engine.inject(frame, this.node.get('x').idp, direction);
    const instance = this.node.get('x');
    if (instance.dropCounts[instance.reasonIndex('block-error')] > 0) throw new Error(this.node.lines.at(-1));
  }

  /** What has left by a port since the last call. */
  out(port = 'ingress'): Collected[] {
    return this.node.block<Collect>(port).take();
  }

  /** The block's drops, by reason. */
  drops(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.node.drops()).map(([key, count]) => [key.split(' ')[1], count]),
    );
  }

  set(options: Record<string, unknown>): void {
    this.node.act({ do: 'set', name: 'x', options });
  }
}

export interface SingleBlock {
  readonly node: TestEngine;
  /** What has left by the ports `ingress` and `egress`. */
  readonly up: Collect;
  readonly down: Collect;
}

/** The same for blocks with one port each way, whose frames carry nothing but bytes: `node.inject('x', …)` runs one in. */
export function singleBlock(
  type: string,
  config: Record<string, unknown> = {},
  options: TestEngineOptions = {},
): SingleBlock {
  const { node } = new OneBlock(type, config, ['ingress', 'egress'], options);
  return { node, up: node.block<Collect>('ingress'), down: node.block<Collect>('egress') };
}
