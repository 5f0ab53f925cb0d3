import { faultText } from './chain-text-source.js';
import { type Fault, failWith, MOST_FAULTS, type Places } from './graph-check.js';

/** Where the parts of a graph stand in a chain text, and what is wrong with them. */
export class ChainPlaces implements Places {
  private readonly text: string;
  private readonly file: string;
  private readonly values = new Map<string, number>();
  private readonly keys = new Map<string, number>();
  private readonly faults: Fault[] = [];

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
  }

  /** Notes where the part at a path of the document begins, and its key if that stands elsewhere. */
  note(path: readonly PropertyKey[], value: number, key = value): void {
    this.values.set(idOf(path), value);
    this.keys.set(idOf(path), key);
  }

  fault(at: number, message: string): void {
    this.faults.push({ at, message });
  }

  /** True when no further fault would be told, so that nobody has to think of a remedy. */
  hasMany(): boolean {
    return this.faults.length >= MOST_FAULTS;
  }

  /** Throws the QuipuError for all faults so far, in the order of the text. */
  failIfFaulty(): void {
    if (this.faults.length === 0) return;
    failWith(
      this.faults.sort((a, b) => a.at - b.at),
      this,
    );
  }

  ofValue(path: readonly PropertyKey[]): number {
    for (let length = path.length; length > 0; length--) {
      const offset = this.values.get(idOf(path.slice(0, length)));
      if (offset !== undefined) return offset;
    }
    return 0;
  }

  ofKey(path: readonly PropertyKey[], key: string): number {
    return this.keys.get(idOf([...path, key])) ?? this.ofValue(path);
  }

  /** Options go by block and name: `bpf1.filter`. */
  label(path: readonly PropertyKey[]): string {
    const [top, name, part, ...rest] = path;
    const isOption = top === 'blocks' && part === 'config';
    return (isOption ? [name, ...rest] : path).map(String).join('.');
  }

  tell(offset: number, message: string): string {
    return faultText(this.file, this.text, offset, message);
  }
}

function idOf(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}
