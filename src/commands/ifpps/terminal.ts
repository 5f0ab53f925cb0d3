import type { ReadStream, WriteStream } from 'node:tty';
import type { Line } from './picture.js';

const CSI = '\u001b[';
/** Alternate screen, no wrapping of lines, no cursor. */
const ENTER = `${CSI}?1049h${CSI}?7l${CSI}?25l`;
const LEAVE = `${CSI}0m${CSI}?25h${CSI}?7h${CSI}?1049l`;

const NOT_STOPPED_MS = 300;

const looks: Readonly<Record<Line['look'], readonly [on: string, off: string]>> = {
  plain: ['', ''],
  title: [`${CSI}1m`, `${CSI}22m`],
  head: [`${CSI}2m`, `${CSI}22m`],
  chosen: [`${CSI}1m`, `${CSI}22m`],
  alert: [`${CSI}31m`, `${CSI}39m`],
};

/**
 * A terminal that shows full screens and sends keys. However the process ends, short of SIGKILL, the terminal is as it
 * was: `leave` is also called by the process's exit, by signals that end or stop it, and by errors that nobody caught.
 */
export class Terminal {
  private readonly out: WriteStream;
  private readonly input: ReadStream | null;
  private readonly isPlain: boolean;
  private isOpen = false;
  private isEntered = false;
  private readonly onResize: () => void;

  /** `input`: null when keys cannot be had. `onResize` is called when everything is to be drawn again. */
  constructor(out: WriteStream, input: ReadStream | null, isPlain: boolean, onResize: () => void) {
    this.out = out;
    this.input = input;
    this.isPlain = isPlain;
    this.onResize = onResize;
  }

  get columns(): number {
    return this.out.columns > 0 ? this.out.columns : 80;
  }

  get rows(): number {
    return this.out.rows > 0 ? this.out.rows : 24;
  }

  open(onInput: (text: string) => void): void {
    this.isOpen = true;
    this.enter();
    this.input?.setEncoding('utf8').on('data', onInput);
    this.out.on('resize', this.onResize);
    process.on('exit', this.leave);
    process.on('uncaughtExceptionMonitor', this.leave);
    process.on('SIGHUP', this.die);
    process.on('SIGQUIT', this.die);
    process.on('SIGTSTP', this.suspend);
    process.on('SIGCONT', this.resume);
  }

  close(): void {
    this.isOpen = false;
    this.leave();
    this.input?.removeAllListeners('data').pause();
    this.out.off('resize', this.onResize);
    process.off('exit', this.leave);
    process.off('uncaughtExceptionMonitor', this.leave);
    process.off('SIGHUP', this.die);
    process.off('SIGQUIT', this.die);
    process.off('SIGTSTP', this.suspend);
    process.off('SIGCONT', this.resume);
  }

  /** Draws over what is there, in one write: nothing flickers. */
  draw(lines: readonly Line[]): void {
    if (!this.isEntered) return;
    const { columns } = this;
    // Behind a sign in the last column the cursor stays on it: what is erased there would be the sign.
    const ends = lines.map((line) => this.marked(line) + (line.text.length < columns ? `${CSI}K` : ''));
    const below = lines.length < this.rows ? `\r\n${CSI}J` : '';
    this.out.write(`${CSI}H${ends.join('\r\n')}${below}`);
  }

  /** Gives the terminal back and stops the process, until it is told to go on. */
  readonly suspend = (): void => {
    this.leave();
    process.off('SIGTSTP', this.suspend);
    process.kill(process.pid, 'SIGTSTP');
    // Where no shell could wake it again the kernel does not stop the process: it goes on by itself.
    setTimeout(this.resume, NOT_STOPPED_MS);
  };

  private readonly resume = (): void => {
    if (this.isEntered || !this.isOpen) return;
    process.on('SIGTSTP', this.suspend);
    this.enter();
    this.onResize();
  };

  private readonly die = (signal: NodeJS.Signals): void => {
    this.close();
    process.kill(process.pid, signal);
  };

  private enter(): void {
    if (this.isEntered) return;
    this.isEntered = true;
    this.input?.setRawMode(true);
    this.out.write(ENTER);
  }

  private readonly leave = (): void => {
    if (!this.isEntered) return;
    this.isEntered = false;
    this.input?.setRawMode(false);
    this.out.write(LEAVE);
  };

  private marked({ text, look }: Line): string {
    const [on, off] = looks[look];
    return this.isPlain ? text : on + text + off;
  }
}
