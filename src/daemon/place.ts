import type { Seat } from '../engine/exchange.js';
import { systemClock } from '../linux/clock.js';
import { signalEvent } from '../linux/signal-event.js';
import { Assembly } from './assembly.js';
import { DOORBELL } from './doorbell.js';
import { FanoutTable } from './fanout-table.js';
import type { NodeMemory } from './messages.js';

/** An engine's place among several: how it meets the others, reaches them, and shares links with them. */
export interface Place {
  readonly number: number;
  readonly seat: Seat;
  readonly assembly: Assembly;
  readonly fanout: FanoutTable;
}

export function placeOf(number: number, memory: NodeMemory): Place {
  const { count, rings, flows } = memory;
  const doorbells = memory.doorbells.map((bell) => new Int32Array(bell));
  const wake = (engine: number) => {
    const bell = doorbells[engine];
    if (Atomics.load(bell, DOORBELL.sleeps) === 0) return;
    if (Atomics.exchange(bell, DOORBELL.sleeps, 0) === 1) signalEvent(Atomics.load(bell, DOORBELL.eventFd));
  };
  const assembly = new Assembly(number, count, memory.assembly, systemClock);
  const fanout = new FanoutTable(number, memory.fanout);
  assembly.onBegin = () => fanout.clear();
  return { number, seat: { number, count, rings, flows, wake }, assembly, fanout };
}
