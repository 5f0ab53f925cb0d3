import { fileURLToPath } from 'node:url';
import { type QuipuNode, startNode } from '../../../api/node.js';
import type { RequestInput } from '../../../control/service.js';
import type { NodeStatus } from '../../../control/views.js';
import { figureC1 } from '../../shared/figure-c1.js';
import type { Stage } from './stage.js';

/** Real traffic between two network namespaces, as in the live demo; in the package. */
export const capture = fileURLToPath(
  new URL('../../../../examples/captures/veth-http.pcap', import.meta.url),
);

/** Without privileges: a capture of real traffic, played over and over as fast as it was captured. */
export class ReplayStage implements Stage {
  readonly mode = 'replay';
  readonly source = 'examples/captures/veth-http.pcap';
  readonly note: string;
  readonly traffic = null;
  private readonly node: QuipuNode;
  private closing: Promise<NodeStatus> | null = null;

  private constructor(node: QuipuNode, note: string) {
    this.node = node;
    this.note = note;
  }

  static async start(onLog: (line: string) => void, note: string): Promise<ReplayStage> {
    const stage = new ReplayStage(await startNode({ onLog }), note);
    const link = { kind: 'pcap', file: capture, speed: 'original', loop: 0 };
    try {
      await stage.node.transaction([
        { do: 'add', name: 'eth0', type: 'ethernet', config: { link, promiscuous: true } },
        ...figureC1('eth0'),
      ]);
    } catch (error) {
      await stage.end();
      throw error;
    }
    return stage;
  }

  request<T>(request: RequestInput): Promise<T> {
    return this.node.request<T>(request);
  }

  async quiet(): Promise<null> {
    return null;
  }

  close(): Promise<NodeStatus> {
    this.closing ??= this.node.close();
    return this.closing;
  }

  async end(): Promise<void> {
    // An engine that has died says so where it was used.
    await this.close().catch(() => {});
  }
}
