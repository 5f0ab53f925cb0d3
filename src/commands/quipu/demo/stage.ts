import type { RequestInput } from '../../../control/service.js';
import type { NodeStatus } from '../../../control/views.js';
import type { Traffic } from './host-channel.js';

/** Where the demo plays: an engine with figure C.1 on a link, and something that makes traffic. */
export interface Stage {
  readonly mode: 'live' | 'replay';
  /** Where the traffic comes from, in a few words. */
  readonly source: string;
  /** A remark for the picture; empty for none. */
  readonly note: string;
  /** What the applications on the Linux stack have done so far; null in a replay. */
  readonly traffic: Traffic | null;
  /** A request of the control API. */
  request<T>(request: RequestInput): Promise<T>;
  /** Ends the traffic. Answers how many frames the kernel has counted at Quipu's link, null where it cannot say. */
  quiet(): Promise<number | null>;
  /** Closes all blocks and links. Answers the last account. */
  close(): Promise<NodeStatus>;
  /** Leaves nothing behind, whatever happened before. Safe to call twice. */
  end(): Promise<void>;
}
