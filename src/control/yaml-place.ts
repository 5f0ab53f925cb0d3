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
import type { Places } from './graph-check.js';

/** Finds out where in a YAML text the parts of its value stand. */
export class YamlPlaces implements Places {
  private readonly document: Document;
  private readonly lines: LineCounter;
  private readonly file: string;

  constructor(document: Document, lines: LineCounter, file: string) {
    this.document = document;
    this.lines = lines;
    this.file = file;
  }

  /** Line and column count from 1. */
  tell(offset: number, message: string): string {
    const { line, col } = this.lines.linePos(offset);
    return `${this.file}:${Math.max(1, line)}:${Math.max(1, col)}: ${message}`;
  }

  label(path: readonly PropertyKey[]): string {
    return path.map(String).join('.');
  }

  ofValue(path: readonly PropertyKey[]): number {
    let offset = 0;
    let node: unknown = this.document.contents;
    for (const step of [...path, null]) {
      if (isNode(node)) offset = node.range?.[0] ?? offset;
      if (step !== null) node = this.step(node, step);
      if (node === undefined) break;
    }
    return offset;
  }

  ofKey(path: readonly PropertyKey[], key: string): number {
    let node: unknown = this.document.contents;
    for (const step of path) node = this.step(node, step);
    const pair = this.pair(node, key);
    const found = pair?.key;
    return isNode(found) && found.range ? found.range[0] : this.ofValue(path);
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
