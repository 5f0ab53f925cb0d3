import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import { QuipuError } from '../../../contract/error.js';
import type { ControlClient } from '../../../control/client.js';
import type { DeviceRow, GeneratorView, PacketRow } from '../../../control/generator-words.js';
import { interruption } from '../../shared/interrupt.js';
import { printable } from '../../shared/printable.js';
import { writeOut } from '../../shared/stream.js';
import { completions, type Known } from './complete.js';
import { type EventStream, openEvents } from './events.js';
import { LineJoiner } from './joiner.js';
import { runText } from './script.js';
import { ask, type Shell } from './shell.js';

const PROMPT = 'trafgen> ';
const CONTINUED = '.......> ';
/** Lines that the history keeps, in memory only: packets may hold what nobody else is to read. */
const HISTORY = 1000;

export interface InteractiveOptions {
  readonly client: ControlClient;
  readonly user: string;
  readonly json: boolean;
}

/** Reads commands from a person until Ctrl-D or `exit`. Throws QuipuError when there is no daemon. */
export async function runInteractive(options: InteractiveOptions): Promise<void> {
  const session = new InteractiveSession(options);
  await session.run();
}

/** A person's shell: a prompt, lines that wait for their turn, and what others do meanwhile. */
class InteractiveSession implements Shell {
  readonly client: ControlClient;
  readonly user: string;
  readonly json: boolean;
  private events: EventStream | null = null;
  private readonly isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  private readonly joiner = new LineJoiner();
  private readonly lines: string[] = [];
  private lineReader: Interface | null = null;
  /** A command is being carried out: the prompt is not shown. */
  private busy = false;
  private view: AbortController | null = null;
  private hasEnded = false;
  private end: () => void = () => {};
  /** News for which there was no place on the screen. */
  private held: string[] = [];

  constructor({ client, user, json }: InteractiveOptions) {
    this.client = client;
    this.user = user;
    this.json = json;
  }

  get session(): number | undefined {
    return this.events?.session;
  }

  columns(): number | null {
    return this.isTerminal ? process.stdout.columns : null;
  }

  write(text: string): Promise<void> {
    return writeOut(text);
  }

  remark(sentence: string): void {
    this.tell(`warning: ${sentence}`);
  }

  viewing(): AbortSignal {
    this.view = new AbortController();
    if (this.hasEnded || this.lines.length > 0) this.view.abort();
    return this.view.signal;
  }

