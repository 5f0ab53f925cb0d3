import type { LinkSpec } from '../contract/link.js';
import type { ActionInput } from '../control/actions.js';
import { type RequestInput, requestSchema, type TransactionReport } from '../control/service.js';
import type { BlockRow, BlockView, NodeStatus } from '../control/views.js';
import { EngineHandle, type EngineHandleOptions } from '../daemon/engine-handle.js';
import { type HostLinkOptions, HostTie } from '../daemon/host-link.js';
import { QuipuSocket, type SocketOptions } from './socket.js';

/** Engines in threads of this process: the daemon's without the daemon. */
export class QuipuNode {
  readonly handle: EngineHandle;
  /** The last of each name. */
  private readonly hostTies = new Map<string, HostTie>();

  constructor(handle: EngineHandle) {
    this.handle = handle;
  }

  /** Changes the graph, all actions or none. Rejects with QuipuError. */
  async transaction(actions: readonly ActionInput[]): Promise<TransactionReport> {
    return this.request<TransactionReport>({ op: 'transaction', actions: [...actions] });
  }

  /** Any request of the control API. */
  async request<T>(request: RequestInput): Promise<T> {
    return this.handle.request<T>(requestSchema.parse(request));
  }

  async list(): Promise<BlockRow[]> {
    return this.request({ op: 'list' });
  }

  async show(name: string): Promise<BlockView> {
    return this.request({ op: 'show', name });
  }

  async status(): Promise<NodeStatus> {
    return this.request({ op: 'status' });
  }

  async openSocket(options: SocketOptions = {}): Promise<QuipuSocket> {
    return QuipuSocket.open(this.handle, options);
  }

  /**
   * A link for a host of this process (`links` of `createHost`), in front of which the node's blocks are. It brings a block
   * of that name into the graph, which goes when the host closes. Rejects with QuipuError.
   */
  async hostLink(options: HostLinkOptions): Promise<LinkSpec> {
    const { name, on = name } = options;
    const earlier = this.hostTies.get(name);
    if (earlier?.hostHasLeft) await earlier.leave();
    const tie = await HostTie.open(this.handle, options);
    this.hostTies.set(name, tie);
    return { kind: 'node', on, rings: tie.rings };
  }

  /** Closes every block and link and ends the threads. Answers the last account. */
  async close(): Promise<NodeStatus> {
    return this.handle.close();
  }
}

/** Starts an engine in a thread of its own, or `engines` of them. */
export async function startNode(options: EngineHandleOptions = {}): Promise<QuipuNode> {
  return new QuipuNode(await EngineHandle.start(options));
}

/** Opens a socket in the graph of a node. */
export async function openSocket(node: QuipuNode, options: SocketOptions = {}): Promise<QuipuSocket> {
  return node.openSocket(options);
}
