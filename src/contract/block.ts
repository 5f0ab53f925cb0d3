import type { z } from 'zod';
import type { Clock, Random } from './clock.js';
import type { Frame, FramePool } from './frame.js';
import type { Link, LinkSpec } from './link.js';
import type { PortSpec } from './port.js';

/** Source: makes or brings in frames; sink: ends them; dual: passes them on (seed 004 §5.2.4). */
export type BlockMode = 'source' | 'sink' | 'dual';

/**
 * A functional block. State is ordinary instance fields (no closures, no `#private`): engines
 * generate code that reaches them by name. `receive` keeps to the portable subset of ARCHITECTURE.md unless
 * the class says `static readonly portable = false`.
 */
export interface Block {
  /** Handles one frame and answers where it goes (see `outcome.ts`). */
  receive(frame: Frame, engine: EnginePort): number;
  /** Takes a new configuration, already checked by the class's schema. Throws QuipuError and then is unchanged. */
  configure?(config: never): void;
  /** Its timer has run out (`wakeAt`). It is cleared before: a block that wants to be woken again says so. */
  wake?(engine: EnginePort): void;
  /**
   * The source of a method `receive` that does the same for this block as it is configured and bound now, in the
   * portable subset: a filter's instructions as code, a loop over ports unrolled. Asked when the graph has changed;
   * null: the class's own. What it reads must not change but by `configure` or a change of the graph.
   */
  inline?(): string | null;
  /** An event of a block that it is subscribed to. */
  onEvent?(event: BlockEvent): void;
  /** Further live values for `show`, as JSON: a table's size, its last entries. Short: at most some dozen lines. */
  details?(): Readonly<Record<string, unknown>>;
  /** Frames that it keeps at the moment (those answered with HELD), links' queues aside. */
  held?(): number;
  /** The destructor: gives back whatever it holds. Links that it opened are closed by the engine. */
  close?(engine: EnginePort): void;
  /** Takes over the state of a block of another kind; answers false when it cannot. */
  migrate?(from: Block, kind: string): boolean;
}

/** What the class of a block declares; the builder registers the class itself. */
export interface BlockClass {
  new (context: BlockContext, config: never): Block;
  readonly prototype: Block;
  /** Name of the type, as in `fbctl add NAME TYPE`: lower case, digits and dashes. */
  readonly kind: string;
  /** One sentence for lists and help. */
  readonly summary: string;
  readonly mode: BlockMode;
  readonly ports: PortSpec;
  /** Schema of its configuration: a strict object. Unknown keys are refused. */
  readonly config: z.ZodType;
  /** The option that a bare value stands for in chain text: `bpf(arp)` is `bpf(filter: arp)`. */
  readonly mainOption?: string;
  /** Instance fields that are counters, each with a sentence. Read by `show`, kept by `replace`. */
  readonly counters: Readonly<Record<string, string>>;
  /** Reasons for dropping, in the order of their `drop(i)`, each with a sentence. */
  readonly drops: Readonly<Record<string, string>>;
  /** Further instance fields that `replace` hands to a block of the same kind. */
  readonly state?: readonly string[];
  /** Helpers and constants that the source of `receive` uses. */
  readonly uses?: Readonly<Record<string, unknown>>;
  /** False when `receive` leaves the portable subset: it is then called, never inlined. */
  readonly portable?: boolean;
  /**
   * True when its state must be one for the whole node: with several engines the block then lives in one of them,
   * and frames of the others cross over to it. Else each engine has a block of its own; counters are summed on reading.
   */
  readonly shared?: boolean;
}

/** What a block is given at its birth. */
export interface BlockContext {
  /** Its name and information dispatch point. `idp` changes when the block replaces another. */
  readonly name: string;
  readonly idp: number;
  /** The IDPs bound to its ports, by port number; 0 is unbound. Live: the engine writes it. */
  readonly ports: Int32Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly pool: FramePool;
  /** Opens a link and joins it to this block: its frames enter here, in the direction given. Throws QuipuError. */
  openLink(spec: LinkSpec, options: LinkJoin): LinkPort;
  /** Sets the block's timer, see `EnginePort.wakeAt`: for constructors and events. */
  wakeAt(time: number): void;
  /** Tells the block's subscribers. Delivered in order, after the current batch or transaction. */
  emit(type: string, payload?: unknown): void;
  /** A line in the node's log, like the seed's kernel messages: `[name::kind] text`. */
  log(text: string): void;
}

export interface LinkJoin {
  /** Direction of the frames that come from the link. */
  readonly direction: 0 | 1;
  /** Frames that may wait for a busy link before more are dropped (`queue-full`). */
  readonly queueLimit?: number;
}

/** The engine's side of a block's link. */
export interface LinkPort {
  readonly link: Link;
  /**
   * Queues a frame for sending at the end of the batch and answers HELD; the engine then counts it out,
   * or drops it under one of the reasons that every linked block has (`queue-full`, `link-down`, …).
   */
  transmit(frame: Frame): number;
}

/** What `receive` may ask of the engine that runs it. */
export interface EnginePort {
  /**
   * Makes a copy of the frame that leaves the block now running by `port`, behind all frames that
   * wait in the backlog. Where the pool is empty, that loss is counted under `pool-empty`.
   */
  copy(frame: Frame, port: number): void;
  /** A new frame of the block's own, counted as created; null (and counted) when the pool is empty. */
  create(): Frame | null;
  /** Puts a frame that the block made with `create`, or held, into the backlog, to leave the block by `port`. */
  emit(frame: Frame, port: number): void;
  /** Ends a held frame: dropped for the i-th declared reason of the block now running. */
  discard(frame: Frame, reason: number): void;
  /** Microseconds of the engine's clock when the batch that runs now began: the same for all of its frames. */
  now(): number;
  /**
   * Sets the timer of the block now running: its `wake` is called once the clock has reached `time` (microseconds),
   * between two batches. A block has one timer: the last call counts; Infinity stops it.
   */
  wakeAt(time: number): void;
}

/** An event of the notifier. `removed` is the last event that a block ever sends. */
export interface BlockEvent {
  /** `bound`, `unbound`, `configured`, `replaced`, `removed`, `link-up`, `link-down`, or a block's own. */
  readonly type: string;
  /** Name and IDP of the block that tells. */
  readonly from: string;
  readonly fromIdp: number;
  readonly payload: unknown;
}
