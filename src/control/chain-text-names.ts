import { nearest } from '../engine/nearest.js';
import type { ChainPlaces } from './chain-text-places.js';
import { ChainSyntaxError } from './chain-text-source.js';
import type { Chain, Element } from './chain-text-syntax.js';
import { readOptions } from './chain-text-values.js';
import type { GraphKind, GraphKinds } from './graph-check.js';
import { jsonSchemaOf } from './graph-schema.js';

/** The type of the block that a device's name at the beginning of a chain stands for. */
const DEVICE_TYPE = 'ethernet';

export interface NamedBlock {
  readonly type: string;
  readonly kind: GraphKind;
  readonly config: Record<string, unknown>;
}

export interface NamedBlocks {
  /** By name, in the order in which the text makes them. */
  readonly blocks: ReadonlyMap<string, NamedBlock>;
  /** The name of each element's block; none where it is faulty. */
  readonly names: ReadonlyMap<Element, string>;
}

/**
 * Says what block each element of the chains means. A block without a name is called after its type and numbered, in
 * the order of the text: the same text gives the same names, so that applied again it changes nothing.
 */
export function nameBlocks(
  text: string,
  chains: readonly Chain[],
  kinds: GraphKinds,
  places: ChainPlaces,
): NamedBlocks {
  const naming = new Naming(text, kinds, places);
  for (const { elements } of chains) for (const element of elements) naming.declare(element);
  for (const { elements } of chains) naming.findDevice(elements[0]);
  for (const { elements } of chains) for (const element of elements) naming.resolve(element);
  return naming;
}

class Naming implements NamedBlocks {
  readonly blocks = new Map<string, NamedBlock>();
  readonly names = new Map<Element, string>();
  private readonly declared = new Map<string, Element>();
  private readonly devices = new Set<string>();
  private readonly numbers = new Map<string, number>();
  private readonly text: string;
  private readonly kinds: GraphKinds;
  private readonly places: ChainPlaces;

  constructor(text: string, kinds: GraphKinds, places: ChainPlaces) {
    this.text = text;
    this.kinds = kinds;
    this.places = places;
  }

  declare(element: Element): void {
    const { name } = element;
    if (name === null) return;
    if (this.declared.has(name.text)) {
      this.places.fault(name.at, `${name.text} is declared twice; choose another name`);
    } else this.declared.set(name.text, element);
  }

  /** A word at the beginning of a chain that means nothing else is a device. */
  findDevice({ name, word }: Element): void {
    const known = this.declared.has(word.text) || this.kinds.has(word.text);
    if (name === null && !known && this.numberedType(word.text) === null) this.devices.add(word.text);
  }

  resolve(element: Element): void {
    const { name, word, options } = element;
    if (name !== null) {
      if (this.declared.get(name.text) === element) this.make(name.text, name.at, element);
      return;
    }
    const isKnown = this.declared.has(word.text) || this.blocks.has(word.text);
    if (isKnown) {
      this.names.set(element, word.text);
      if (options === null) return;
      const where = this.declared.has(word.text) ? 'is declared' : 'is first named';
      this.places.fault(options.from - 1, `${word.text} gets its options where it ${where}`);
    } else if (this.kinds.has(word.text)) this.make(this.freeName(word.text), word.at, element);
    else if (this.devices.has(word.text)) this.makeDevice(element);
    else this.places.fault(word.at, this.unknown(word.text));
  }

  private freeName(type: string): string {
    for (let number = (this.numbers.get(type) ?? 0) + 1; ; number++) {
      const name = `${type}${number}`;
      this.numbers.set(type, number);
      if (!this.declared.has(name) && !this.blocks.has(name)) return name;
    }
  }

  /** The type of which this could be a block without a name; null when it could not. */
  private numberedType(word: string): string | null {
    const [, type] = /^(.*[^0-9])[1-9][0-9]*$/.exec(word) ?? [];
    return type !== undefined && this.kinds.has(type) ? type : null;
  }

  private make(name: string, at: number, element: Element): void {
    const type = element.word.text;
    const kind = this.kinds.get(type);
    if (kind === undefined) {
      this.places.fault(element.word.at, this.unknownType(name, type));
      return;
    }
    this.put(element, name, at, { type, kind, config: this.options(name, kind, kind.mainOption, element) });
  }

  private makeDevice(element: Element): void {
    const { text: device, at } = element.word;
    const kind = this.kinds.get(DEVICE_TYPE);
    if (kind?.mainOption === undefined) {
      this.places.fault(at, `${device} is no block type, and there is none for devices`);
      return;
    }
    const config = { [kind.mainOption]: device, ...this.options(device, kind, undefined, element) };
    this.put(element, device, at, { type: DEVICE_TYPE, kind, config });
  }

  private put(element: Element, name: string, at: number, block: NamedBlock): void {
    this.places.note(['blocks', name], at);
    this.places.note(['blocks', name, 'type'], element.word.at);
    this.names.set(element, name);
    this.blocks.set(name, block);
  }

  private options(
    name: string,
    kind: GraphKind,
    mainOption: string | undefined,
    { options }: Element,
  ): Record<string, unknown> {
    if (options === null) return {};
    try {
      return readOptions(this.text, options, jsonSchemaOf(kind.config), mainOption, (path, value, key) =>
        this.places.note(['blocks', name, 'config', ...path], value, key),
      );
    } catch (error) {
      if (!(error instanceof ChainSyntaxError)) throw error;
      this.places.fault(error.offset, error.message);
      return {};
    }
  }

  private unknown(word: string): string {
    const numbered = this.numberedType(word);
    if (numbered !== null) {
      const either = `${word} :: ${numbered}, or ${word} :: ${DEVICE_TYPE}(${word}) for a device`;
      return `${word} could be a ${numbered} without a name; declare what you mean: ${either}`;
    }
    const known = this.places.hasMany() ? [] : [...this.kinds.keys(), ...this.declared.keys()];
    const near = this.nearest(word, known);
    const remedy =
      near ?? `a device begins a chain, or is declared: NAME :: ${DEVICE_TYPE}(${word.slice(0, 60)})`;
    return `${JSON.stringify(word.slice(0, 60))} is no block type and nothing declares it; ${remedy}`;
  }

  private unknownType(name: string, type: string): string {
    const device = `for a device write ${name} :: ${DEVICE_TYPE}(${type.slice(0, 60)})`;
    const remedy = this.nearest(type, [...this.kinds.keys()]) ?? device;
    return `${JSON.stringify(type.slice(0, 60))} is no block type; ${remedy} ("fbctl types" lists them)`;
  }

  private nearest(word: string, known: readonly string[]): string | null {
    const found = nearest(word, known);
    return found === null ? null : `did you mean ${found}?`;
  }
}
