import { catalogue } from '../blocks/catalogue.js';
import type { Block, BlockClass } from '../contract/block.js';
import type { Link, LinkSpec } from '../contract/link.js';
import { type ActionInput, actionSchema } from '../control/actions.js';
import { parseBatch } from '../control/batch-text.js';
import { perform } from '../control/perform.js';
import { ControlService, type RequestInput, requestSchema } from '../control/service.js';
import { Engine, type EngineOptions } from '../engine/engine.js';
import type { Instance } from '../engine/instance.js';
import { ethernetFrame } from './frames.js';
import { MemoryLinks } from './memory-links.js';
import { seededRandom } from './random.js';
import { VirtualClock } from './virtual-clock.js';

export type { ActionInput };

export interface TestEngineOptions {
  /** Types beyond those of the catalogue. */
  readonly types?: readonly BlockClass[];
  readonly pool?: EngineOptions['pool'];
  readonly seed?: number;
  readonly fusion?: EngineOptions['fusion'];
  /** Looks at every link that is opened, and may put another in its place. */
  readonly wrapLink?: (link: Link, spec: LinkSpec) => Link;
}

/** An engine on memory links and a virtual clock, with all that is at hand in a test. */
export class TestEngine {
  readonly clock = new VirtualClock();
  readonly links = new MemoryLinks();
  readonly lines: string[] = [];
  readonly engine: Engine;
  readonly service: ControlService;

  constructor(options: TestEngineOptions = {}) {
    this.engine = new Engine({
      types: [...catalogue, ...(options.types ?? [])],
      clock: this.clock,
      random: seededRandom(options.seed ?? 1),
      openLink: (spec, context) => {
        const link = this.links.open(spec, context);
        return options.wrapLink?.(link, spec) ?? link;
      },
      ...(options.fusion ? { fusion: options.fusion } : {}),
      pool: options.pool ?? { size: 64, slotSize: 2048, headroom: 128 },
      log: (line) => this.lines.push(line),
    });
    this.service = new ControlService(this.engine, (line) => this.lines.push(line));
  }

  /** One transaction. Throws QuipuError when it cannot be made. */
  act(...actions: ActionInput[]): void {
    const list = actions.map((action) => actionSchema.parse(action));
    this.engine.transaction((changes) => {
      for (const action of list) perform(this.engine, action, changes);
    });
  }

  /** Adds blocks without options, `{ name: type }`, in one transaction. */
  add(blocks: Readonly<Record<string, string>>): void {
    this.act(...Object.entries(blocks).map(([name, type]) => ({ do: 'add', name, type }) as const));
  }

  /** Adds ethernet blocks on memory links of the same name. */
  hook(...names: string[]): void {
    for (const name of names) {
      this.act({ do: 'add', name, type: 'ethernet', config: { link: { kind: 'memory', name } } });
    }
  }

  /** Runs commands of fbctl and vlink, one per line, each a transaction of its own. */
  run(commands: string): void {
    for (const item of parseBatch(commands, 'commands')) {
      if (!('actions' in item)) throw new Error(`vlink ethernet rm ${item.remove} needs --force here`);
      this.act(...item.actions);
    }
  }

  /** A control request, checked as the server does. */
  ask<T>(request: RequestInput): T {
    return this.service.handle(requestSchema.parse(request)) as T;
  }

  get(name: string): Instance {
    return this.engine.registry.find(name);
  }

  block<T extends Block>(name: string): T {
    return this.get(name).block as T;
  }

  /** Runs a frame into a block, as if a socket had sent it. False when the pool is empty. */
  inject(name: string, direction: 0 | 1 = 0, bytes: Uint8Array = ethernetFrame()): boolean {
    const frame = this.engine.pool.allocate();
    if (frame === null) return false;
    frame.fill(bytes);
    frame.protocol = frame.u16(12);
    frame.hardwareType = 1;
    this.engine.inject(frame, this.get(name).idp, direction);
    return true;
  }

  /** Lets frames arrive at a link and runs the engine until nothing comes any more. */
  arrive(link: string, ...frames: Uint8Array[]): void {
    for (const bytes of frames) {
      if (!this.links.end(link).inject(bytes)) throw new Error(`link ${link} took no frame`);
    }
    this.settle();
  }

  settle(): void {
    for (let turns = 0; this.engine.turn() > 0; turns++) {
      if (turns > 10_000) throw new Error('frames keep coming');
    }
  }

  /** Lets time pass: whatever is due meanwhile happens at its time. */
  elapse(micros: number): void {
    const end = this.clock.now() + micros;
    for (;;) {
      const due = this.engine.dueAt();
      if (due > end) break;
      this.clock.advance(Math.max(0, due - this.clock.now()));
      this.settle();
    }
    this.clock.advance(end - this.clock.now());
    this.settle();
  }

  /** Drops so far, as `block reason` → count. */
  drops(): Record<string, number> {
    return Object.fromEntries(
      this.engine.drops().map((line) => [`${line.block} ${line.reason}`, line.count]),
    );
  }
}

export function makeEngine(options: TestEngineOptions = {}): TestEngine {
  return new TestEngine(options);
}
