import { Pool, type PoolOptions } from '../engine/pool.js';

export type TestPool = Pool;

/** A real frame pool, for tests of rooms that must not know the engine. */
export function makePool(options: PoolOptions): Pool {
  return new Pool(options);
}
