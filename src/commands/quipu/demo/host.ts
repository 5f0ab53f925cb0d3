import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { QuipuError } from '../../../contract/error.js';
import type { FromHost } from './host-channel.js';

/** How long a host may take to end once its channel is closed, in milliseconds. */
const END_LIMIT = 3000;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * A process of ours in a network namespace without a name: it has no file under /run/netns, so it is gone with the
 * process. The process ends when this one does, even on SIGKILL: the channel between them closes then.
 */
export class Host {
  private readonly child: ChildProcess;
  private readonly name: string;
  private readonly waiting = new Map<number, Waiting>();
  private readonly closed: Promise<void>;
  private giveUp!: (failure: QuipuError) => void;
  /** Rejects when it has ended although nobody asked it to. */
  readonly gone: Promise<never>;
  private nextCall = 1;
  private complaint = '';
  private ending = false;
  /** Why it is of no use any more; null while it is. */
  failure: QuipuError | null = null;

  /** `entry` is a module beside this one. */
  constructor(name: 'left' | 'right', onNotice: (notice: string, value: unknown) => void) {
    this.name = name;
    const entry = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
    this.child = spawn('unshare', ['-n', process.execPath, entry], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Out of the terminal's process group: Ctrl-C is for the demo, which then ends its hosts in order.
      detached: true,
    });
    const stderr = this.child.stderr as Readable;
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.complaint += text;
    });
    this.child.on('message', (message: FromHost) => {
      if ('notice' in message) onNotice(message.notice, message.value);
      else this.settle(message);
    });
    this.gone = new Promise((_, reject) => {
      this.giveUp = reject;
    });
    this.gone.catch(() => {}); // told by `failure` too
    this.closed = new Promise((resolve) => {
      this.child.on('error', (error) => {
        this.fail(`unshare (util-linux): ${error.message}`);
        resolve();
      });
      // Not the child's 'close': Node does not emit it after a disconnect from this side.
      Promise.all([once(this.child, 'exit'), once(stderr, 'close')]).then(
        () => {
          this.fail(this.complaint.trim().split('\n').slice(-1)[0] || `the ${this.name} host has ended`);
          resolve();
        },
        () => {},
      ); // it did not start: told above
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async call<T>(what: string, argument: unknown = null): Promise<T> {
    if (this.failure) throw this.failure;
    const id = this.nextCall++;
    const result = new Promise<unknown>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
    });
    this.child.send({ id, what, argument }, (error) => {
      if (error) this.fail(error.message);
    });
    return (await result) as T;
  }

  /** Resolves when it has ended. */
  async end(): Promise<void> {
    this.ending = true;
    if (this.child.connected) this.child.disconnect();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), END_LIMIT);
    await this.closed;
    clearTimeout(timer);
  }

  private settle(message: Exclude<FromHost, { notice: string }>): void {
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if ('error' in message) waiting?.reject(new QuipuError('link-failed', message.error));
    else waiting?.resolve(message.result);
  }

  private fail(why: string): void {
    const failure =
      this.failure ?? new QuipuError('link-failed', this.ending ? `the ${this.name} host was ended` : why);
    this.failure = failure;
    if (!this.ending) this.giveUp(failure);
    for (const { reject } of this.waiting.values()) reject(failure);
    this.waiting.clear();
  }
}
