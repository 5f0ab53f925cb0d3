import type { Direction } from '../../contract/direction.js';
import { CONSUMED, dropIndex, HELD, isDrop } from '../../contract/outcome.js';
import { portName } from '../../contract/port.js';
import type { Instance } from '../instance.js';
import { HOP_LIMIT } from '../limits.js';
import { TEMPORARIES } from './frame-call.js';
import { type Known, meet } from './known.js';
import { Bindings, hintOf, NAMES, type Place, Sums } from './place.js';
import type { ReceiveSource } from './source.js';
import { type Exit, type Line, StatementPrinter } from './statement.js';

const { frame: F, engine: E, accounts: A, pool: POOL } = NAMES;
/** Accounts of the engine that generated code keeps. */
const INVOCATIONS = `${A}.invocations`;
const CONSUMPTIONS = `${A}.consumed`;
/** Places in one function: V8 optimises no function of more than 60 KB of its byte code. */
const MAX_PLACES = 160;
/** How often one block may be inlined into a function: beyond, its ways meet in a function of their own. */
const MAX_COPIES = 3;
/** Bound ports of a block up to which each gets a branch of its own where the answer is not certain. */
const MAX_BRANCHES = 8;
/** Hops after which the rest is left to another function: well below the limit at which a frame is dropped. */
const MAX_HOPS = 200;

/** A port is rare by which less than one frame in so many leaves, of at least so many. */
const RARE = 64;
const ENOUGH_TO_JUDGE = 64;

/** How a block is part of a generated function. */
export type Part = 'inlined' | 'called';

export interface FusedSource {
  readonly text: string;
  readonly bindings: readonly (readonly [name: string, thing: unknown])[];
  readonly parts: ReadonlyMap<Instance, Part>;
  /** Blocks by place, and how many each had before it on its way: for errors. */
  readonly places: readonly Instance[];
  readonly depths: readonly number[];
}

/** Where the code of a block comes from; null: it is called. */
export type SourceOf = (instance: Instance) => ReceiveSource | null;

/** Where frames enter: by a link's batch, or one by one with hops behind them (copies, jumps). */
export type EntryKind = 'batch' | 'single';

/** Writes one function for all that can happen to a frame that enters at a block in a direction. */
export function fuse(
  entry: Instance,
  direction: Direction,
  kind: EntryKind,
  table: readonly (Instance | undefined)[],
  sourceOf: SourceOf,
): FusedSource {
  return new Fuser(kind, table, sourceOf).run(entry, direction);
}

class Fuser {
  private readonly kind: EntryKind;
  private readonly table: readonly (Instance | undefined)[];
  private readonly sourceOf: SourceOf;
  private readonly bindings = new Bindings();
  private readonly sums: Sums | null;
  private readonly parts = new Map<Instance, Part>();
  private readonly places: Instance[] = [];
  private readonly depths: number[] = [];
  private readonly copies = new Map<Instance, number>();
  private readonly path: Instance[] = [];
  private deepest = 0;
  /** Some of it asks the engine for something: frames may wait in the backlog afterwards. */
  private speaks = false;

  constructor(kind: EntryKind, table: readonly (Instance | undefined)[], sourceOf: SourceOf) {
    this.kind = kind;
    this.table = table;
    this.sourceOf = sourceOf;
    this.sums = kind === 'batch' ? new Sums() : null;
  }

  run(entry: Instance, direction: Direction): FusedSource {
    const body = this.guarded(this.block(entry, { direction, minLength: 0 }));
    const text = this.kind === 'batch' ? this.batch(entry, direction, body) : this.single(entry, body);
    return {
      text,
      bindings: this.bindings.entries(),
      parts: this.parts,
      places: this.places,
      depths: this.depths,
    };
  }