  async run(): Promise<void> {
    await this.connect();
    this.greet();
    const reader = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: this.isTerminal,
      prompt: PROMPT,
      historySize: HISTORY,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
        void this.complete(line).then((result) => done(null, result));
      },
    });
    this.lineReader = reader;
    const ended = new Promise<void>((resolve) => {
      this.end = resolve;
    });
    reader.on('line', (line) => this.take(line));
    reader.on('error', () => reader.close()); // the terminal is gone
    reader.on('SIGINT', () => this.interrupt());
    reader.on('close', () => {
      if (this.isTerminal && !this.hasEnded) process.stdout.write('\n');
      this.hasEnded = true;
      this.view?.abort();
      if (!this.busy) this.end();
    });
    const leave = () => reader.close();
    interruption().addEventListener('abort', leave, { once: true });
    reader.prompt();
    await ended;
    this.hasEnded = true;
    reader.close();
    await this.leave();
  }

  private async connect(): Promise<void> {
    this.events = await openEvents(
      this.client,
      this.user,
      (text) => this.tell(`*** ${text}`),
      () => {
        this.events = null;
        this.tell('*** the daemon is gone, and with it its packets and generators; "quipu up" starts one');
      },
    );
  }

  private greet(): void {
    if (!this.isTerminal) return;
    process.stdout.write(
      `Packets and traffic generators of ${this.client.socket}; "help" lists the commands.\n`,
    );
  }

  private take(line: string): void {
    this.lines.push(line);
    if (this.view !== null && !this.view.signal.aborted) {
      this.view.abort();
      if (line.trim() === '') this.lines.pop(); // it has ended the view, and that was all
      return;
    }
    if (!this.busy) void this.work();
  }

  /** Carries out the lines that wait, one after the other. */
  private async work(): Promise<void> {
    this.busy = true;
    let goesOn = true;
    for (let line = this.lines.shift(); goesOn && line !== undefined; line = this.lines.shift()) {
      const text = this.joiner.add(line);
      if (text !== null) goesOn = await this.command(text);
    }
    this.busy = false;
    if (!goesOn || this.hasEnded) this.end();
    else this.prompt();
  }

  private async command(text: string): Promise<boolean> {
    try {
      // A daemon that has come up since; without one the command says so, if it needs one.
      if (this.events === null) await this.connect().catch(() => {});
      return await runText(this, text, null);
    } catch (error) {
      process.stderr.write(errorText(error, this.json));
      return true;
    } finally {
      this.view = null;
    }
  }

  private prompt(): void {
    if (this.held.length > 0 && this.isTerminal) this.clearRow();
    for (const text of this.held.splice(0)) process.stdout.write(`${text}\n`);
    this.lineReader?.setPrompt(this.joiner.isWaiting ? CONTINUED : PROMPT);
    this.lineReader?.prompt();
  }

  /** Ctrl-C: ends a live view, or clears what has been typed. */
  private interrupt(): void {
    this.view?.abort();
    if (this.busy) return;
    this.joiner.reset();
    process.stdout.write('^C\n');
    // Behind the line first: Ctrl-U clears what is in front of the cursor.
    this.lineReader?.write(null, { ctrl: true, name: 'e' });
    this.lineReader?.write(null, { ctrl: true, name: 'u' });
    this.prompt();
  }

  /** Writes a line above the prompt and what is being typed; later, when that goes over several rows. */
  private tell(text: string): void {
    const reader = this.lineReader;
    if (!this.isTerminal || this.busy || reader === null || this.hasEnded) {
      process.stdout.write(`${text}\n`);
      return;
    }
    if (reader.getCursorPos().rows > 0) {
      this.held.push(text);
      return;
    }
    this.clearRow();
    process.stdout.write(`${text}\n`);
    reader.prompt(true);
  }

  private clearRow(): void {
    cursorTo(process.stdout, 0);
    clearLine(process.stdout, 0);
  }

  private async complete(line: string): Promise<[string[], string]> {
    if (this.joiner.isWaiting) return [[], line];
    try {
      return completions(line, await this.known());
    } catch {
      return completions(line, { packet: [], generator: [], device: [] });
    }
  }

  private async known(): Promise<Known> {
    const [packets, generators, devices] = await Promise.all([
      ask<PacketRow[]>(this, { op: 'packets' }),
      ask<GeneratorView[]>(this, { op: 'generators' }),
      ask<DeviceRow[]>(this, { op: 'devices' }),
    ]);
    const namesOf = (rows: readonly { readonly name: string }[]) => rows.map(({ name }) => name);
    return { packet: namesOf(packets), generator: namesOf(generators), device: namesOf(devices) };
  }

  /** Says what goes on without this shell. */
  private async leave(): Promise<void> {
    if (this.events === null) return;
    const active = await this.active();
    this.events?.close();
    if (active.length === 0) return;
    const verb = active.length === 1 ? 'goes' : 'go';
    process.stderr.write(`${active.join(', ')} ${verb} on: "trafgen shell -c 'stop all'" stops them\n`);
  }

  private async active(): Promise<string[]> {
    try {
      const views = await ask<GeneratorView[]>(this, { op: 'generators' });
      return views.filter(({ state }) => state === 'running' || state === 'starting').map(({ name }) => name);
    } catch {
      return []; // the daemon is going: nothing goes on
    }
  }
}

/** Where nobody but this shell speaks, an error needs no name in front. */
function errorText(error: unknown, json: boolean): string {
  const known = error instanceof QuipuError;
  const code = known ? error.code : 'internal';
  const message = known ? error.message : `internal error: ${(error as Error).stack ?? String(error)}`;
  return json ? `${JSON.stringify({ error: { code, message } })}\n` : `${printable(message)}\n`;
}
