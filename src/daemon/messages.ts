import type { ErrorCode } from '../contract/error.js';
import type { Request } from '../control/service.js';
import type { TracedFrame } from '../engine/trace.js';
import type { HostRings } from '../links/shared/host-rings.js';

/** What the engine's thread is started with. */
export interface WorkerSetup {
  /** See `DOORBELL`. */
  readonly doorbell: SharedArrayBuffer;
  readonly pool: { readonly size?: number; readonly slotSize?: number };
  /** Where it is one of several engines: its number, and what they share. */
  readonly node?: { readonly number: number; readonly memory: NodeMemory };
}

/** What the engines of one node share. */
export interface NodeMemory {
  readonly count: number;
  readonly doorbells: readonly SharedArrayBuffer[];
  readonly assembly: SharedArrayBuffer;
  readonly fanout: SharedArrayBuffer;
  /** See `Seat`. */
  readonly rings: readonly (readonly (SharedArrayBuffer | null)[])[];
  readonly flows: SharedArrayBuffer;
}

/** From the main thread to the engine's. Every one is answered by a `Reply` with its id. */
export type Call = {
  readonly id: number;
} /** `ticket`, here and below: tells requests that all engines get from each other, see `Assembly`. */ & (
  | { readonly type: 'request'; readonly ticket: number; readonly request: Request }
  /** A change was not confirmed in time. */
  | { readonly type: 'expire'; readonly ticket: number; readonly change: number }
  | {
      readonly type: 'channel';
      readonly channel: number;
      readonly up: SharedArrayBuffer;
      readonly down: SharedArrayBuffer;
    }
  | {
      readonly type: 'host-channel';
      readonly channel: number;
      readonly name: string;
      readonly rings: HostRings;
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
      readonly wanted: TraceWish;
    }
  | { readonly type: 'untrace'; readonly trace: number }
  | { readonly type: 'close'; readonly ticket: number }
);

/** Which frames to follow. */
export interface TraceWish {
  readonly count: number;
  /** A BPF program, as text. */
  readonly filter?: string | undefined;
  /** Only frames that enter the block of this name. */
  readonly through?: string | undefined;
}

export type Reply =
  | { readonly type: 'reply'; readonly id: number; readonly result: unknown }
  | { readonly type: 'reply'; readonly id: number; readonly error: Refusal };

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** Another engine could not, and tells why. */
  readonly elsewhere?: boolean;
}

/** A device that the daemon made and that should be gone when it is. */
export interface MadeDevice {
  readonly name: string;
  readonly index: number;
}

/** From the engine's thread, unasked. */
export type Notice =
  | { readonly type: 'ready' }
  | { readonly type: 'log'; readonly line: string }
  /** A ring has frames and its reader sleeps: a channel's or a tap's. */
  | { readonly type: 'wake'; readonly ring: number }
  /** The time to confirm this change is over: all engines are to take it back. */
  | { readonly type: 'overdue'; readonly change: number }
  /** The host at the other end of a channel has closed it; told again until the channel is closed here, too. */
  | { readonly type: 'host-left'; readonly channel: number }
  | { readonly type: 'tap-ended'; readonly tap: number }
  | { readonly type: 'traced'; readonly trace: number; readonly frame: TracedFrame; readonly last: boolean }
  /** The block that the trace is to lead through is gone. */
  | { readonly type: 'trace-ended'; readonly trace: number }
  | { readonly type: 'devices'; readonly devices: readonly MadeDevice[] };
