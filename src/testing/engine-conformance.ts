import type { BlockClass } from '../contract/block.js';
import { portCount, portName, portNumber } from '../contract/port.js';
import type { Engine, EngineOptions } from '../engine/engine.js';
import type { Instance } from '../engine/instance.js';
import { accountFaults } from './account.js';
import { ethernetFrame, hexOf, taggedFrame } from './frames.js';
import { ipv4Frame } from './ip-frames.js';
import { MemoryLinks } from './memory-links.js';
import { seededRandom } from './random.js';
import { sampleConfig } from './sample-config.js';
import { VirtualClock } from './virtual-clock.js';

/** What is compared: the classes of the sources, or those of the built package. */
export interface Build {
  readonly Engine: new (options: EngineOptions) => Engine;
  readonly types: readonly BlockClass[];
}

const POOL = { size: 48, slotSize: 2048, headroom: 128 };
const LINKS = ['eth0', 'eth1'];

/** An engine on memory links and virtual time, and what a random story does with it. */
class Subject {
  readonly clock = new VirtualClock();
  readonly links = new MemoryLinks();
  readonly engine: Engine;
  readonly sent: string[] = [];
  readonly lines: string[] = [];

  constructor(build: Build, fuse: boolean, warmFrames: number) {
    this.engine = new build.Engine({
      types: build.types,
      clock: this.clock,
      random: seededRandom(7),
      openLink: this.links.open,
      pool: POOL,
      log: (line) => this.lines.push(line),
      fusion: { fuse, warmFrames },
    });
    this.links.application(1, { bytes: 4096, frames: 3 });
  }

  find(name: string): Instance {
    return this.engine.registry.find(name);
  }

  settle(): void {
    for (let turns = 0; turns < 50 && this.engine.turn() > 0; turns++);
    this.collect();
  }

  collect(): void {
    for (const end of this.links.live()) for (const bytes of end.take()) this.sent.push(hexOf(bytes));
  }

  /** All that can be seen from outside. */
  picture(): unknown {
    return {
      blocks: this.engine.registry.all().map(({ name, type, block, dropCounts, wakeTime }) => {
        const fields = block as unknown as Record<string, unknown>;
        const counters = Object.keys(type.counters).map((counter) => fields[counter]);
        return {
          name,
          counters,
          drops: [...dropCounts],
          wakeTime,
          held: block.held?.() ?? 0,
          details: block.details?.(),
        };
      }),
      totals: this.engine.totals(),
      ledger: this.engine.drops(),
      held: this.engine.held(),
      free: this.engine.pool.free,
      sent: this.sent,
      lines: this.lines,
      faults: accountFaults(this.engine),
    };
  }
}

type Step = (subject: Subject) => void;

interface Edge {
  readonly from: string;
  readonly port: string;
  readonly number: number;
  readonly to: string;
}

/**
 * Runs a random graph with random frames through the dispatch and the fused engine. Answers null when all that can be
 * seen is the same, else both pictures; `fused` counts the functions that were made on the way.
 */
export function compareEngines(
  build: Build,
  seed: number,
  frames: number,
): { difference: { dispatch: unknown; fused: unknown } | null; fused: number } {
  const story = new Story(seed, build.types);
  // Functions made of the first frame, and of enough that rare ways are told from others.
  const warmFrames = [1, 8, 70][seed % 3] ?? 1;
  const subjects = [new Subject(build, false, warmFrames), new Subject(build, true, warmFrames)] as const;
  let fused = 0;
  for (const step of story.steps(frames)) {
    for (const subject of subjects) step(subject);
    const [dispatch, generated] = subjects.map((subject) => JSON.stringify(subject.picture()));
    fused += countFunctions(subjects[1].engine);
    if (dispatch !== generated) {
      return {
        difference: { dispatch: subjects[0].picture(), fused: subjects[1].picture() },
        fused,
      };
    }
  }
  return { difference: null, fused };
}

function countFunctions(engine: Engine): number {
  const entries = engine.registry.all().flatMap((instance) => instance.entries);
  return entries.filter((entry) => entry.batch !== null || entry.single !== null).length;
}

/** A random graph and what happens to it, from a seed. */
class Story {
  private readonly random: () => number;
  private readonly types: readonly BlockClass[];
  private readonly names: string[] = [];
  private readonly kinds = new Map<string, BlockClass>();

  constructor(seed: number, types: readonly BlockClass[]) {
    this.random = seededRandom(Math.imul(seed + 1, 0x9e3779b1));
    for (let i = 0; i < 8; i++) this.random();
    this.types = types.filter(
      (type) =>
        !['ethernet-tagged', 'ip-link', 'socket'].includes(type.kind) &&
        (type.kind === 'ethernet' || type.config.safeParse(sampleConfig(type.kind)).success),
    );
  }