  private batch(entry: Instance, direction: Direction, body: readonly string[]): string {
    const sums = this.sums ?? new Sums();
    // What waits in the backlog runs as far as the calls of this turn allow: they have to be known by then.
    const drain = [
      `if (${E}.backlog.length > 0) {`,
      ...indented(sums.settleNow(INVOCATIONS), 1),
      `  ${E}.drainSome();`,
      `}`,
    ];
    const locals = ['arrived', ...sums.locals()].map((name) => `${name} = 0`);
    return [
      `function batch(frames, count) {`,
      `  let ${locals.join(', ')};`,
      `  for (let i = 0; i < count; i++) {`,
      `    const ${F} = frames[i];`,
      `    arrived += ${F}.length;`,
      `    ${F}.link = ${entry.idp};`,
      `    ${F}.direction = ${direction};`,
      ...indented(body, 2),
      ...(this.speaks ? indented(drain, 2) : []),
      `  }`,
      ...(this.speaks ? [`  ${E}.at = null;`] : []),
      ...indented(sums.settle(), 1),
      `  return arrived;`,
      `}`,
    ].join('\n');
  }

  private single(entry: Instance, body: readonly string[]): string {
    return [
      `function single(${F}) {`,
      `  const h = ${F}.hops;`,
      `  if (h > ${HOP_LIMIT - this.deepest}) {`,
      `    ${E}.walk(${F}, ${this.instance(entry)});`,
      `    return;`,
      `  }`,
      ...indented(body, 1),
      `}`,
    ].join('\n');
  }

  private guarded(body: readonly string[]): string[] {
    const used = TEMPORARIES.filter((name) => body.some((line) => line.includes(`${name} = `)));
    return [
      `let ${['at', ...used].map((name) => `${name} = 0`).join(', ')};`,
      `done: try {`,
      ...indented(body, 1),
      `} catch (error) {`,
      `  ${E}.failed(places[at], ${F}, depths[at], error);`,
      `}`,
    ];
  }

  private instance(of: Instance): string {
    return this.bindings.nameOf(of, `at_${hintOf(of)}`);
  }

  /** The code of a block and of all that follows it. Each way through it ends by `break done` or at its end. */
  private block(instance: Instance, known: Known): string[] {
    const number = this.places.push(instance) - 1;
    this.path.push(instance);
    const depth = this.path.length;
    this.depths.push(depth);
    this.deepest = Math.max(this.deepest, depth);
    this.copies.set(instance, (this.copies.get(instance) ?? 0) + 1);
    const source = this.sourceOf(instance);
    this.parts.set(instance, source === null ? 'called' : 'inlined');
    const hops = this.kind === 'batch' ? depth : `h + ${depth}`;
    const lines = [
      `// ${instance.name}: ${instance.type.kind}, IDP ${instance.idp}${source === null ? ', called' : ''}`,
      `at = ${number};`,
      ...(source === null
        ? this.called(instance, number, hops, known)
        : this.inlined(
            {
              number,
              instance,
              source,
              hops,
              bindings: this.bindings,
              sums: hasPlainFields(instance, source) ? this.sums : null,
              uses: instance.type.uses ?? {},
            },
            known,
          )),
    ];
    this.path.pop();
    return lines;
  }

  /** Tells the engine who runs, for what the block may ask of it, and what the frame itself tells who gets it. */
  private enter(instance: Instance, hops: number | string): string {
    this.speaks = true;
    return `${E}.at = ${this.instance(instance)}; ${E}.hops = ${F}.hops = ${hops}; ${F}.nextIdp = ${instance.idp};`;
  }

  private begin({ instance, source, hops }: Place): string[] {
    if (source.asksEngine) return [this.enter(instance, hops)];
    return source.frameUse === 'own' ? [] : [`${F}.hops = ${hops}; ${F}.nextIdp = ${instance.idp};`];
  }

