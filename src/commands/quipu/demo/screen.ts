import type { WriteStream } from 'node:tty';
import { LEAST, type Looks, picture } from './picture.js';
import type { Audience, DoneReTie, Scene } from './scene.js';

const CSI = '\u001b[';

/** A terminal: the picture is drawn again in place. The cursor waits below it, so there is nothing to restore. */
export class Screen implements Audience {
  private readonly out: WriteStream;
  private readonly looks: Looks;
  private drawn = 0;

  constructor(out: WriteStream, looks: Looks) {
    this.out = out;
    this.looks = looks;
    // The lines were wrapped anew: where the picture began is not known any more.
    out.on('resize', () => {
      this.drawn = 0;
      this.out.write(`${CSI}H${CSI}2J`);
    });
  }

  say(line: string): void {
    this.drawn = 0;
    this.out.write(`${line}\n`);
  }

  reTied(_done: DoneReTie): void {
    // The picture shows it.
  }

  show(scene: Scene): void {
    const { columns, rows } = this.out;
    const lines = fits(this.out)
      ? picture(scene, columns, rows, this.looks)
      : [`Quipu: this needs ${LEAST.columns} columns and ${LEAST.rows} rows`.slice(0, columns - 1)];
    const up = this.drawn > 0 ? `${CSI}${this.drawn}A` : '';
    this.out.write(`${up}\r${lines.map((line) => `${line}${CSI}K\n`).join('')}${CSI}J`);
    this.drawn = lines.length;
  }
}

/** Whether the picture fits a terminal. */
export function fits({ columns, rows }: Pick<WriteStream, 'columns' | 'rows'>): boolean {
  return columns >= LEAST.columns && rows >= LEAST.rows;
}
