import { QuipuError } from '../contract/error.js';
import {
  type Authorship,
  type DeviceRow,
  defaultSettings,
  type GeneratorChange,
  type GeneratorOperation,
  type GeneratorOutcome,
  type GeneratorRequest,
  type GeneratorSettings,
  type GeneratorView,
  type PacketRow,
  type PacketView,
  type UserRow,
} from '../control/generator-words.js';
import type { Generator, GeneratorPlan } from '../generator/generator.js';
import { full, taken, unknown } from './generators-errors.js';
import { type Compiled, type Packet, PacketBook } from './generators-packets.js';
import { NamedGenerator } from './generators-run.js';
import { Sessions } from './generators-sessions.js';

/** What the generators need of the world outside. Every function may throw QuipuError. */
export interface GeneratorOutside {
  /** The error begins with `packet NAME:LINE:COLUMN: `. */
  compile(text: string, name: string): Compiled;
  start(plan: GeneratorPlan): Promise<Generator>;
  /** Devices that there are. */
  devices(): readonly Omit<DeviceRow, 'generators'>[];
  /** Now, ISO 8601. */
  now(): string;
  log(line: string): void;
}

const MAX_GENERATORS = 200;
/** Lengths that a row tells. */
const SHOWN_LENGTHS = 1000;

/** Packets and traffic generators that all users of the daemon share. They outlive the shells that made them. */
export class Generators {
  readonly sessions = new Sessions();
  private readonly outside: GeneratorOutside;
  private readonly packets: PacketBook;
  private readonly generators = new Map<string, NamedGenerator>();
  private closing = false;

  constructor(outside: GeneratorOutside) {
    this.outside = outside;
    this.packets = new PacketBook((text, name) => outside.compile(text, name));
  }

  /** Answers one request. Throws QuipuError for whatever is wrong with it. */
  async handle({ by, session, ask }: GeneratorRequest): Promise<unknown> {
    if (this.closing) throw new QuipuError('unreachable', 'the daemon is going down');
    const who: Asker = { by, at: this.outside.now(), session };
    switch (ask.op) {
      case 'packets':
        return this.packets.all().map((packet) => this.packetRow(packet));
      case 'packet':
        return this.packetView(this.packets.find(ask.name));
      case 'set-packet':
        return this.setPacket(ask, who);
      case 'remove-packet':
        return this.removePacket(ask.name, who);
      case 'generators':
        return this.chosen(ask.names).map((one) => one.view());
      case 'set-generator':
        return this.setGenerator(ask, who);
      case 'change-generator':
        return this.changeGenerator(ask, who);
      case 'remove-generator':
        return this.removeGenerator(ask.name, who);
      case 'start':
        return this.start(ask.names, who);
      case 'stop':
        return this.stop(ask.names, who);
      case 'devices':
        return this.devices();
      case 'device':
        return this.device(ask.name);
      case 'users':
        return this.sessions.rows() satisfies UserRow[];
    }
  }

  /** Registers a shell; answers its session. `left` ends it. */
  join(user: string, pid: number, listener: (change: GeneratorChange) => void): number {
    const at = this.outside.now();
    const session = this.sessions.join(user, pid, at, listener);
    this.tell({ by: user, at, session }, 'joined', user, `${user} has joined (pid ${pid})`);
    return session;
  }

  left(user: string, session: number): void {
    this.sessions.leave(session);
    if (!this.closing) this.tell({ by: user, at: this.outside.now() }, 'left', user, `${user} has left`);
  }

  /** Stops what runs. Answers when all of it is over. Nothing is answered any more. */
  async close(): Promise<void> {
    this.closing = true;
    const active = [...this.generators.values()].filter((one) => one.isActive);
    await Promise.all(active.map((one) => one.stop()));
    for (const one of active)
      this.outside.log(`[generators] ${one.name} stopped with the daemon${sentText(one)}`);
  }

  private setPacket(ask: OperationOf<'set-packet'>, who: Asker): PacketView {
    const { name, text, replace } = ask;
    if (!this.packets.has(name, text)) {
      for (const one of this.sendersOf(name)) one.refuseIfActive(`cannot change packet ${name}`);
      const isNew = this.packets.set(name, text, replace, authorship(who));
      this.tell(who, 'packet-set', name, `${who.by} ${isNew ? 'made' : 'changed'} packet ${name}`);
    }
    return this.packetView(this.packets.find(name));
  }

  private removePacket(name: string, who: Asker): null {
    this.packets.find(name);
    const [user] = this.sendersOf(name);
    if (user !== undefined) {
      throw new QuipuError(
        'in-use',
        `cannot remove packet ${name}: generator ${user.name} sends it; "no generator ${user.name}" first`,
      );
    }
    this.packets.remove(name);
    this.tell(who, 'packet-removed', name, `${who.by} removed packet ${name}`);
    return null;
  }

  private setGenerator(ask: OperationOf<'set-generator'>, who: Asker): GeneratorView {
    const { packet, device } = ask.settings;
    const settings: GeneratorSettings = { ...defaultSettings, ...given(ask.settings), packet, device };
    const old = this.generators.get(ask.name);
    if (old) {
      const view = old.view();
      if (sameSettings(view.settings, settings)) return view;
      if (!ask.replace) throw taken('generator', ask.name, view.made);
    } else if (this.generators.size >= MAX_GENERATORS) throw full('generator', MAX_GENERATORS);
    return this.settle(ask.name, old, settings, who);
  }

  private changeGenerator(ask: OperationOf<'change-generator'>, who: Asker): GeneratorView {
    const old = this.generator(ask.name);
    return this.settle(ask.name, old, { ...old.current(), ...given(ask.settings) }, who);
  }

