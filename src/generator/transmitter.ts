import type { TransmitWay } from './generator.js';

/** Puts frames on a device, those of a `FrameOrder` one after the other. It keeps what the device did not take. */
export interface Transmitter {
  readonly way: Exclude<TransmitWay, 'auto'>;
  /** Error number of the last refusal; 0 when the last `send` sent all. */
  readonly error: number;
  /** Bytes of all frames that were taken so far. */
  readonly bytes: number;
  /** Makes the first call of the kernel, with nothing to send: it takes much longer than any later one. */
  warmUp(): void;
  /** Length of the next frame, in bytes. */
  nextLength(): number;
  /** Gives the device the next `count` frames: how many it took. After fewer, `error` says why not the next one. */
  send(count: number): number;
  /** Leaves the next frame out: it was refused for good. */
  skip(): void;
  /** True when the device has done with all frames that it took. */
  isDone(): boolean;
  close(): void;
}
