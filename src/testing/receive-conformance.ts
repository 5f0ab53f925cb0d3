import { z } from 'zod';
import type { Block, BlockClass, BlockContext, LinkPort } from '../contract/block.js';
import type { Frame } from '../contract/frame.js';
import { accountFaults } from './account.js';
import { testBlocks } from './blocks.js';
import { makeEngine, type TestEngine } from './engine.js';
import { hexOf } from './frames.js';
import { seededRandom } from './random.js';
import { randomBlock } from './random-receive.js';

const PROGRAMS = 4;
const ROUNDS = 30;
const PORTS = ['ingress', 'ingress1', 'ingress2', 'egress', 'egress1'];

/** A link without any rule: what it brings in goes up, what comes to it from the graph is sent. */
class Gate implements Block {
  static readonly kind = 'gate';
  static readonly summary = 'a link without any rule';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = z.strictObject({});
  static readonly counters = { came: 'frames' };
  static readonly drops = {};

  came = 0;
  readonly link: LinkPort;

  constructor(context: BlockContext) {
    const spec = { kind: 'memory', name: context.name, limit: 8 };
    this.link = context.openLink(spec, { direction: 0, queueLimit: 40 });
  }

  receive(frame: Frame): number {
    this.came++;
    if (frame.hops > 1) return this.link.transmit(frame);
    return frame.direction;
  }
}

export interface ReceiveComparison {
  /** What was seen at the first moment at which the engines differed; null: they never did. */
  readonly difference: { readonly dispatch: unknown; readonly fused: unknown } | null;
  /** Why a function could not be made, or a program had to be called. */
  readonly refusals: readonly string[];
  /** Random programs inlined, each counted at every look. */
  readonly inlined: number;
  /** The sources of the programs. */
  readonly texts: readonly string[];
}

/** Ties blocks with a random `receive` to a random graph, and runs the same frames through it in both engines. */
export function compareReceives(seed: number): ReceiveComparison {
  const below = belowOf(seed * 7919 + 13);
  const programs = Array.from({ length: PROGRAMS }, (_, i) => randomBlock(below, `program${i}`));
  const types = programs.map(({ type }) => type);
  const [dispatch, fused] = [new Run(seed, types, false), new Run(seed, types, true)];
  let difference: ReceiveComparison['difference'] = null;
  for (let round = 0; round <= ROUNDS && difference === null; round++) {
    const [left, right] = [dispatch, fused].map((run) => (round < ROUNDS ? run.round() : run.end()));
    if (JSON.stringify(left) !== JSON.stringify(right)) difference = { dispatch: left, fused: right };
  }
  const { inlined, refusals } = fused;
  return { difference, inlined, refusals: [...refusals], texts: programs.map(({ text }) => text) };
}

function belowOf(seed: number): (n: number) => number {
  const random = seededRandom(seed);
  for (let i = 0; i < 8; i++) random();
  return (n) => Math.floor((random() / 0x1_0000_0000) * n);
}

/** One engine, and what happens to it: the same for the same seed. */
class Run {
  inlined = 0;
  readonly refusals = new Set<string>();
  private readonly below: (n: number) => number;
  private readonly node: TestEngine;
  private readonly fuse: boolean;
  private readonly inner: string[] = [];

  constructor(seed: number, types: readonly BlockClass[], fuse: boolean) {
    this.below = belowOf(seed * 104729 + 7);
    this.fuse = fuse;
    this.node = makeEngine({
      types: [Gate as unknown as BlockClass, ...testBlocks, ...types],
      fusion: { fuse, warmFrames: [1, 5, 40][seed % 3] ?? 1 },
      pool: { size: 24, slotSize: 512, headroom: 32 },
    });
    this.tie(types.map(({ kind }) => kind));
  }

  private tie(kinds: readonly string[]): void {
    const { node, below } = this;
    node.add({ in: 'gate', out: 'gate' });
    for (const kind of [...kinds, this.pick(['flip', 'tee', 'wild', 'holder'])]) {
      node.add({ [`x-${kind}`]: kind });
      this.inner.push(`x-${kind}`);
    }
    for (const from of this.inner) {
      const { ports } = node.get(from).type;
      for (const port of PORTS.slice(0, ports.ingress > 1 ? PORTS.length : 1)) {
        const to = below(3) === 0 ? 'out' : this.pick(this.inner);
        const isThere = ports.egress > 1 || !port.startsWith('egress1');
        if (below(6) > 0 && isThere && (port !== 'ingress2' || ports.ingress > 2))
          node.act({ do: 'connect', from, port, to });
      }
    }
    for (const [from, port] of [
      ['in', 'ingress'],
      ['out', 'ingress'],
      ['out', 'egress'],
    ] as const)
      node.act({ do: 'connect', from, port, to: this.pick(this.inner) });
  }

  private pick(list: readonly string[]): string {
    return list[this.below(list.length)] ?? '';
  }

  /** Some frames, and now and then time that passes or an edge that goes; answers all that can be seen then. */
  round(): unknown {
    const { node, below } = this;
    const link = below(4) === 0 ? 'out' : 'in';
    for (let left = 1 + below(10); left > 0; left--) {
      const length = below(3) === 0 ? below(20) : below(90);
      node.links.end(link).inject(Uint8Array.from({ length }, () => below(256)));
    }
    this.turns();
    if (below(5) === 0) node.inject(this.pick(this.inner), below(2) === 0 ? 0 : 1);
    if (below(6) === 0) {
      node.clock.advance(60);
      this.turns();
    }
    if (below(10) === 0) {
      const from = this.pick(this.inner);
      if (node.get(from).ports[0] !== 0) node.act({ do: 'disconnect', from, port: 'ingress' });
    }
    if (this.fuse) this.lookAtFunctions();
    return this.picture();
  }

  end(): unknown {
    this.node.engine.close();
    return this.picture();
  }

  private turns(): void {
    for (let left = 20; left > 0 && this.node.engine.turn() > 0; left--);
  }

  private lookAtFunctions(): void {
    const { registry, dispatch } = this.node.engine;
    for (const instance of registry.all()) {
      if (instance.name.startsWith('x-program')) this.refusals.add(dispatch.fusion.whyCalled(instance));
      for (const { refusal, batchSource, singleSource } of instance.entries) {
        this.refusals.add(refusal);
        for (const source of [batchSource, singleSource])
          for (const [{ name }, part] of source?.parts ?? [])
            if (part === 'inlined' && name.startsWith('x-program')) this.inlined++;
      }
    }
    this.refusals.delete('');
  }

  private picture(): unknown {
    const { engine, links, lines } = this.node;
    return {
      blocks: engine.registry.all().map(({ name, type, block, dropCounts, wakeTime }) => {
        const fields = block as unknown as Record<string, unknown>;
        return {
          name,
          counters: Object.keys(type.counters).map((counter) => String(fields[counter])),
          drops: [...dropCounts],
          wakeTime: String(wakeTime),
          held: block.held?.() ?? 0,
          details: block.details?.(),
        };
      }),
      totals: engine.totals(),
      ledger: engine.drops(),
      held: engine.held(),
      free: engine.pool.free,
      sent: ['in', 'out'].flatMap((name) => links.end(name).take().map(hexOf)),
      errors: lines.filter((line) => line.includes('error')),
      faults: accountFaults(engine),
    };
  }
}
