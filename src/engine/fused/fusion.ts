import type { BlockClass } from '../../contract/block.js';
import type { Direction } from '../../contract/direction.js';
import type { Accounts } from '../accounts.js';
import type { Dispatch } from '../dispatch.js';
import type { Instance } from '../instance.js';
import type { Pool } from '../pool.js';
import type { Entry, RunBatch, RunSingle } from './entry.js';
import { type EntryKind, type FusedSource, fuse } from './fuse.js';
import { NAMES } from './place.js';
import { parseReceive, type ReceiveSource } from './source.js';
import { subsetFaults } from './subset.js';

/** Frames that enter at a place before a function is made for it: a graph that is just being tied is not worth one. */
export const WARM_FRAMES = 1024;

export interface FusionOptions {
  /** False: everything is dispatched. Default true. */
  readonly fuse?: boolean;
  /** Frames at an entry before its function is made; default `WARM_FRAMES`. */
  readonly warmFrames?: number;
}

/** The fused functions of one engine: made when an entry has become warm, gone when the graph changes. */
export class Fusion {
  private readonly dispatch: Dispatch;
  private readonly pool: Pool;
  private readonly accounts: Accounts;
  readonly enabled: boolean;
  readonly warmFrames: number;
  /** Grows with every change of the graph: what was made for an older one does not hold any more. */
  generation = 1;
  private readonly portable = new Map<BlockClass, string>();
  /** Entries with functions. */
  private readonly made = new Set<Entry>();

  constructor(dispatch: Dispatch, pool: Pool, accounts: Accounts, options: FusionOptions) {
    this.dispatch = dispatch;
    this.pool = pool;
    this.accounts = accounts;
    this.enabled = options.fuse ?? true;
    this.warmFrames = options.warmFrames ?? WARM_FRAMES;
  }

  /** The graph is about to change, or has. */
  clear(): void {
    this.generation++;
    // At once, not when their turn comes: they hold blocks that may be gone.
    for (const entry of this.made) entry.reset(this.generation);
    this.made.clear();
  }

  entry(instance: Instance, direction: Direction): Entry {
    // A block that is not type-checked may write anything there; that must not stop the engine.
    const entry = instance.entries[(direction & 1) as Direction];
    if (entry.generation !== this.generation) entry.reset(this.generation);
    return entry;
  }

  /** Counts frames that were dispatched for want of a function, and makes it when there were enough. */
  warmBatch(entry: Entry, count: number): void {
    entry.batchFrames += count;
    if (entry.batch !== null) return; // there is one, but somebody looks on
    if (entry.batchFrames < this.warmFrames || !this.mayMake(entry)) return;
    const made = this.make(entry, 'batch');
    if (made === null) return;
    entry.batch = made.run as RunBatch;
    entry.batchSource = made.source;
  }

  warmSingle(entry: Entry): void {
    entry.singleFrames++;
    if (entry.single !== null) return;
    if (entry.singleFrames < this.warmFrames || !this.mayMake(entry)) return;
    const made = this.make(entry, 'single');
    if (made === null) return;
    entry.single = made.run as RunSingle;
    entry.singleSource = made.source;
  }

  private mayMake(entry: Entry): boolean {
    return this.enabled && entry.refusal === '';
  }

  /** What has been learned of the ways that frames take counts half the next time. */
  private forgetSome(source: FusedSource): void {
    for (const { departures } of source.parts.keys()) {
      for (let port = 0; port < departures.length; port++) departures[port] = (departures[port] ?? 0) >> 1;
    }
  }

  private make(entry: Entry, kind: EntryKind): { run: unknown; source: FusedSource } | null {
    try {
      const { instance, direction } = entry;
      const source = fuse(instance, direction, kind, this.dispatch.table, (one) => this.sourceOf(one));
      const run = this.compile(source, kind);
      this.forgetSome(source);
      this.made.add(entry);
      return { run, source };
    } catch (error) {
      entry.refusal = (error as Error).message;
      return null;
    }
  }

  private compile(source: FusedSource, kind: EntryKind): unknown {
    const things: Record<string, unknown> = {
      [NAMES.engine]: this.dispatch,
      [NAMES.accounts]: this.accounts,
      [NAMES.pool]: this.pool,
      [NAMES.bytes]: this.pool.memory,
      [NAMES.view]: this.pool.view,
      [NAMES.time]: this.dispatch.time,
      places: source.places,
      depths: source.depths,
      ...Object.fromEntries(source.bindings),
    };
    const names = Object.keys(things);
    // As constants of one closure, so that V8 takes them for what they are.
    const declared = names.map((name, index) => `${name} = things[${index}]`).join(', ');
    const make = new Function(
      'things',
      `'use strict';\nconst ${declared};\nreturn ${source.text};\n//# sourceURL=quipu-fused-${kind}`,
    );
    return make(Object.values(things));
  }

  /** The code of a block: what it supplies itself, else its class's `receive`; null when it has to be called. */
  private sourceOf(instance: Instance): ReceiveSource | null {
    const { block, type } = instance;
    if (this.whyCalled(instance) !== '') return null;
    const own = block.inline?.() ?? null;
    return parseReceive(own ?? receiveText(type));
  }

  /** Why a block is called and not inlined; empty when it is inlined. */
  whyCalled({ block, type }: Instance): string {
    try {
      const own = block.inline?.() ?? null;
      if (own !== null) return faultIn(own, type, 'inline()');
    } catch (error) {
      return `the inline() of ${type.kind} fails: ${(error as Error).message}`;
    }
    if (block.receive !== type.prototype.receive) return `this ${type.kind} has a receive of its own`;
    const before = this.portable.get(type);
    if (before !== undefined) return before;
    const why = portability(type);
    this.portable.set(type, why);
    return why;
  }
}

function receiveText(type: BlockClass): string {
  return Function.prototype.toString.call(type.prototype.receive);
}

function portability(type: BlockClass): string {
  if (type.portable === false) return `${type.kind} is not portable, it says`;
  return faultIn(receiveText(type), type, 'receive');
}

/** What keeps a source out of the portable subset, as a sentence; empty when nothing does. */
function faultIn(text: string, type: BlockClass, what: string): string {
  try {
    const { body, frame, engine } = parseReceive(text);
    const [fault] = subsetFaults(
      { params: [{ name: frame }, { name: engine }], body },
      Object.keys(type.uses ?? {}),
    );
    if (fault === undefined) return '';
    // The text was parsed behind a first line of our own.
    const line = `class _ {\n${text}`.slice(0, fault.offset).split('\n').length - 1;
    return `line ${line} of ${type.kind}'s ${what} has ${fault.what}; write instead: ${fault.instead}`;
  } catch (error) {
    return `the ${what} of ${type.kind} cannot be read: ${(error as Error).message}`;
  }
}
