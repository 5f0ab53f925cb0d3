import { QuipuError } from '../contract/error.js';
import type {
  Authorship,
  GeneratorSettings,
  GeneratorState,
  GeneratorView,
  SentFigures,
} from '../control/generator-words.js';
import type { Generator, GeneratorPlan } from '../generator/generator.js';

/** What a named generator tells of itself: a run that had begun is over. */
export type RunEnd = (run: NamedGenerator, state: 'ended' | 'stopped' | 'failed') => void;

/** A generator that users know by its name: what it is told, and its last run. */
export class NamedGenerator {
  readonly name: string;
  private settings: GeneratorSettings;
  private made: Authorship;
  private state: GeneratorState = 'idle';
  private started: Authorship | null = null;
  private last: SentFigures | null = null;
  private error: string | null = null;
  private generator: Generator | null = null;
  /** Settles when the run that goes on is over, however it ends; never rejects. */
  private over: Promise<void> = Promise.resolve();
  private stopWanted = false;
  private readonly onEnd: RunEnd;

  constructor(name: string, settings: GeneratorSettings, made: Authorship, onEnd: RunEnd) {
    this.name = name;
    this.settings = settings;
    this.made = made;
    this.onEnd = onEnd;
  }

  get packet(): string {
    return this.settings.packet;
  }

  get device(): string {
    return this.settings.device;
  }

  /** Started and not over yet. */
  get isActive(): boolean {
    return this.state === 'starting' || this.state === 'running' || this.state === 'stopping';
  }

  /** Throws QuipuError while it runs. */
  refuseIfActive(what: string): void {
    if (!this.isActive) return;
    const who = this.started ? `, started by ${this.started.by}` : '';
    throw new QuipuError('in-use', `${what}: ${this.name} is ${this.state}${who}; "stop ${this.name}" first`);
  }

  /** What it is told from now on; it is idle again. Not while it runs. */
  set(settings: GeneratorSettings, made: Authorship): void {
    this.settings = settings;
    this.made = made;
    this.state = 'idle';
    this.started = null;
    this.last = null;
    this.error = null;
  }

  current(): GeneratorSettings {
    return this.settings;
  }

  view(): GeneratorView {
    return {
      name: this.name,
      settings: this.settings,
      made: this.made,
      state: this.state,
      started: this.started,
      figures: this.generator?.figures() ?? this.last,
      error: this.error,
    };
  }

  /** Resolves when it sends. Throws QuipuError when it runs already or cannot run. */
  async start(
    who: Authorship,
    text: string,
    start: (plan: GeneratorPlan) => Promise<Generator>,
  ): Promise<void> {
    this.refuseIfActive(`cannot start ${this.name}`);
    this.state = 'starting';
    this.started = who;
    this.stopWanted = false;
    this.error = null;
    this.last = null;
    const starting = start(planOf(this.settings, text));
    this.over = starting.then(
      (generator) => this.follow(generator),
      (error: unknown) => this.fail(error), // told to who starts it
    );
    await starting;
  }

  private async follow(generator: Generator): Promise<void> {
    this.generator = generator;
    if (this.stopWanted)
      generator.stop().catch(() => {}); // `finished` says how it failed
    else this.state = 'running';
    try {
      this.last = await generator.finished;
      const all = this.last.frames === this.settings.count;
      this.state = this.stopWanted && !all ? 'stopped' : 'ended';
      this.generator = null;
      this.onEnd(this, this.state);
    } catch (error) {
      this.last = generator.figures();
      this.fail(error);
      this.onEnd(this, 'failed');
    }
  }

  private fail(error: unknown): void {
    this.generator = null;
    this.state = 'failed';
    this.error = (error as Error).message;
  }

  /** Resolves when it is over and its figures are exact. Does nothing when it does not run. */
  async stop(): Promise<void> {
    if (!this.isActive) return;
    this.stopWanted = true;
    this.state = 'stopping';
    this.generator?.stop().catch(() => {}); // `finished` says how it failed
    await this.over;
  }
}

function planOf(settings: GeneratorSettings, text: string): GeneratorPlan {
  const { packet, device, pace, count, cpus, seed, way, shuffled, queueingDiscipline } = settings;
  return {
    device,
    source: { kind: 'text', text, name: `packet ${packet}` },
    pace,
    way,
    shuffled,
    queueingDiscipline,
    ...(count === null ? {} : { count }),
    ...(cpus === null ? {} : { cpus }),
    ...(seed === null ? {} : { seed }),
  };
}
