import type { Seat } from '../engine/exchange.js';
import { systemClock } from '../linux/clock.js';
import { ringDoorbell } from '../linux/doorbell.js';
import { Assembly } from './assembly.js';
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
  const wake = (engine: number) => ringDoorbell(doorbells[engine]);
  const assembly = new Assembly(number, count, memory.assembly, systemClock);
  const fanout = new FanoutTable(number, memory.fanout);
  assembly.onBegin = () => fanout.clear();
  return { number, seat: { number, count, rings, flows, wake }, assembly, fanout };
}
