import { QuipuError } from '../../../contract/error.js';
import type { RequestInput } from '../../../control/service.js';
import type { NodeStatus } from '../../../control/views.js';
import { Host } from './host.js';
import type { Traffic } from './host-channel.js';
import type { Stage } from './stage.js';

/** How long it may take until the two hosts talk, in milliseconds; it takes a few hundred. */
const START_LIMIT = 10_000;

/** Live traffic: two hosts in network namespaces of their own, joined by veth; Quipu runs on the left one. */
export class LiveStage implements Stage {
  readonly mode = 'live';
  readonly source = 'two namespaces joined by veth';
  readonly note = '';
  traffic: Traffic | null = null;
  private readonly left: Host;
  private readonly right: Host;
  private readonly rightIsHere: Promise<void>;
  /** True when the kernel counts the same frames as Quipu. */
  private comparable = false;

  private constructor(onLog: (line: string) => void) {
    let here = () => {};
    this.rightIsHere = new Promise((resolve) => {
      here = resolve;
    });
    this.left = new Host('left', (notice, value) => {
      if (notice === 'log') onLog(String(value));
    });
    this.right = new Host('right', (notice, value) => {
      if (notice === 'here') here();
      else if (notice === 'log') onLog(String(value));
      else this.traffic = value as Traffic;
    });
  }

  /** Makes the hosts and waits until they talk. Rejects with QuipuError when this machine does not allow it. */
  static async start(onLog: (line: string) => void): Promise<LiveStage> {
    const stage = new LiveStage(onLog);
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      const late = new QuipuError('link-failed', `the two hosts did not talk within ${START_LIMIT / 1000} s`);
      timer = setTimeout(() => reject(late), START_LIMIT);
    });
    try {
      await Promise.race([stage.join(), stage.left.gone, stage.right.gone, limit]);
      return stage;
    } catch (error) {
      await stage.end();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private async join(): Promise<void> {
    await this.rightIsHere; // its namespace exists
    await this.left.call('tie', this.right.pid);
    this.comparable = await this.right.call<boolean>('talk');
  }

  async request<T>(request: RequestInput): Promise<T> {
    if (this.right.failure) throw this.right.failure;
    return this.left.call<T>('request', request);
  }

  async quiet(): Promise<number | null> {
    this.traffic = await this.right.call<Traffic>('hush');
    const received = await this.left.call<number>('received');
    return this.comparable ? received : null;
  }

  close(): Promise<NodeStatus> {
    return this.left.call('close');
  }

  async end(): Promise<void> {
    await Promise.all([this.left.end(), this.right.end()]);
  }
}