  private called(instance: Instance, number: number, hops: number | string, known: Known): string[] {
    const block = this.bindings.nameOf(instance.block, hintOf(instance));
    known.direction = null;
    known.minLength = 0;
    return [
      this.enter(instance, hops),
      `const o${number} = ${block}.receive(${F}, ${E});`,
      ...this.decide(instance, `o${number}`, [], true, known),
    ];
  }

  private inlined(place: Place, known: Known): string[] {
    const { instance, number } = place;
    const printer = new StatementPrinter(place, known);
    const exits = printer.run();
    const begin = this.begin(place);
    const [only] = exits;
    if (exits.length === 1 && only?.last && !only.inLoop && only.outcome !== null) {
      const body = printer.lines.flatMap((line) => ('exit' in line ? [] : at(line)));
      return [...begin, ...body, ...this.outcome(instance, only.outcome, only.known)];
    }
    return [...begin, ...this.withExits(place, printer.lines, exits, number)];
  }

  /**
   * An exit that alone leads to its port is replaced by all that follows there. Where several lead to one, or the port is
   * worked out, the answer is put into a local and looked at behind the block.
   */
  private withExits(place: Place, lines: readonly Line[], exits: readonly Exit[], number: number): string[] {
    const { instance } = place;
    const shares = new Map<number, Exit[]>();
    for (const exit of exits) if (exit.outcome !== null) push(shares, exit.outcome, exit);
    const isDirect = (exit: Exit) =>
      exit.outcome !== null &&
      (exit.outcome < 0 || ((shares.get(exit.outcome)?.length ?? 0) === 1 && !exit.inLoop));
    const late = exits.filter((exit) => !isDirect(exit));
    const label = `r${number}`;
    const local = `o${number}`;
    const body = lines.flatMap((line) => {
      if (!('exit' in line)) return at(line);
      const { exit, indent } = line;
      if (exit.outcome !== null && isDirect(exit)) {
        const end = exit.last && late.length === 0 ? [] : ['break done;'];
        return indented([...this.outcome(instance, exit.outcome, exit.known), ...end], indent);
      }
      const value = exit.outcome ?? exit.code;
      return indented([`${local} = ${value};`, ...(exit.last ? [] : [`break ${label};`])], indent);
    });
    if (late.length === 0) return body;
    const certain = [...new Set(late.flatMap((exit) => exit.outcome ?? []))];
    const known = late.map((exit) => exit.known).reduce(meet);
    const isOpen = late.some((exit) => exit.outcome === null);
    return [
      `let ${local} = 0;`,
      `${label}: {`,
      ...indented(body, 1),
      '}',
      // A port that has its way already hardly comes of the other answers: no second copy of all that follows.
      ...this.decide(instance, local, certain, isOpen, known, new Set(shares.keys())),
    ];
  }

  /** Goes on by the answer that a local holds: one of those that are certain to be possible, or, if open, any. */
  private decide(
    instance: Instance,
    local: string,
    certain: readonly number[],
    isOpen: boolean,
    known: Known,
    settled: ReadonlySet<number> = new Set(),
  ): string[] {
    if (!isOpen && certain.length === 1) return this.outcome(instance, certain[0], known);
    const bound = boundPorts(instance);
    const open = isOpen && bound.length <= MAX_BRANCHES ? bound.filter((port) => !settled.has(port)) : [];
    const answers = [...new Set([...certain, ...open])];
    const lines: string[] = [];
    for (const [index, answer] of answers.entries()) {
      const isRest = !isOpen && index === answers.length - 1;
      const test = isRest ? '' : `if (${local} === ${answer}) `;
      lines.push(`${index === 0 ? '' : '} else '}${test}{`);
      lines.push(...indented(this.outcome(instance, answer, { ...known }), 1));
    }
    if (isOpen) {
      if (answers.length > 0) lines.push('} else {');
      lines.push(...indented(this.leave(instance, local), answers.length > 0 ? 1 : 0));
    }
    if (answers.length > 0) lines.push('}');
    return lines;
  }

