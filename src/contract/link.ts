import type { Clock, Random } from './clock.js';
import type { Frame, FramePool } from './frame.js';

/** Reasons for which a link loses frames by itself; counted in and dropped, with the block's name. */
export const linkLosses = {
  'ring-loss': 'the kernel dropped it before Quipu could read it: the receive queue was full',
  'too-long': 'longer than a slot of the frame pool, or than the link can send',
  malformed: 'the link could not make a frame of it',
  'pool-empty': 'no free frame in the pool',
} as const;
export type LinkLoss = keyof typeof linkLosses;

/** Why `send` stopped before the end of its list. */
export const SendStop = {
  /** Took all. */
  none: 0,
  /** The link is full now: try the same frame again when it is writable. */
  full: 1,
  /** The frame at the front is too long: it will never go. */
  tooLong: 2,
  /** The link is down or gone. */
  down: 3,
  /** Any other refusal of the frame at the front (`lastError` says which). */
  refused: 4,
  /** No room, and waiting will not help: the reader has to come first. The frame at the front is to be dropped. */
  overflow: 5,
} as const;

/**
 * Where frames enter and leave the node. A link does I/O and nothing else: queues, limits, names
 * and accounts are the engine's. All calls are made by the one engine that owns it; none blocks.
 */
export interface Link {
  /** `af-packet`, `tap`, … */
  readonly kind: string;
  /** What it is joined to, for people: a device, a file, an address. */
  readonly target: string;
  /** A file descriptor to poll for reading, or -1: then it is asked in every turn. */
  readonly fd: number;
  /** Largest frame it sends, in bytes, link header included; 0 when unknown. */
  readonly maxSend: number;
  /** Hardware address (6 bytes), or null. */
  readonly address: Uint8Array | null;
  readonly interfaceIndex: number;
  readonly hardwareType: number;
  /** True when frames sent end in this node (an application's socket): counted consumed, not out. */
  readonly local: boolean;

  /**
   * Puts up to `max` arrived frames at `into[0 …]` and answers how many. The frames are the caller's
   * then. Metadata is filled in; direction, next IDP and link are the engine's to set.
   */
  receive(into: Frame[], max: number): number;
  /**
   * Sends `frames[from … to)` in order and answers how many it took from the front. It does not release
   * them: the caller does. When it took fewer, `stopped` says why.
   */
  send(frames: readonly Frame[], from: number, to: number): number;
  /** One of `SendStop`, about the last `send`. */
  readonly stopped: number;
  /** A sentence about the last refusal or failure; empty when there was none. */
  readonly lastError: string;
  /** Frames lost so far by reason; only ever grows. Cheap: called about once a second and before a reading. */
  losses(): Readonly<Partial<Record<LinkLoss, number>>>;
  /** Frames that it holds for a reader that has not come yet (an application's ring). */
  held(): number;
  /** `gone` when the device was removed. Cheap: called about ten times a second. */
  state(): 'up' | 'down' | 'gone' | 'ended';
  /** When it wants `receive` called next, in microseconds of the clock (paced replay); Infinity: on input. */
  dueAt(): number;
  /** Gives back every frame that it holds and closes what it opened. Safe to call twice. */
  close(): void;
}

/** Handed to whoever opens a link. */
export interface LinkContext {
  readonly pool: FramePool;
  readonly clock: Clock;
  readonly random: Random;
  /**
   * IDP of the block that asks, and how many links it had opened before: with several engines the same in each, so
   * that links to one device can find each other.
   */
  readonly owner?: { readonly idp: number; readonly nth: number };
}

/** How a block asks for a link: the kind and its options, checked by the kind. */
export interface LinkSpec {
  readonly kind: string;
  readonly [option: string]: unknown;
}

/** Opens links of every kind known to the node. Throws QuipuError. */
export type LinkOpener = (spec: LinkSpec, context: LinkContext) => Link;
