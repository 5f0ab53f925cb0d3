import { QuipuError } from '../../../contract/error.js';
import type { GeneratorFigures } from '../../../generator/generator.js';
import { type Sink, type SinkFigures, startSink } from '../../../generator/sink.js';
import { SingleSender } from '../../../generator/sink-sender.js';
import { startGenerator } from '../../../generator/start.js';
import { errnoText } from '../../../linux/errno.js';
import { bytesOfSize } from '../../../traffic/rfc2544/sizes.js';
import { reversed, TestFrameAt, TestFrameKind, testFrame } from '../../../traffic/rfc2544/test-frame.js';
import type { TrialCounts } from '../../../traffic/rfc2544/verdict.js';
import { interruption, pause } from '../../shared/interrupt.js';
import type { Settings } from './settings.js';
import { TagSeries } from './tag-series.js';

/** Ctrl-C came: what was measured so far is all there is. */
export class Interrupted extends Error {}

export interface TrialPlan {
  readonly size: number;
  /** Frames a second; undefined: as fast as can be. */
  readonly rate: number | undefined;
  readonly count: number;
  /** Longest time that sending may take, in seconds; what is left then is not sent. */
  readonly within: number;
  /** Tagged frames among them. */
  readonly tags?: number;
}

export interface Trial extends TrialCounts {
  /** Microseconds that each tagged frame took, of those that arrived. */
  readonly latencies: readonly number[];
  readonly tagsSent: number;
}

/** Milliseconds between two looks at what has come. */
const LOOK = 25;
/** How long the first frame may take from end to end, in milliseconds. */
const FIRST_FRAME = 3000;
const BETWEEN_TRIES = 100;
/** Their numbers have 32 bits. */
const MOST_FRAMES = 2 ** 32 - 1;
/** Frames beyond those sent that arrive without being called a loop. */
const REPEATED = 0.5;
/** Learning frames that must come again before that says anything. */
const LOOP_SHOWN_BY = 3;

/** Sends the frames of trials at one device and counts them at another. */
export class Tester {
  private readonly settings: Settings;
  private readonly run: number;
  private readonly sink: Sink;
  private readonly there: SingleSender;
  private readonly back: SingleSender;
  private trials = 0;
  private sent = 0;
  private arrived = 0;

  private constructor(settings: Settings, run: number, sink: Sink) {
    const longest = Math.max(...settings.sizes.map(bytesOfSize));
    this.settings = settings;
    this.run = run;
    this.sink = sink;
    this.there = new SingleSender(settings.from, longest);
    this.back = new SingleSender(settings.to, longest);
  }

  /** `run` tells the frames of this run from those of others at the same time. Throws QuipuError. */
  static async open(settings: Settings, run: number): Promise<Tester> {
    const sink = await startSink({ device: settings.to, run });
    try {
      return new Tester(settings, run, sink);
    } catch (error) {
      await sink.close();
      throw error;
    }
  }

  /** Test frames so far, of every kind. */
  get frames(): { sentFrom: number; sentTo: number; arrivedTo: number } {
    return { sentFrom: this.sent + this.there.frames, sentTo: this.back.frames, arrivedTo: this.arrived };
  }

  /** Sees to it that frames of a size get through, once each; bridges learn both addresses. Throws QuipuError. */
  async check(size: number): Promise<void> {
    const { from, to, learning } = this.settings;
    const trial = this.nextTrial();
    await this.sink.begin({ trial, length: bytesOfSize(size), expected: 0 });
    const before = this.there.frames;
    let figures: SinkFigures;
    for (let waited = 0; ; waited += BETWEEN_TRIES) {
      this.teach(size, trial);
      for (let i = 0; i < learning; i++) {
        this.there.send(this.frame(size, TestFrameKind.learning, trial, this.there.frames - before));
      }
      await this.wait(BETWEEN_TRIES);
      figures = await this.look();
      if (figures.learning > 0) break;
      if (waited >= FIRST_FRAME) {
        throw new QuipuError(
          'unreachable',
          `no frame of ${size} bytes that ${from} sends arrives at ${to}: both must be connected to the device under test, and it must pass IPv4 frames on from one to the other (tcpdump -ni ${to} udp shows what comes)`,
        );
      }
    }
    // Every one of them again: a device that copies some by chance is no loop, and of a few frames that is soon half.
    if (figures.learningDuplicated >= Math.max(LOOP_SHOWN_BY, figures.learning)) throw this.repeated();
    await this.settled();
  }

