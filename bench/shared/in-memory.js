// An engine in the benchmark's own process, between links of its own, in a time of its own.

import { catalogue } from '../../dist/blocks/catalogue.js';
import { Engine } from '../../dist/engine/engine.js';
import { BenchLink } from './bench-link.js';
import { benchBlocks } from './blocks.js';
import { End, Entry } from './entry-and-end.js';
import { Digest } from './test-frames.js';

/** Microseconds that pass with each turn: a million frames a second in batches of 64. */
const TURN = 64;

export class InMemory {
  /** By name of the link. @type {Map<string, BenchLink>} */
  links = new Map();
  engine;
  #now = 1_700_000_000_000_000;

  /**
   * @param {'dispatch' | 'fused'} engine
   * @param {{ pool?: number, address?: (name: string) => Uint8Array | null }} [options] frames of the pool; addresses of links
   */
  constructor(engine, { pool = 4096, address = () => null } = {}) {
    let state = 1;
    this.engine = new Engine({
      types: [...catalogue, ...benchBlocks, Entry, End],
      clock: { now: () => this.#now },
      random: () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state;
      },
      openLink: (spec, context) => {
        const name = String(spec.device ?? spec.name);
        const link = new BenchLink(name, context, address(name));
        this.links.set(name, link);
        return link;
      },
      pool: { size: pool },
      fusion: { fuse: engine === 'fused' },
    });
  }

  /** @param {string} name */
  link(name) {
    const link = this.links.get(name);
    if (link === undefined) throw new Error(`the graph has not opened link ${name}`);
    return link;
  }

  /** @param {(add: (name: string, type: string, config?: Record<string, unknown>) => void, connect: (from: string, port: string, to: string) => void) => void} work */
  tie(work) {
    const { engine } = this;
    engine.transaction((changes) => {
      work(
        (name, type, config = {}) => engine.lifecycle.add(name, type, config, changes),
        (from, port, to) =>
          engine.bindings.connect(engine.registry.find(from), port, engine.registry.find(to), changes),
      );
    });
  }

  /** Lets so many frames come in by each of these links, and runs until nothing is left to do. @param {number} frames @param {...BenchLink} links */
  run(frames, ...links) {
    const { engine } = this;
    for (const link of links) link.left = frames;
    do this.#now += TURN;
    while (engine.turn() > 0);
  }

  /** Runs on, without new frames, until no block holds any. */
  settle() {
    for (let turns = 0; this.engine.held() > 0; turns++) {
      if (turns > 1_000_000) throw new Error(`${this.engine.held()} frames stay in the graph`);
      this.#now += 1000;
      this.engine.turn();
    }
    this.engine.turn();
  }

  /** The function of the frames that enter at a block, or why there is none. @param {string} name */
  fusedAt(name) {
    const entry = this.engine.dispatch.fusion.entry(this.engine.registry.find(name), 0);
    return { isFused: entry.batch !== null, refusal: entry.refusal, source: entry.batchSource };
  }

  /** @param {string} name @param {string} counter @returns {number} */
  counter(name, counter) {
    return Number(Object.getOwnPropertyDescriptor(this.engine.registry.find(name).block, counter)?.value);
  }

  /** Counters of all blocks and all drops, in one number: two engines that did the same have the same. */
  countersDigest() {
    const digest = new Digest();
    for (const { type, block, dropCounts } of this.engine.registry.all()) {
      for (const name of Object.keys(type.counters)) {
        digest.addNumber(Number(Object.getOwnPropertyDescriptor(block, name)?.value));
      }
      for (const count of dropCounts) digest.addNumber(count);
    }
    return digest.text;
  }

  /** Fails unless every frame has an account and the pool is whole. Answers the drops: reasons and how many. */
  account() {
    const { engine } = this;
    this.settle();
    const totals = engine.totals();
    const went = totals.out + totals.consumed + totals.dropped + engine.held();
    const faults = [];
    if (totals.in + totals.created !== went) faults.push(`account: ${JSON.stringify(totals)}`);
    if (engine.pool.free !== engine.pool.size)
      faults.push(`pool: ${engine.pool.free} of ${engine.pool.size}`);
    if (faults.length > 0) throw new Error(faults.join('; '));
    return Object.fromEntries(
      engine.drops().map(({ block, reason, count }) => [`${block} ${reason}`, count]),
    );
  }
}

/** Nanoseconds that a piece of work takes. @param {() => void} work */
export function nanoseconds(work) {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start);
}
