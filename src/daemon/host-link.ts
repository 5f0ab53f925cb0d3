import { QuipuError } from '../contract/error.js';
import type { ActionInput } from '../control/actions.js';
import { requestSchema } from '../control/service.js';
import {
  createHostRings,
  endNode,
  type HostRingOptions,
  type HostRings,
  leaveAsHost,
} from '../links/shared/host-rings.js';
import { RingReader } from '../links/shared/ring.js';
import type { EngineHandle } from './engine-handle.js';

export interface HostLinkOptions extends HostRingOptions {
  /** What the host's block in the node's graph is called. */
  readonly name: string;
  /** The block that it sits on, as `bind` does; later bindings do as well. */
  readonly on?: string;
}

/**
 * The node's end of a host's link: a block `socket` in the node's graph, and the memory that is the cable. The block goes
 * when the host closes its link; when the block goes first, the host's link has ended.
 */
export class HostTie {
  readonly rings: HostRings;
  private readonly handle: EngineHandle;
  private readonly name: string;
  private readonly hostEnd: RingReader;
  private readonly nodeEnd: RingReader;
  private channel = 0;
  private leaving: Promise<void> | null = null;
  private left = false;

  private constructor(handle: EngineHandle, name: string, rings: HostRings) {
    this.handle = handle;
    this.name = name;
    this.rings = rings;
    this.hostEnd = new RingReader(rings.down);
    this.nodeEnd = new RingReader(rings.up);
  }

  /** Rejects with QuipuError; RangeError: the sizes of the rings. */
  static async open(handle: EngineHandle, options: HostLinkOptions): Promise<HostTie> {
    const { name, on } = options;
    const tie = new HostTie(handle, name, createHostRings(handle.doorbell, options));
    const actions: ActionInput[] = [];
    if (on !== undefined) actions.push({ do: 'bind', upper: name, lower: on });
    try {
      // What fails (a change waits for its confirmation) is told again, as long as the node lives.
      tie.channel = await handle.openHostChannel(name, tie.rings, {
        left: () => void tie.leave().catch(() => {}),
        died: () => endNode(tie.rings),
      });
      const { channel } = tie;
      await tie.change([{ do: 'add', name, type: 'socket', config: { channel } }, ...actions]);
    } catch (error) {
      if (tie.channel !== 0) await handle.closeChannel(tie.channel).catch(() => {}); // it is dead, and nothing there is left
      endNode(tie.rings);
      throw error;
    }
    return tie;
  }

  /** The host has closed its link. */
  get hostHasLeft(): boolean {
    return this.hostEnd.closed;
  }

  /** For a host that is no more, or never was: resolves when its block has gone. Rejects with QuipuError: it has not. */
  leave(): Promise<void> {
    leaveAsHost(this.rings);
    this.leaving ??= this.remove().finally(() => {
      this.leaving = null;
    });
    return this.leaving;
  }

  private async remove(): Promise<void> {
    if (this.left) return;
    // A closed ring: the block is gone, and the name may be somebody else's by now.
    if (!this.nodeEnd.closed)
      await this.change([{ do: 'rm', name: this.name, mode: 'force' }], 'unknown-name');
    await this.handle.closeChannel(this.channel);
    this.left = true;
  }

  private async change(actions: ActionInput[], except?: QuipuError['code']): Promise<void> {
    try {
      await this.handle.request(requestSchema.parse({ op: 'transaction', actions }));
    } catch (error) {
      if (!(error instanceof QuipuError) || error.code !== except) throw error;
    }
  }
}
