import { catalogue } from '../blocks/catalogue.js';
import type { BlockClass } from '../contract/block.js';
import { type ActionInput, actionSchema } from '../control/actions.js';
import { perform } from '../control/perform.js';
import type { Changes } from '../engine/changes.js';
import { BelongsHome, HOME } from '../engine/crossing.js';
import { createCrossingRing } from '../engine/crossing-ring.js';
import { Engine } from '../engine/engine.js';
import { accountFaults } from './account.js';
import { MemoryLinks } from './memory-links.js';
import { seededRandom } from './random.js';
import { VirtualClock } from './virtual-clock.js';

export interface EngineGroupOptions {
  readonly engines?: number;
  readonly types?: readonly BlockClass[];
  readonly pool?: { readonly size: number; readonly slotSize: number; readonly headroom: number };
  readonly ringBytes?: number;
}

/**
 * The engines of one node without threads: they take their turns one after the other, under one virtual clock. Links
 * with `split: true` are opened in each engine, as network interfaces are; all others at home.
 */
export class EngineGroup {
  readonly clock = new VirtualClock();
  readonly engines: readonly Engine[];
  readonly links: readonly MemoryLinks[];
  /** How often each engine was woken by another. */
  readonly wakes: number[];

  constructor(options: EngineGroupOptions = {}) {
    const { engines: count = 2, types = [], ringBytes = 1 << 16 } = options;
    const numbers = Array.from({ length: count }, (_, i) => i);
    const rings = numbers.map((from) =>
      numbers.map((to) => (from === to ? null : createCrossingRing(ringBytes))),
    );
    const flows = new SharedArrayBuffer(8 * count);
    this.wakes = numbers.map(() => 0);
    this.links = numbers.map(() => new MemoryLinks());
    this.engines = numbers.map((number) => {
      const seat = { number, count, rings, flows, wake: (to: number) => this.wakes[to]++ };
      return new Engine({
        types: [...catalogue, ...types],
        clock: this.clock,
        random: seededRandom(number + 1),
        seat,
        openLink: (spec, context) => {
          if (number !== HOME && spec.split !== true) throw new BelongsHome(spec.kind);
          return this.links[number].open(spec, context);
        },
        pool: options.pool ?? { size: 256, slotSize: 512, headroom: 64 },
      });
    });
  }

  /** One change of all engines, at a moment when nothing is on its way. Throws when one of them cannot make it. */
  act(...inputs: ActionInput[]): void {
    this.gather();
    const actions = inputs.map((action) => actionSchema.parse(action));
    const made: Changes[] = [];
    try {
      for (const engine of this.engines) {
        const work = (changes: Changes) => {
          for (const action of actions) perform(engine, action, changes);
        };
        made.push(engine.attempt(work).changes);
      }
    } catch (error) {
      for (const [i, changes] of made.entries()) this.engines[i].takeBack(changes);
      throw error;
    } finally {
      const longest = Math.max(...this.engines.map((engine) => engine.registry.table.length));
      for (const engine of this.engines) engine.registry.level(longest);
    }
    for (const [i, changes] of made.entries()) this.engines[i].finish(changes);
  }

  /** Runs what is on its way between engines to its end. */
  gather(): void {
    for (const { exchange } of this.engines) exchange.standStill();
    for (let rounds = 0; rounds === 0 || !this.engines[0].exchange.quiet(); rounds++) {
      if (rounds > 10_000) throw new Error('frames stay on their way');
      for (const engine of this.engines) {
        engine.dispatch.drain();
        engine.exchange.serve(() => engine.flush());
      }
    }
  }

  /** A turn of each engine. Answers what they do. */
  turn(): number {
    return this.engines.reduce((sum, engine) => sum + engine.turn(), 0);
  }

  settle(): void {
    for (let turns = 0; this.turn() > 0; turns++) {
      if (turns > 100_000) throw new Error('frames keep coming');
    }
  }

  /** What is wrong with the accounts of the engines, one by one and together. */
  faults(): string[] {
    const each = this.engines.flatMap((engine) => accountFaults(engine));
    const between = this.engines.reduce(
      (sum, { exchange }) => sum + exchange.crossedOut - exchange.crossedIn,
      0,
    );
    return between < 0 ? [...each, `${-between} frames came over that nobody sent`] : each;
  }

  close(): void {
    this.gather();
    for (const engine of this.engines) engine.close();
  }
}
