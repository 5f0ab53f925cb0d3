import { equation, holds } from './account.js';
import { type Audience, type DoneReTie, framesKey, type Scene } from './scene.js';

/** Anything but a terminal: a line for every re-tie and one for every second. */
export class PlainLines implements Audience {
  private readonly write: (text: string) => void;
  private nextAt = 0;

  constructor(write: (text: string) => void) {
    this.write = write;
  }

  say(line: string): void {
    this.write(`${line}\n`);
  }

  reTied({ number, at, text, status }: DoneReTie): void {
    this.say(`${seconds(at)}  re-tie ${number}: ${text}`);
    this.say(`${seconds(at)}  account ${holds(status) ? 'holds' : 'BROKEN'}: ${equation(status)}`);
  }

  show({ at, blocks, rates, log }: Scene): void {
    if (at < this.nextAt) return;
    this.nextAt = Math.floor(at) + 1;
    if (this.nextAt === 1) for (const line of log) if (line.includes(' bound to ')) this.say(line);
    const counts = blocks
      .filter(({ type }) => type === 'ethernet' || type === 'counter')
      .map(({ name, idp, counters }) => {
        const frames = counters.packets ?? counters.received ?? 0;
        return `${name} ${frames} frames, ${rates.of(framesKey(idp)).toFixed(0)}/s`;
      });
    this.say(`${seconds(at)}  ${counts.join('; ')}`);
  }
}

function seconds(at: number): string {
  return `${at.toFixed(1).padStart(5)} s`;
}
