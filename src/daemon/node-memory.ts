import { createCrossingRing } from '../engine/crossing-ring.js';
import { createDoorbell } from '../linux/doorbell.js';
import { createAssemblyWords, noteDeath } from './assembly.js';
import { createFanoutWords } from './fanout-table.js';
import type { NodeMemory } from './messages.js';

/** Makes the memory of a node of two engines or more; `mourn` tells all of them that one has ended. */
export function createNodeMemory(count: number): { memory: NodeMemory; mourn: () => void } {
  const numbers = Array.from({ length: count }, (_, i) => i);
  const memory = {
    count,
    doorbells: numbers.map(createDoorbell),
    assembly: createAssemblyWords(count),
    fanout: createFanoutWords(),
    rings: numbers.map((from) => numbers.map((to) => (from === to ? null : createCrossingRing()))),
    flows: new SharedArrayBuffer(8 * count),
  };
  return { memory, mourn: () => noteDeath(memory.assembly) };
}
