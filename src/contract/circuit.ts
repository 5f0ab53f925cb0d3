/**
 * A circuit: a lower-layer connection of one socket's own (Arequipa, seed 000 §3; architecture.md, idea 8). Who gives it is
 * no matter here: an ATM network, a tunnel, a reserved queue.
 *
 * A circuit's data goes the way of all frames: through the graph, by IDP. Frames carry its `number`: those that leave by it
 * get it from the socket that is attached, those that came by it from its provider's block. So a socket, and the stack
 * beneath it, need to know nothing of a circuit but what stands here.
 */

/** What an application asks of the network for one direction; bytes per second, and bytes. */
export interface TrafficContract {
  readonly peakRate: number;
  /** Over longer times; absent: the peak rate. */
  readonly sustainedRate?: number;
  /** What may be sent at the peak rate in one go. */
  readonly burst?: number;
}

/** `opening`: the network was asked. A closed one does not open again: who needs it opens another. */
export type CircuitState = 'opening' | 'open' | 'closed';

export interface Circuit {
  /** What frames carry (`Frame.circuit`): from 1 on, not given out twice while the host lives. */
  readonly number: number;
  /** Whom it leads to, in the words of its provider; for people. */
  readonly peer: string;
  /** What was agreed for what is sent; null: best effort. */
  readonly contract: TrafficContract | null;
  /** Longest packet that it carries, bytes. */
  readonly mtu: number;
  readonly state: CircuitState;
  /** Rises with every change of its state, its MTU or its contract: what was worked out before is worked out anew. */
  readonly generation: number;
  /** Calls `changed` after every such change, until the function answered is called. */
  watch(changed: () => void): () => void;
  /** Safe to call twice. Sockets that are attached go by their routes again. */
  close(): void;
}