  /** Counts the calls that the way has taken. Last, since a step that fails is counted where that is caught. */
  private spent(): string {
    return this.count(INVOCATIONS, this.path.length);
  }

  /** Adds to an account of the engine: in a batch to a local, until the batch is done. */
  private count(account: string, by: number): string {
    return `${this.sums?.localFor(account) ?? account} += ${by};`;
  }

  private hopsNow(): string {
    return this.kind === 'batch' ? String(this.path.length) : `h + ${this.path.length}`;
  }

  /** Any answer, as the dispatch engine takes it. */
  private leave(instance: Instance, local: string): string[] {
    this.speaks = true;
    return [
      `${F}.hops = ${this.hopsNow()};`,
      `${E}.leave(${this.instance(instance)}, ${F}, ${local}); // any other answer`,
      this.spent(),
    ];
  }

  /** What comes of an answer that is certain. */
  private outcome(instance: Instance, outcome: number, known: Known): string[] {
    if (outcome === HELD) return [this.spent()];
    if (outcome === CONSUMED) return [this.count(CONSUMPTIONS, 1), `${POOL}.release(${F});`, this.spent()];
    if (isDrop(outcome) && dropIndex(outcome) < instance.reasons.length) {
      const reason = dropIndex(outcome);
      return [
        `${E}.drop(${this.instance(instance)}, ${F}, ${reason}); // ${instance.reasons[reason]}`,
        this.spent(),
      ];
    }
    if (!(outcome >= 0)) return this.leave(instance, String(outcome));
    const idp = instance.ports[outcome] ?? 0;
    const next = this.table[idp];
    if (idp === 0 || next === undefined) {
      const reason = idp === 0 ? 'unbound-port' : 'invalid-idp';
      return [`${E}.dropNamed(${this.instance(instance)}, ${F}, '${reason}');`, this.spent()];
    }
    if (this.mustJump(next) || isRare(instance, outcome)) {
      this.speaks = true;
      const port = portName(instance.type.ports, outcome);
      return [
        `${F}.hops = ${this.hopsNow()};`,
        `${E}.jump(${F}, ${this.instance(next)}); // by ${port} to ${next.name}`,
        this.spent(),
      ];
    }
    return this.block(next, known);
  }

  /** A cycle ends here, a block has been inlined often enough, or the function is long enough. */
  private mustJump(next: Instance): boolean {
    return (
      this.path.includes(next) ||
      (this.copies.get(next) ?? 0) >= MAX_COPIES ||
      this.places.length >= MAX_PLACES ||
      this.path.length >= MAX_HOPS
    );
  }
}

/**
 * Hardly a frame has left by this port so far. What follows there is left to a function of its own, which is made when
 * frames do come: code that nobody runs would only make the rest slower. With few frames to judge by, no port is rare.
 */
function isRare(instance: Instance, port: number): boolean {
  const { departures } = instance;
  let all = 0;
  for (const count of departures) all += count;
  return all >= ENOUGH_TO_JUDGE && (departures[port] ?? 0) * RARE < all;
}

/** No field is read or written by a function of the block's: it could see a sum before it is settled. */
function hasPlainFields({ block }: Instance, { fields }: ReceiveSource): boolean {
  for (let of: object | null = block; of !== null; of = Object.getPrototypeOf(of) as object | null) {
    for (const name of fields) {
      const own = Object.getOwnPropertyDescriptor(of, name);
      if (own !== undefined && !('value' in own)) return false;
    }
  }
  return true;
}

function boundPorts(instance: Instance): number[] {
  return [...instance.ports.keys()].filter((port) => instance.ports[port] !== 0);
}

function push(map: Map<number, Exit[]>, key: number, value: Exit): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function at(line: { readonly indent: number; readonly text: string }): string[] {
  return [`${'  '.repeat(line.indent)}${line.text}`];
}

function indented(lines: readonly string[], by: number): string[] {
  const before = '  '.repeat(by);
  return lines.map((line) => before + line);
}
