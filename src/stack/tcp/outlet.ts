import type { Ends } from './ends.js';
import type { ConnectionPath } from './path.js';

/** What TCP has from the layer below. */
export interface TcpOutlet {
  now(): number;
  /** In [0, 2^32). */
  random(): number;
  /**
   * Room for a segment of `length` bytes towards the path's other end, at `bytes[at]`. False: there is none now. Sending
   * pauses then, until `Tcp.resume` tells that there is, or a retransmission timeout has passed.
   */
  begin(path: ConnectionPath, length: number): boolean;
  bytes: Uint8Array;
  at: number;
  /**
   * Sends what was written there, its checksum to be completed. `segmentSize` > 0: to be cut into segments of that
   * payload. False: it did not leave, as with `begin`. Must not call `Tcp.receive` before it returns.
   */
  commit(path: ConnectionPath, length: number, segmentSize: number, ecnCapable: boolean): boolean;
  /** The way to a peer that calls, or null when there is none. */
  pathTo(ends: Ends): ConnectionPath | null;
  /** `expire` is to be called at that time. */
  wakeAt(time: number): void;
}
