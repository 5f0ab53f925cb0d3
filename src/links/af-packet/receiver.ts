import type { Frame } from '../../contract/frame.js';

/**
 * Takes frames from a packet socket, in one of two ways: out of a ring that the kernel writes (`RingReceiver`), or by
 * recvmmsg(2) into slots of the pool (`BatchReceiver`). Offloads are undone: partial checksums completed, super-frames
 * cut, VLAN tags put back in.
 */
export interface Receiver {
  /** Frames that it lost, by reason; `ringLoss` are those that the kernel does not count. */
  readonly tooLong: number;
  readonly malformed: number;
  readonly ringLoss: number;
  /** Error number of the last receive; 0 when it went well (having nothing to read is well). */
  readonly error: number;
  /** True while frames are here that the descriptor does not tell of: do not wait for it then. */
  readonly pending: boolean;
  /** As `Link.receive`. */
  receive(into: Frame[], max: number): number;
  /** What wants to be done about once a second. */
  inspect(): void;
  /** Gives back every slot. The socket is still open. */
  release(): void;
}
