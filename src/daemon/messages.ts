import type { ErrorCode } from '../contract/error.js';
import type { Request } from '../control/service.js';
import type { TracedFrame } from '../engine/trace.js';

/** What the engine's thread is started with. */
export interface WorkerSetup {
  /** Word 0 is 1 while the thread sleeps in poll(2): who brings it work rings then, by the event descriptor. */
  readonly doorbell: SharedArrayBuffer;
  readonly pool: { readonly size?: number; readonly slotSize?: number };
}

/** From the main thread to the engine's. Every one is answered by a `Reply` with its id. */
export type Call = { readonly id: number } & (
  | { readonly type: 'request'; readonly request: Request }
  | {
      readonly type: 'channel';
      readonly channel: number;
      readonly up: SharedArrayBuffer;
      readonly down: SharedArrayBuffer;
    }
  | { readonly type: 'channel-closed'; readonly channel: number }
  | {
      readonly type: 'tap';
      readonly tap: number;
      readonly target: string;
      readonly ring: SharedArrayBuffer;
      readonly dropsOnly: boolean;
    }
  | { readonly type: 'untap'; readonly tap: number }
  | {
      readonly type: 'trace';
      readonly trace: number;
      readonly count: number;
      readonly filter: string | undefined;
    }
  | { readonly type: 'untrace'; readonly trace: number }
  | { readonly type: 'close' }
);

export type Reply =
  | { readonly type: 'reply'; readonly id: number; readonly result: unknown }
  | { readonly type: 'reply'; readonly id: number; readonly error: { code: ErrorCode; message: string } };

/** A device that the daemon made and that should be gone when it is. */
export interface MadeDevice {
  readonly name: string;
  readonly index: number;
}

/** From the engine's thread, unasked. */
export type Notice =
  | { readonly type: 'ready'; readonly eventFd: number }
  | { readonly type: 'log'; readonly line: string }
  /** A ring has frames and its reader sleeps: a channel's or a tap's. */
  | { readonly type: 'wake'; readonly ring: number }
  | { readonly type: 'tap-ended'; readonly tap: number }
  | { readonly type: 'traced'; readonly trace: number; readonly frame: TracedFrame; readonly last: boolean }
  | { readonly type: 'devices'; readonly devices: readonly MadeDevice[] };
