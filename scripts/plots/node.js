// One block on an engine in virtual time, its departures recorded.

import { z } from 'zod';
import { catalogue } from '../../dist/blocks/catalogue.js';
import { CONSUMED } from '../../dist/contract/outcome.js';
import { Engine } from '../../dist/engine/engine.js';

/** @typedef {{ at: number, length: number, mark: number }} Departure `at` in microseconds since the start */

const START = 1_000_000;

class Recorder {
  static kind = 'recorder';
  static summary = 'ends frames and remembers them';
  static mode = /** @type {const} */ ('sink');
  static ports = { ingress: 0, egress: 0 };
  static config = z.strictObject({});
  static counters = {};
  static drops = {};
  /** @type {Departure[]} */
  departures = [];

  /**
   * @param {import('../../dist/contract/frame.js').Frame} frame
   * @param {import('../../dist/contract/block.js').EnginePort} engine
   */
  receive({ length, mark }, engine) {
    this.departures.push({ at: engine.now() - START, length, mark });
    return CONSUMED;
  }
}

export class PlotNode {
  /**
   * @param {string} type of the block
   * @param {Record<string, unknown>} config
   */
  constructor(type, config) {
    let time = START;
    this.setTime = (/** @type {number} */ to) => {
      time = to;
    };
    let state = 1;
    this.engine = new Engine({
      types: [...catalogue, Recorder],
      clock: { now: () => time },
      random: () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state;
      },
      pool: { size: 4096, slotSize: 2048, headroom: 0 },
    });
    const { block, out } = this.engine.transaction((changes) => {
      const block = this.engine.lifecycle.add('x', type, config, changes);
      const out = this.engine.lifecycle.add('out', 'recorder', {}, changes);
      this.engine.bindings.connect(block, 'ingress', out, changes);
      return { block, out };
    });
    this.instance = block;
    this.departures = /** @type {Recorder} */ (/** @type {unknown} */ (out.block)).departures;
  }

  /** Microseconds since the start. */
  get now() {
    return this.engine.clock.now() - START;
  }

  /** Frames that wait in the block. */
  get waiting() {
    return this.instance.block.held?.() ?? 0;
  }

  /** Frames dropped so far. */
  get dropped() {
    return this.engine.drops().reduce((sum, { count }) => sum + count, 0);
  }

  /** A field of the block. @param {string} name */
  read(name) {
    return Number(
      /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (this.instance.block))[name],
    );
  }

  /** Changes options. @param {Record<string, unknown>} options */
  set(options) {
    this.engine.transaction((changes) => this.engine.lifecycle.configure(this.instance, options, changes));
  }

  /** Runs a frame into the block. @param {number} length @param {number} [mark] */
  send(length, mark = 0) {
    const frame = this.engine.pool.allocate();
    if (frame === null) throw new Error('the pool is empty');
    frame.length = length;
    frame.mark = mark;
    this.engine.inject(frame, this.instance.idp, 0);
  }

  /** Lets time pass: what is due meanwhile happens at its time. @param {number} to microseconds since the start */
  runTo(to) {
    for (;;) {
      while (this.engine.turn() > 0);
      const due = this.engine.dueAt();
      if (due > START + to) break;
      this.setTime(Math.max(due, this.engine.clock.now()));
    }
    this.setTime(START + to);
  }
}

/** Random numbers in [0, 1), the same in every run. @param {number} seed */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let x = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  };
}
