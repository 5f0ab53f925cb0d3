import { QuipuError } from '../../contract/error.js';
import { interruption, pause } from '../shared/interrupt.js';
import { keysOf } from './keys.js';
import type { PromiscuousDevices } from './promiscuous.js';
import { render } from './render.js';
import type { Studio } from './studio.js';
import { Terminal } from './terminal.js';
import { type Order, press, type View } from './view.js';
import type { Watch } from './watch.js';

/** Until the first rates stand on the screen, in milliseconds, where the interval is not shorter. */
const FIRST_MS = 250;

/** Shows readings on a terminal until the user quits. */
export class ScreenSession {
  private readonly watch: Watch;
  private readonly studio: Studio;
  private readonly promiscuous: PromiscuousDevices;
  private readonly terminal: Terminal;
  private view: View;
  private wake = new AbortController();
  private hasEnded = false;

  constructor(watch: Watch, studio: Studio, promiscuous: PromiscuousDevices, isPlain: boolean) {
    const { stdin, stdout } = process;
    this.watch = watch;
    this.studio = studio;
    this.promiscuous = promiscuous;
    this.view = studio.firstView();
    this.terminal = new Terminal(stdout, stdin.isTTY ? stdin : null, isPlain, () => this.draw());
  }

  /** From the watch's first reading on. A reading that fails is told on the screen, and tried again. */
  async run(): Promise<void> {
    this.terminal.open((text) => this.take(text));
    try {
      this.draw();
      await this.rest(Math.min(FIRST_MS, this.view.intervalMs));
      while (!this.hasEnded && !interruption().aborted) {
        const began = performance.now();
        await this.read();
        this.draw();
        // Asked again after each waking: a key may have changed the interval.
        for (;;) {
          const left = began + this.view.intervalMs - performance.now();
          if (left <= 0 || this.hasEnded || interruption().aborted) break;
          await this.rest(left);
        }
      }
    } finally {
      this.terminal.close();
    }
  }

  private async read(): Promise<void> {
    this.studio.failure = await faultOf(async () => {
      await this.watch.next();
    });
    const { last } = this.watch;
    if (last) this.studio.message ??= await faultOf(() => this.promiscuous.follow(last));
  }

  private async rest(milliseconds: number): Promise<void> {
    this.wake = new AbortController();
    await pause(milliseconds, AbortSignal.any([this.wake.signal, interruption()]));
  }

  private draw(): void {
    const { last } = this.watch;
    if (last === null) return;
    const { columns, rows } = this.terminal;
    this.terminal.draw(render(this.studio.pictureOf(last, this.view), columns, rows));
  }

  private take(text: string): void {
    const { last } = this.watch;
    if (last === null) return;
    this.studio.message = null;
    for (const key of keysOf(text)) {
      const names = this.studio.rows(last, this.view).map(({ name }) => name);
      const marked = { ...this.view, chosen: this.studio.chosen(last, this.view) };
      const { view, order } = press(marked, key, names);
      if (view.intervalMs !== this.view.intervalMs) this.wake.abort();
      this.view = view;
      if (order) this.obey(order);
    }
    this.draw();
  }

  private obey(order: Order): void {
    const { last } = this.watch;
    switch (order) {
      case 'quit':
        this.hasEnded = true;
        this.wake.abort();
        break;
      case 'interrupt':
        process.kill(process.pid, 'SIGINT');
        break;
      case 'suspend':
        this.terminal.suspend();
        break;
      case 'baseline':
        if (last) this.studio.setBaseline(last);
        break;
      case 'promiscuous':
        void this.switchPromiscuous();
        break;
      case 'redraw':
        break; // every key draws
    }
  }

  private async switchPromiscuous(): Promise<void> {
    const device = this.view.chosen;
    if (device === null) return;
    this.studio.message = await faultOf(() => this.studio.switchPromiscuous(device));
    this.draw();
  }
}

/** What a QuipuError says; null when there is none. */
async function faultOf(action: () => Promise<void>): Promise<string | null> {
  try {
    await action();
    return null;
  } catch (error) {
    if (error instanceof QuipuError) return error.message;
    throw error;
  }
}
