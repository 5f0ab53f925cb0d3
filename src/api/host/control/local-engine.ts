import { QuipuError } from '../../../contract/error.js';
import { ControlService } from '../../../control/service.js';
import { CallHandler } from '../../../daemon/call-handler.js';
import {
  type CallBody,
  type EngineEnd,
  refused,
  type WorkerListener,
} from '../../../daemon/engine-worker.js';
import type { Notice, Reply } from '../../../daemon/messages.js';
import type { Engine } from '../../../engine/engine.js';
import type { HostDriver } from '../driver.js';

/** An engine of this thread, asked as those of other threads are. It is asked between two of its turns. */
export class LocalEngine implements EngineEnd {
  readonly ready = Promise.resolve();
  readonly exited = Promise.resolve();
  private readonly engine: Engine;
  private readonly driver: HostDriver;
  private readonly service: ControlService;
  private readonly calls: CallHandler;
  /** What the call that is being answered came to. */
  private reply: Reply | null = null;
  private timer: NodeJS.Timeout | undefined;
  private listener: WorkerListener | null = null;

  constructor(engine: Engine, driver: HostDriver, log: (line: string) => void) {
    this.engine = engine;
    this.driver = driver;
    this.service = new ControlService(engine, log);
    this.calls = new CallHandler(engine, this.service, new Map(), (message: Notice | Reply) => {
      if (message.type === 'reply') this.reply = message;
      // Not in the middle of a batch, from which notices come.
      else if (message.type !== 'ready') driver.tell(() => this.listener?.notice(message));
    });
  }

  /** Who is told what the engine says unasked. */
  heardBy(listener: WorkerListener): this {
    this.listener = listener;
    return this;
  }

  call(body: CallBody): Promise<unknown> {
    return this.driver.ask(() => {
      const reply = this.answer(body);
      if (reply === null) throw new QuipuError('unreachable', 'the host is closed');
      if ('error' in reply) throw refused(reply.error);
      return reply.result;
    });
  }

  /** Nobody shares memory with it. */
  ring(): void {}

  stop(): void {}

  /** Closes every block; a change that waits for its confirmation becomes final. */
  close(): void {
    clearTimeout(this.timer);
    this.handle({ type: 'close', ticket: 0 });
  }

  private answer(body: CallBody): Reply | null {
    if (this.calls.closed) return null;
    const reply = this.handle(body);
    this.settle();
    return reply;
  }

  private handle(body: CallBody): Reply | null {
    this.reply = null;
    this.calls.handle({ ...body, id: 0 });
    return this.reply;
  }

  /** The graph may have changed. */
  private settle(): void {
    this.calls.inspect();
    this.driver.watchLinks();
    this.driver.kick();
    clearTimeout(this.timer);
    const due = this.service.dueAt();
    if (due === Number.POSITIVE_INFINITY) return;
    const millis = Math.max(1, Math.ceil((due - this.engine.clock.now()) / 1000));
    this.timer = setTimeout(() => this.driver.tell(() => this.tick()), millis);
    this.timer.unref();
  }

  private tick(): void {
    if (this.calls.closed) return;
    this.service.tick();
    this.settle();
  }
}
