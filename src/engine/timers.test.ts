import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../contract/block.js';
import type { Frame } from '../contract/frame.js';
import { HELD } from '../contract/outcome.js';
import { accountFaults } from '../testing/account.js';
import { makeEngine } from '../testing/engine.js';
import type { Instance } from './instance.js';
import { Timers } from './timers.js';

/** Holds each frame back for a while. */
class Sleeper implements Block {
  static readonly kind = 'sleeper';
  static readonly summary = 'holds frames back';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = z.strictObject({
    delay: z.number().default(100),
    throws: z.boolean().default(false),
  });
  static readonly counters = { packets: 'frames that came' };
  static readonly drops = { closed: 'the block went before their time' };
  static readonly state = ['queue'];

  packets = 0;
  queue: { frame: Frame; at: number }[] = [];
  readonly woken: number[] = [];
  readonly delay: number;
  readonly throws: boolean;

  constructor(context: BlockContext, options: { delay: number; throws: boolean }) {
    this.delay = options.delay;
    this.throws = options.throws;
    if (this.throws) context.wakeAt(context.clock.now() + this.delay);
  }

  receive(frame: Frame, engine: EnginePort): number {
    this.packets++;
    this.queue.push({ frame, at: engine.now() + this.delay });
    engine.wakeAt(this.queue[0].at);
    return HELD;
  }

  wake(engine: EnginePort): void {
    this.woken.push(engine.now());
    if (this.throws) throw new Error('woken up badly');
    while (this.queue.length > 0 && this.queue[0].at <= engine.now()) {
      const { frame } = this.queue.shift() as { frame: Frame };
      engine.emit(frame, frame.direction);
    }
    if (this.queue.length > 0) engine.wakeAt(this.queue[0].at);
  }

  held(): number {
    return this.queue.length;
  }

  close(engine: EnginePort): void {
    for (const { frame } of this.queue.splice(0)) engine.discard(frame, 0);
  }
}

function node() {
  const engine = makeEngine({ types: [Sleeper] });
  engine.add({ a: 'sleeper', b: 'sleeper', end: 'discard' });
  engine.act({ do: 'connect', from: 'a', port: 'ingress', to: 'b' });
  engine.act({ do: 'connect', from: 'b', port: 'ingress', to: 'end' });
  return engine;
}

test('a block is woken at its time, and what it lets go runs on', () => {
  const t = node();
  const t0 = t.clock.now();
  t.inject('a');
  t.elapse(30);
  t.inject('a');
  expect(t.engine.held()).toBe(2);
  t.elapse(1000);
  expect(t.block<Sleeper>('a').woken).toEqual([t0 + 100, t0 + 130]);
  expect(t.block<Sleeper>('b').woken).toEqual([t0 + 200, t0 + 230]);
  expect(t.engine.totals().consumed).toBe(2);
  expect(t.engine.dueAt()).toBe(Number.POSITIVE_INFINITY);
  expect(accountFaults(t.engine)).toEqual([]);
});

test('a block that replaces another takes its timer over, and gives it back with the change', () => {
  const t = node();
  t.inject('a');
  t.act({ do: 'add', name: 'c', type: 'sleeper' }, { do: 'replace', old: 'a', new: 'c' });
  t.elapse(1000);
  expect(t.engine.totals().consumed).toBe(1);

  t.inject('c');
  const { changes } = t.engine.attempt((attempt) => {
    const d = t.engine.lifecycle.add('d', 'sleeper', {}, attempt);
    t.engine.replace(t.get('c'), d, false, attempt);
  });
  t.elapse(50);
  t.engine.takeBack(changes);
  t.elapse(1000);
  expect(t.engine.totals().consumed).toBe(2);
  expect(accountFaults(t.engine)).toEqual([]);
});

test('a block that goes ends its timer with it; what fails in a timer is logged', () => {
  const t = node();
  t.inject('a');
  t.act({ do: 'rm', name: 'a', mode: 'force' });
  expect(t.engine.dueAt()).toBe(Number.POSITIVE_INFINITY);
  expect(t.drops()).toEqual({ 'a closed': 1 });
  t.act({ do: 'add', name: 'bad', type: 'sleeper', config: { throws: true } });
  t.elapse(200);
  expect(t.lines.filter((line) => line.includes('woken up badly'))).toHaveLength(1);
  expect(t.engine.dueAt()).toBe(Number.POSITIVE_INFINITY);
  t.engine.close();
  expect(accountFaults(t.engine)).toEqual([]);
});

test('a block that wants to be woken at once again is woken in the next turn: it holds nobody up', () => {
  const t = node();
  t.act({ do: 'add', name: 'eager', type: 'sleeper', config: { delay: 0 } });
  const eager = t.block<Sleeper>('eager');
  eager.wake = (engine) => {
    eager.woken.push(engine.now());
    engine.wakeAt(engine.now());
  };
  t.inject('eager');
  t.engine.turn();
  expect(eager.woken).toHaveLength(1);
  t.engine.turn();
  expect(eager.woken).toHaveLength(2);
  expect(t.engine.dueAt()).toBe(t.clock.now());
});

test('a rehearsal sets no timer', () => {
  const t = node();
  t.engine.rehearse((changes) => t.engine.lifecycle.add('bad', 'sleeper', { throws: true }, changes));
  expect(t.engine.dueAt()).toBe(Number.POSITIVE_INFINITY);
});

test('when the last timer was stopped nothing is due', () => {
  const timers = new Timers(() => true);
  const instance = { wakeTime: Number.POSITIVE_INFINITY, timerPlace: -1, timerRound: 0, idp: 1 } as Instance;
  timers.set(instance, 50);
  expect(timers.dueAt).toBe(50);
  timers.set(instance, Number.POSITIVE_INFINITY);
  expect(timers.dueAt).toBe(Number.POSITIVE_INFINITY);
});
