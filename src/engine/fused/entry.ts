import type { Direction } from '../../contract/direction.js';
import type { PoolFrame } from '../frame.js';
import type { Instance } from '../instance.js';
import type { FusedSource } from './fuse.js';

/** Runs `count` frames that a link has brought, each to its end; answers their bytes as they came. */
export type RunBatch = (frames: readonly PoolFrame[], count: number) => number;
/** Runs one frame from this block to its end. */
export type RunSingle = (frame: PoolFrame) => void;

/** A place where frames enter the graph: a block and the direction in which they enter it. */
export class Entry {
  readonly instance: Instance;
  readonly direction: Direction;
  /** The graph for which what follows holds. */
  generation = 0;
  /** The generated functions; null until enough frames have come. */
  batch: RunBatch | null = null;
  single: RunSingle | null = null;
  /** Frames since the graph last changed that came in batches, and one by one. */
  batchFrames = 0;
  singleFrames = 0;
  batchSource: FusedSource | null = null;
  singleSource: FusedSource | null = null;
  /** Why no function could be made; empty when that was not tried or went well. */
  refusal = '';

  constructor(instance: Instance, direction: Direction) {
    this.instance = instance;
    this.direction = direction;
  }

  reset(generation: number): void {
    this.generation = generation;
    this.batch = null;
    this.single = null;
    this.batchFrames = 0;
    this.singleFrames = 0;
    this.batchSource = null;
    this.singleSource = null;
    this.refusal = '';
  }
}
