import type { PoolFrame } from './frame.js';
import type { Instance } from './instance.js';

/** Takes a copy of a tapped frame; `note` says what became of it, or is empty. Answers nothing, never blocks. */
export type TapSink = (frame: PoolFrame, note: string) => void;

/**
 * A look at one block or one of its ports. A tap of a block sees every frame that enters it, and again,
 * with the reason, those that end there. A tap of a port sees what leaves by it.
 * It holds on to the IDP, so it stays when the block is replaced.
 */
export class Tap {
  readonly idp: number;
  readonly port: number | null;
  private readonly sink: TapSink;
  /** Drops only. */
  private readonly dropsOnly: boolean;

  constructor(idp: number, port: number | null, sink: TapSink, dropsOnly = false) {
    this.idp = idp;
    this.port = port;
    this.sink = sink;
    this.dropsOnly = dropsOnly;
  }

  enter(at: Instance, frame: PoolFrame): void {
    if (this.port === null && !this.dropsOnly && at.idp === this.idp) this.sink(frame, '');
  }

  leave(at: Instance, frame: PoolFrame, outcome: number): void {
    if (this.port !== null && outcome === this.port && at.idp === this.idp) this.sink(frame, '');
  }

  drop(at: Instance, frame: PoolFrame, reason: string): void {
    if (this.port === null && at.idp === this.idp) this.sink(frame, `dropped by ${at.name}: ${reason}`);
  }

  copied(at: Instance, copy: PoolFrame, port: number): void {
    if (this.port === port && at.idp === this.idp) this.sink(copy, '');
  }
}
