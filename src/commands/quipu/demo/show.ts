import type { TransactionReport } from '../../../control/service.js';
import type { BlockView, NodeStatus } from '../../../control/views.js';
import { interruption, pause } from '../../shared/interrupt.js';
import { Rates } from './rates.js';
import { reTies } from './re-ties.js';
import { type Audience, countsOf, type DoneReTie, type Scene } from './scene.js';
import type { Stage } from './stage.js';

const FIRST_RE_TIE = 1.5;
const RE_TIE_EVERY = 2;
/** Milliseconds between two pictures. */
const DRAW_EVERY = 250;

export interface Outcome {
  readonly seconds: number;
  readonly reTies: readonly DoneReTie[];
  /** The account after the last block and link is closed. */
  readonly status: NodeStatus;
  readonly kernelCount: number | null;
}

/** Plays the demo on a stage until its time is over or somebody interrupts it, and closes the engine. */
export class Show {
  private readonly stage: Stage;
  private readonly audience: Audience;
  private readonly log: () => readonly string[];
  private readonly limit: number;
  private readonly began = performance.now();
  private readonly rates = new Rates();
  private readonly done: DoneReTie[] = [];

  /** `limit` in seconds, may be Infinity. */
  constructor(stage: Stage, audience: Audience, log: () => readonly string[], limit: number) {
    this.stage = stage;
    this.audience = audience;
    this.log = log;
    this.limit = limit;
  }

  async run(): Promise<Outcome> {
    let reTieAt = FIRST_RE_TIE;
    while (!interruption().aborted && this.elapsed() < this.limit) {
      await this.draw();
      if (this.elapsed() >= reTieAt) {
        reTieAt += RE_TIE_EVERY;
        await this.reTie();
        await this.draw();
      }
      const left = (Math.min(this.limit, reTieAt) - this.elapsed()) * 1000;
      await pause(Math.max(0, Math.min(DRAW_EVERY, left)));
    }
    const kernelCount = await this.stage.quiet();
    await this.draw();
    const seconds = this.elapsed();
    return { seconds, reTies: this.done, status: await this.stage.close(), kernelCount };
  }

  private elapsed(): number {
    return (performance.now() - this.began) / 1000;
  }

  private async reTie(): Promise<void> {
    const { text, touches, actions } = reTies[this.done.length % reTies.length];
    await this.stage.request<TransactionReport>({ op: 'transaction', actions: [...actions] });
    const status = await this.stage.request<NodeStatus>({ op: 'status' });
    const done = { number: this.done.length + 1, at: this.elapsed(), text, touches, status };
    this.done.push(done);
    this.audience.reTied(done);
  }

  private async draw(): Promise<void> {
    const [blocks, status] = await Promise.all([
      this.stage.request<BlockView[]>({ op: 'show-all' }),
      this.stage.request<NodeStatus>({ op: 'status' }),
    ]);
    const at = this.elapsed();
    this.rates.add(at, countsOf(blocks));
    const { mode, source, note, traffic } = this.stage;
    const scene: Scene = {
      mode,
      source,
      note,
      traffic,
      at,
      blocks,
      status,
      rates: this.rates,
      reTies: this.done,
      log: this.log(),
      endless: this.limit === Number.POSITIVE_INFINITY,
    };
    this.audience.show(scene);
  }
}
