import { QuipuError } from '../../contract/error.js';
import { nearest } from '../../engine/nearest.js';
import { type Reading, readingOf } from './reading.js';
import type { SampleSource } from './sample.js';

/** One reading after the other. */
export class Watch {
  private readonly source: SampleSource;
  private readonly named: ReadonlySet<string>;
  private readonly thing: string;
  /** The latest reading. */
  last: Reading | null = null;

  /** `thing`: what a name is that of, for messages. */
  constructor(source: SampleSource, named: readonly string[], thing: 'interface' | 'link') {
    this.source = source;
    this.named = new Set(named);
    this.thing = thing;
  }

  /** Throws QuipuError; at first also when there is nothing of a name that was given. */
  async next(): Promise<Reading> {
    const sample = await this.source.sample();
    if (this.last === null) this.checkNames([...sample.devices.keys()]);
    this.last = readingOf(sample, this.last, this.named);
    return this.last;
  }

  private checkNames(known: readonly string[]): void {
    for (const name of this.named) {
      if (known.includes(name)) continue;
      const near = nearest(name, known);
      const hint = near === null ? '' : `; did you mean ${near}?`;
      const list = known.length === 0 ? 'there is none' : `there are: ${known.slice(0, 12).join(', ')}`;
      const more = known.length > 12 ? ` and ${known.length - 12} more` : '';
      throw new QuipuError('no-device', `no ${this.thing} named "${name}"${hint} (${list}${more})`);
    }
  }
}