  private below(n: number): number {
    return Math.floor((this.random() / 0x1_0000_0000) * n);
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  *steps(frames: number): Generator<Step> {
    yield this.build();
    for (let left = frames; left > 0; ) {
      const count = Math.min(left, 1 + this.below(12));
      left -= count;
      yield this.traffic(count);
      if (this.below(12) === 0) yield this.change();
      if (this.below(4) === 0) yield this.time();
    }
    yield (subject) => subject.engine.close();
  }

  private build(): Step {
    for (const name of LINKS) this.note(name, 'ethernet');
    const some = 1 + this.below(9);
    for (let i = 0; i < some; i++) {
      const type = this.pick(this.types);
      this.note(`b${i}`, type.kind);
    }
    const adds = [...this.kinds].map(([name, type]) => ({
      name,
      kind: type.kind,
      config: this.config(name, type),
    }));
    const edges = Array.from({ length: this.names.length * 3 }, () => this.edge()).filter(
      (edge) => edge !== null,
    );
    return ({ engine }) =>
      engine.transaction((changes) => {
        for (const { name, kind, config } of adds) engine.lifecycle.add(name, kind, config, changes);
        for (const { from, port, number, to } of edges) {
          const source = engine.registry.find(from);
          if (source.ports[number] === 0)
            engine.bindings.connect(source, port, engine.registry.find(to), changes);
        }
      });
  }

  private note(name: string, kind: string): void {
    const type = this.types.find((one) => one.kind === kind);
    if (type === undefined) return;
    this.names.push(name);
    this.kinds.set(name, type);
  }

  private config(name: string, type: BlockClass): Record<string, unknown> {
    if (type.kind === 'ethernet') {
      return { link: { kind: 'memory', name, limit: 6 }, queue: 4, promiscuous: this.below(2) === 1 };
    }
    // Of the test's own blocks: any answer, also those that are none.
    if (type.kind === 'wild')
      return { answer: this.pick([0, 1, 2, 3, 5, 999, -1, -5, -16, -17, -40, 'throw']) };
    return sampleConfig(type.kind);
  }

  /** A port of a random block, and where it may lead; null when the block has none. */
  private edge(): Edge | null {
    const from = this.pick(this.names);
    const { ports } = this.kinds.get(from) as BlockClass;
    const names = [...Array(portCount(ports)).keys()].filter(
      (port) => portNumber(ports, portName(ports, port)) === port,
    );
    if (names.length === 0) return null;
    // The first ports most of all: with many it would be rare that a frame finds one bound.
    const port = names[Math.min(this.below(names.length), this.below(4))] ?? 0;
    return { from, port: portName(ports, port), number: port, to: this.pick(this.names) };
  }

  private traffic(count: number): Step {
    const frames = Array.from({ length: count }, () => this.frame());
    const link = this.pick(LINKS);
    if (this.below(3) > 0) {
      return (subject) => {
        for (const bytes of frames) subject.links.end(link).inject(bytes);
        subject.settle();
      };
    }
    const name = this.pick(this.names);
    const direction = this.below(2) === 0 ? 0 : 1;
    const [mark, packetType] = [this.below(4), this.below(5)];
    return (subject) => {
      for (const bytes of frames) {
        const frame = subject.engine.pool.allocate();
        if (frame === null) continue;
        frame.fill(bytes);
        frame.protocol = frame.u16(12);
        frame.mark = mark;
        frame.packetType = packetType;
        subject.engine.inject(frame, subject.find(name).idp, direction);
      }
      subject.settle();
    };
  }

  private frame(): Uint8Array {
    const kind = this.below(8);
    if (kind === 0) return Uint8Array.from({ length: this.below(40) }, () => this.below(256));
    if (kind === 1) return taggedFrame(this.below(3), ethernetFrame({ length: 60 + this.below(40) }));
    if (kind === 2) return ethernetFrame({ length: 60 + this.below(400) });
    const bytes = ipv4Frame({
      source: `10.0.0.${this.below(4)}`,
      destination: `10.0.${this.below(3)}.${this.below(4)}`,
      protocol: this.pick([1, 6, 17]),
      words: [1000 + this.below(4), this.pick([53, 80, 1000])],
      length: 20 + this.below(200),
    });
    // Now and then a byte is wrong.
    if (kind === 3) bytes[this.below(bytes.length)] = this.below(256);
    return bytes;
  }

  private change(): Step {
    const edge = this.edge();
    return ({ engine }) => {
      if (edge === null) return;
      const source = engine.registry.find(edge.from);
      engine.transaction((changes) => {
        if (source.ports[edge.number] !== 0) engine.bindings.disconnect(source, edge.port, changes);
        else engine.bindings.connect(source, edge.port, engine.registry.find(edge.to), changes);
      });
    };
  }

  private time(): Step {
    const micros = this.pick([1, 100, 10_000, 2_000_000]);
    return (subject) => {
      const end = subject.clock.now() + micros;
      for (let i = 0; i < 200; i++) {
        const due = subject.engine.dueAt();
        if (due > end) break;
        subject.clock.advance(Math.max(0, due - subject.clock.now()));
        subject.settle();
      }
      subject.clock.advance(end - subject.clock.now());
      subject.settle();
    };
  }
}