  /** Runs a trial. Throws QuipuError, and Interrupted. */
  async trial(plan: TrialPlan): Promise<Trial> {
    const { size, count } = plan;
    if (count > MOST_FRAMES) {
      throw new QuipuError(
        'limit',
        `a trial of ${count} frames is too long, ${MOST_FRAMES} can be told apart: lower --trial`,
      );
    }
    const trial = this.nextTrial();
    this.teach(size, trial);
    await this.sink.begin({ trial, length: bytesOfSize(size), expected: count });
    const tags = new TagSeries(this.there, (number) => this.frame(size, TestFrameKind.tag, trial, number));
    const [sent] = await Promise.all([
      this.generate(plan, trial),
      tags.send(plan.tags ?? 0, plan.rate === undefined ? plan.within : count / plan.rate),
    ]);
    this.sent += sent.frames;
    const came = await this.settled();
    this.checkFigures(came, sent);
    await this.wait(this.settings.rest * 1000);
    return {
      asked: plan.rate,
      sent: sent.frames,
      seconds: secondsOf(sent),
      received: came.received,
      duplicated: came.duplicated,
      reordered: came.reordered,
      wrongLength: came.wrongLength,
      sinkLost: came.lost,
      latencies: tags.latencies(came.tags),
      tagsSent: tags.sent,
    };
  }

  async close(): Promise<void> {
    this.there.close();
    this.back.close();
    await this.sink.close();
  }

  private async generate({ size, rate, count, within }: TrialPlan, trial: number): Promise<GeneratorFigures> {
    const { from, cpu } = this.settings;
    const generator = await startGenerator({
      device: from,
      source: {
        kind: 'numbered',
        frame: this.frame(size, TestFrameKind.load, trial, 0),
        at: TestFrameAt.number,
      },
      pace: rate === undefined ? { kind: 'full' } : { kind: 'packets', perSecond: rate },
      count,
      way: 'auto',
      ...(cpu === undefined ? {} : { cpus: [cpu] }),
    });
    const over = new AbortController();
    const finished = generator.finished.finally(() => over.abort());
    finished.catch(() => {}); // told below
    // The time is up, or the user has had enough, or all is sent.
    await pause(within * 1000, AbortSignal.any([over.signal, interruption()]));
    await generator.stop();
    return finished;
  }

  /** Learning frames of the way back (RFC 2544 §23). */
  private teach(size: number, trial: number): void {
    const { addresses, learning } = this.settings;
    const frame = testFrame(reversed(addresses), {
      size,
      kind: TestFrameKind.learning,
      run: this.run,
      trial,
    });
    for (let i = 0; i < learning; i++) this.back.send(frame);
  }

  private frame(size: number, kind: 1 | 2 | 3, trial: number, number: number): Uint8Array {
    return testFrame(this.settings.addresses, { size, kind, run: this.run, trial, number });
  }

  private nextTrial(): number {
    this.trials = (this.trials + 1) & 0xffff;
    return this.trials;
  }

  /** Waits until nothing has come for as long as it is to be waited. */
  private async settled(): Promise<SinkFigures> {
    let figures = await this.look();
    for (let quiet = 0; quiet < this.settings.settle * 1000; ) {
      const { arrivals } = figures;
      const before = performance.now();
      await this.wait(Math.min(LOOK, this.settings.settle * 1000));
      figures = await this.look();
      quiet = figures.arrivals === arrivals ? quiet + performance.now() - before : 0;
    }
    return figures;
  }

  private async look(): Promise<SinkFigures> {
    const figures = await this.sink.look();
    this.arrived = figures.arrivals;
    if (figures.error !== 0) {
      throw new QuipuError('link-failed', `device ${this.settings.to} failed: ${errnoText(figures.error)}`);
    }
    return figures;
  }

  private async wait(milliseconds: number): Promise<void> {
    await pause(milliseconds);
    if (interruption().aborted) throw new Interrupted();
  }

  private checkFigures(came: SinkFigures, { frames, refused }: GeneratorFigures): void {
    const { from, to } = this.settings;
    const [error] = Object.keys(refused);
    if (error !== undefined)
      throw new QuipuError('link-failed', `device ${from} refuses the test frames: ${error}`);
    if (came.merged > 0) {
      throw new QuipuError(
        'no-support',
        `device ${to} merges frames before they can be counted: ethtool -K ${to} gro off`,
      );
    }
    if (came.strange > 0)
      throw new QuipuError('internal', `${came.strange} frames came with numbers not sent`);
    if (came.duplicated > Math.max(10, REPEATED * frames)) throw this.repeated();
  }

  private repeated(): QuipuError {
    const { from, to } = this.settings;
    return new QuipuError(
      'unreachable',
      `frames that ${from} sends once arrive at ${to} several times: there is a loop, or something on the way copies them`,
    );
  }
}

/** How long sending took: from the first frame to the one that would have come behind the last. */
function secondsOf({ frames, micros }: GeneratorFigures): number {
  return frames < 2 ? micros / 1e6 : (micros / 1e6) * (frames / (frames - 1));
}
