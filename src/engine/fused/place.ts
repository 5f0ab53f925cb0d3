import type { Instance } from '../instance.js';
import type { ReceiveSource } from './source.js';

/** Names of the generated code that every place in it shares. */
export const NAMES = {
  frame: 'f',
  engine: 'e',
  accounts: 'a',
  pool: 'pool',
  bytes: 'bytes',
  view: 'view',
  time: 'time',
} as const;

/** What a block is called in generated code, before its number; no local of a `receive` has a `$` in its name. */
export function hintOf(instance: Instance): string {
  return `${instance.name.replace(/\W/g, '_').replace(/^(?=\d)/, '_')}$`;
}

/** Things that the generated code reaches by name: blocks, instances, helpers. */
export class Bindings {
  private readonly names = new Map<unknown, string>();

  /** The name of a thing; `hint` begins it when it is new. */
  nameOf(thing: unknown, hint: string): string {
    const before = this.names.get(thing);
    if (before !== undefined) return before;
    const name = `${hint}${this.names.size}`;
    this.names.set(thing, name);
    return name;
  }

  entries(): readonly (readonly [name: string, thing: unknown])[] {
    return [...this.names].map(([thing, name]) => [name, thing] as const);
  }
}

/** One block at one place of a generated function. A block that is reached by two ways may have two. */
export interface Place {
  readonly number: number;
  readonly instance: Instance;
  readonly source: ReceiveSource;
  readonly uses: Readonly<Record<string, unknown>>;
  readonly bindings: Bindings;
  /** Blocks that the frame has entered by then, this one included: a number, or code when that is not certain. */
  readonly hops: number | string;
  /** Sums of counters that are kept in locals until the batch is done; null: counted at once. */
  readonly sums: Sums | null;
}

/** Counters of blocks that a function keeps in locals: local → the field that it is added to in the end. */
export class Sums {
  private readonly fields = new Map<string, string>();

  /** The local for a field, such as `b3.packets`; no local of a block's has such a name: those end in a number. */
  localFor(field: string): string {
    const local = `${field.replace('.', '_')}_sum`;
    this.fields.set(local, field);
    return local;
  }

  locals(): string[] {
    return [...this.fields.keys()];
  }

  /** Code that adds all sums up. */
  settle(): string[] {
    return [...this.fields].map(([local, field]) => `${field} += ${local};`);
  }

  /** Code that adds one up before the end, and begins anew. */
  settleNow(field: string): string[] {
    const local = this.localFor(field);
    return [`${field} += ${local};`, `${local} = 0;`];
  }
}
