import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
} from 'yaml';

/** Finds out where in a YAML text the parts of its value stand. */
export class YamlPlaces {
  private readonly document: Document;
  private readonly lines: LineCounter;
  private readonly file: string;

  constructor(document: Document, lines: LineCounter, file: string) {
    this.document = document;
    this.lines = lines;
    this.file = file;
  }

  /** `file:line:column` of an offset into the text; both count from 1. */
  at(offset: number): string {
    const { line, col } = this.lines.linePos(offset);
    return `${this.file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  }

  /** Where the value at this path stands; where it is missing, the nearest part around it. */
  ofValue(path: readonly PropertyKey[]): string {
    let offset = 0;
    let node: unknown = this.document.contents;
    for (const step of [...path, null]) {
      if (isNode(node)) offset = node.range?.[0] ?? offset;
      if (step !== null) node = this.step(node, step);
      if (node === undefined) break;
    }
    return this.at(offset);
  }

  /** Where the key stands in the map at this path. */
  ofKey(path: readonly PropertyKey[], key: string): string {
    let node: unknown = this.document.contents;
    for (const step of path) node = this.step(node, step);
    const pair = this.pair(node, key);
    const found = pair?.key;
    return isNode(found) && found.range ? this.at(found.range[0]) : this.ofValue(path);
  }

  private step(node: unknown, step: PropertyKey): unknown {
    const real = this.real(node);
    if (isSeq(real)) return real.items[Number(step)];
    return this.pair(real, String(step))?.value ?? undefined;
  }

  private pair(node: unknown, key: string): Pair | undefined {
    const real = this.real(node);
    if (!isMap(real)) return undefined;
    return real.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
  }

  private real(node: unknown): Node | undefined {
    if (isAlias(node)) return node.resolve(this.document);
    return isNode(node) ? node : undefined;
  }
}