  private settle(
    name: string,
    old: NamedGenerator | undefined,
    settings: GeneratorSettings,
    who: Asker,
  ): GeneratorView {
    old?.refuseIfActive(`cannot change generator ${name}`);
    this.packets.find(settings.packet);
    this.device(settings.device);
    const made = authorship(who);
    const one = old ?? new NamedGenerator(name, settings, made, (run, state) => this.over(run, state));
    one.set(settings, made);
    this.generators.set(name, one);
    this.tell(who, 'generator-set', name, `${who.by} ${old ? 'changed' : 'made'} generator ${name}`);
    return one.view();
  }

  private removeGenerator(name: string, who: Asker): null {
    this.generator(name).refuseIfActive(`cannot remove generator ${name}`);
    this.generators.delete(name);
    this.tell(who, 'generator-removed', name, `${who.by} removed generator ${name}`);
    return null;
  }

  private async start(names: Names, who: Asker): Promise<GeneratorOutcome[]> {
    const chosen = this.chosen(names).filter((one) => names !== 'all' || !one.isActive);
    return Promise.all(
      chosen.map((one) =>
        outcome(one, async () => {
          await this.startOne(one, who);
          this.tell(who, 'started', one.name, `${who.by} started ${one.name}`);
        }),
      ),
    );
  }

  private async startOne(one: NamedGenerator, who: Asker): Promise<void> {
    const { text } = this.packets.find(one.packet);
    try {
      await one.start(authorship(who), text, (plan) => this.outside.start(plan));
    } catch (error) {
      const { state, error: why } = one.view();
      // Not so when it ran already, which is only told to who tried.
      if (state === 'failed') this.tell(who, 'failed', one.name, `${one.name} has failed: ${why}`);
      throw error;
    }
  }

  private async stop(names: Names, who: Asker): Promise<GeneratorOutcome[]> {
    const chosen = this.chosen(names).filter((one) => names !== 'all' || one.isActive);
    return Promise.all(
      chosen.map((one) =>
        outcome(one, async () => {
          if (!one.isActive) return;
          await one.stop();
          this.tell(who, 'stopped', one.name, `${who.by} stopped ${one.name}${sentText(one)}`);
        }),
      ),
    );
  }

  /** A run is over. Who stops one tells it himself. */
  private over(run: NamedGenerator, state: 'ended' | 'stopped' | 'failed'): void {
    if (state === 'stopped') return;
    const { name, error, started } = run.view();
    const text = state === 'failed' ? `${name} has failed: ${error}` : `${name} has ended${sentText(run)}`;
    this.tell({ by: started?.by ?? '', at: this.outside.now() }, state, name, text);
  }

  private tell(who: Asker, what: GeneratorChange['what'], name: string, text: string): void {
    this.outside.log(`[generators] ${text}`);
    this.sessions.tell({ ...authorship(who), what, name, text }, who.session);
  }

  private devices(): DeviceRow[] {
    const active = [...this.generators.values()].filter((one) => one.isActive);
    return this.outside.devices().map((device) => ({
      ...device,
      generators: active.filter((one) => one.device === device.name).map((one) => one.name),
    }));
  }

  private device(name: string): DeviceRow {
    const found = this.devices().find((device) => device.name === name);
    if (found) return found;
    throw new QuipuError(
      'no-device',
      `no device ${JSON.stringify(name)} in the daemon's network namespace; "show devices" lists them`,
    );
  }

  private generator(name: string): NamedGenerator {
    return this.generators.get(name) ?? unknown('generator', name);
  }

  private chosen(names: Names): NamedGenerator[] {
    if (names === 'all') return [...this.generators.values()];
    return [...new Set(names)].map((name) => this.generator(name));
  }

  private sendersOf(packet: string): NamedGenerator[] {
    return [...this.generators.values()].filter((one) => one.packet === packet);
  }

  private packetRow({ name, lengths, made }: Packet): PacketRow {
    const generators = this.sendersOf(name).map((one) => one.name);
    return { name, packets: lengths.length, lengths: lengths.slice(0, SHOWN_LENGTHS), made, generators };
  }

  private packetView(packet: Packet): PacketView {
    return { ...this.packetRow(packet), text: packet.text, warnings: packet.warnings };
  }
}

type OperationOf<Op extends GeneratorOperation['op']> = Extract<GeneratorOperation, { op: Op }>;
type Names = 'all' | readonly string[];

interface Asker extends Authorship {
  readonly session?: number | undefined;
}

function authorship({ by, at }: Asker): Authorship {
  return { by, at };
}

/** ` after 1000 frames, 60000 bytes`, if it has sent any. */
function sentText(run: NamedGenerator): string {
  const { figures } = run.view();
  return figures
    ? ` after ${figures.frames} frame${figures.frames === 1 ? '' : 's'}, ${figures.bytes} bytes`
    : '';
}

async function outcome(one: NamedGenerator, work: () => Promise<void>): Promise<GeneratorOutcome> {
  try {
    await work();
    return { name: one.name, view: one.view(), error: null };
  } catch (error) {
    if (!(error instanceof QuipuError)) throw error;
    return { name: one.name, view: null, error: { code: error.code, message: error.message } };
  }
}

/** Without what was left out. */
function given(settings: OperationOf<'change-generator'>['settings']): Partial<GeneratorSettings> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function sameSettings(a: GeneratorSettings, b: GeneratorSettings): boolean {
  const keys = Object.keys(a) as (keyof GeneratorSettings)[];
  return keys.every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
}
