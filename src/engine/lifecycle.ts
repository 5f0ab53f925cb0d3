import type { BlockClass } from '../contract/block.js';
import { QuipuError } from '../contract/error.js';
import { beDouble } from './accounts.js';
import type { Bindings } from './bindings.js';
import type { Builder } from './builder.js';
import type { Changes } from './changes.js';
import {
  type ConfigIssue,
  didYouMean,
  missingText,
  rangeText,
  unknownFirst,
  valueAt,
} from './config-faults.js';
import { InstanceContext, type Surroundings } from './context.js';
import { BelongsHome, crossingOf, HOME } from './crossing.js';
import { Instance } from './instance.js';
import { checkName, type Registry } from './registry.js';

export type RemoveMode =
  /** Refuse a block that is in use. */
  | 'unused'
  /** Untie and unsubscribe it first. */
  | 'force'
  /** Give up the node's own reference and the name: it goes when its last user goes. */
  | 'later';

/** Birth, configuration and death of blocks. */
export class Lifecycle {
  private readonly builder: Builder;
  private readonly registry: Registry;
  private readonly bindings: Bindings;
  private readonly around: Surroundings;
  /** Blocks whose name is gone and that live on until nobody uses them. */
  readonly lingering = new Set<Instance>();
  /** Blocks whose links the engine asks for frames. */
  readonly active = new Set<Instance>();
  /** Blocks that are out of the graph while the change that took them out can still be taken back. */
  readonly leaving = new Set<Instance>();

  constructor(builder: Builder, registry: Registry, bindings: Bindings, around: Surroundings) {
    this.builder = builder;
    this.registry = registry;
    this.bindings = bindings;
    this.around = around;
  }

  add(name: string, kind: string, config: Record<string, unknown>, changes: Changes): Instance {
    checkName(name);
    const type = this.builder.find(kind);
    if (this.registry.has(name))
      throw new QuipuError('name-taken', `there is a block named "${name}" already`);
    const parsed = parseConfig(type.config, config, `${name} (${kind})`);
    const instance = this.born(name, type, this.registry.claimIdp(), config, parsed);
    this.registry.put(instance);
    this.active.add(instance);
    changes.undo(() => {
      this.registry.removeName(instance);
      this.registry.removeIdp(instance);
      this.destroy(instance);
    });
    return instance;
  }

  /** A block, or the crossing to it where it lives in another engine. */
  private born(
    name: string,
    type: BlockClass,
    idp: number,
    config: Record<string, unknown>,
    parsed: unknown,
  ): Instance {
    if (type.shared !== true || this.around.exchange.number === HOME) {
      try {
        return this.make(new Instance(name, type, idp, config), parsed);
      } catch (error) {
        if (!(error instanceof BelongsHome)) throw error;
      }
    }
    return this.make(new Instance(name, crossingOf(type), idp, config), parsed);
  }

  private make(instance: Instance, parsed: unknown): Instance {
    const { name, type } = instance;
    instance.parsedConfig = parsed;
    try {
      named(name, () => {
        instance.block = new type(new InstanceContext(instance, this.around), parsed as never);
      });
      const fields = instance.block as unknown as Record<string, number>;
      for (const counter of Object.keys(type.counters)) beDouble(fields, counter);
    } catch (error) {
      this.around.dispatch.timers.set(instance, Number.POSITIVE_INFINITY);
      for (const joint of instance.joints) joint.close();
      throw error;
    }
    return instance;
  }

  /** Merges options into a block's configuration; the block sees all of it or nothing. */
  configure(instance: Instance, options: Record<string, unknown>, changes: Changes): void {
    const { block, type, name } = instance;
    const before = { config: instance.config, parsed: instance.parsedConfig };
    const merged: Record<string, unknown> = { ...before.config, ...options };
    for (const [key, value] of Object.entries(options)) if (value === null) delete merged[key];
    const parsed = parseConfig(type.config, merged, `${name} (${type.kind})`);
    if (!block.configure) {
      throw new QuipuError(
        'bad-config',
        `${name}: a block of type ${type.kind} cannot be changed; replace it instead`,
      );
    }
    named(name, () => block.configure?.(parsed as never));
    instance.config = merged;
    instance.parsedConfig = parsed;
    changes.undo(() => {
      block.configure?.(before.parsed as never);
      instance.config = before.config;
      instance.parsedConfig = before.parsed;
    });
    const told = instance.listeners();
    changes.notice(() => this.around.notifier.emitTo(told, instance, 'configured', options));
  }

  remove(instance: Instance, mode: RemoveMode, changes: Changes): void {
    if (mode === 'later') {
      this.letGo(instance, changes);
      return;
    }
    if (mode === 'force') this.partWithAll(instance, changes);
    if (instance.references > 1) throw inUse(instance, this.registry);
    this.retire(instance, changes);
  }

  /** Takes a block out of the graph; its destructor runs when that is final. */
  retire(instance: Instance, changes: Changes): void {
    const wasActive = this.active.delete(instance);
    const wasLingering = this.lingering.delete(instance);
    const named = instance.registered;
    this.registry.removeName(instance);
    this.registry.removeIdp(instance);
    this.leaving.add(instance);
    changes.undo(() => {
      this.leaving.delete(instance);
      if (named) this.registry.put(instance);
      else this.registry.table[instance.idp] = instance;
      if (wasActive) this.active.add(instance);
      if (wasLingering) this.lingering.add(instance);
    });
    changes.finally(() => this.destroy(instance));
  }

  private letGo(instance: Instance, changes: Changes): void {
    instance.registered = false;
    this.registry.removeName(instance);
    this.lingering.add(instance);
    changes.undo(() => {
      instance.registered = true;
      this.registry.put(instance);
      this.lingering.delete(instance);
    });
  }

  /** Removes those that nobody uses any more. Called when a transaction is about to become final. */
  sweep(changes: Changes): void {
    for (const instance of [...this.lingering]) {
      if (this.isUsed(instance)) continue;
      this.partWithAll(instance, changes);
      this.retire(instance, changes);
    }
  }

  /** Another block leads to it or has asked for its events. What it holds itself does not keep it alive. */
  private isUsed(instance: Instance): boolean {
    let own = 0;
    for (const idp of instance.ports) if (idp === instance.idp) own++;
    if (instance.incoming > own) return true;
    for (const who of instance.subscribers) {
      if (who !== instance && who.subscriptions.get(instance)?.explicit) return true;
    }
    return false;
  }

  private partWithAll(instance: Instance, changes: Changes): void {
    const told = instance.listeners();
    this.bindings.dissolve(instance, changes);
    for (const other of [...instance.subscribers]) this.around.notifier.unsubscribe(other, instance, changes);
    for (const other of [...instance.subscriptions.keys()]) {
      this.around.notifier.unsubscribe(instance, other, changes);
    }
    // Behind the notices of its edges: it is the last thing that the block tells.
    changes.notice(() => this.around.notifier.emitTo(told, instance, 'removed', null));
  }

  /** The destructor. Whatever it drops is counted; an error in it is logged and stops nothing. */
  destroy(instance: Instance): void {
    this.active.delete(instance);
    this.leaving.delete(instance);
    try {
      this.around.dispatch.actAs(instance, (engine) => instance.block.close?.(engine));
    } catch (error) {
      this.around.log(instance, `error in close: ${String(error)}`);
    }
    this.around.dispatch.timers.set(instance, Number.POSITIVE_INFINITY);
    for (const joint of instance.joints) joint.close();
    this.around.accounts.retire(instance);
  }
}

/** Puts the block's name before what its constructor or `configure` complains of. */
function named(name: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof QuipuError) || error instanceof BelongsHome) throw error;
    throw new QuipuError(error.code, `${name}: ${error.message}`);
  }
}

function inUse(instance: Instance, registry: Registry): QuipuError {
  const users = new Set<string>();
  for (const other of instance.subscribers) users.add(other.name);
  for (const other of instance.subscriptions.keys()) users.add(other.name);
  for (const other of registry.all()) if (other.ports.includes(instance.idp)) users.add(other.name);
  return new QuipuError(
    'in-use',
    `${instance.name} is in use by ${[...users].join(', ')}: unbind it first, or remove it with --force`,
  );
}

interface Schema {
  /** Fields of an object schema. */
  readonly shape?: object;
  safeParse(
    value: unknown,
  ): { success: true; data: unknown } | { success: false; error: { issues: ConfigIssue[] } };
}
/** Checks a configuration; throws QuipuError bad-config with a sentence for each fault. */
export function parseConfig(schema: Schema, config: unknown, who: string): unknown {
  const result = schema.safeParse(config);
  if (result.success) return result.data;
  const faults = unknownFirst(result.error.issues).map((issue) => faultOf(issue, config, schema));
  throw new QuipuError('bad-config', `${who}: ${faults.join('; ')}`);
}

function faultOf(issue: ConfigIssue, config: unknown, schema: Schema): string {
  const name = issue.path.map(String).join('.');
  const where = name === '' ? '' : `${name}: `;
  if (issue.code === 'unrecognized_keys') return where + unknownOptions(issue, schema);
  const given = valueAt(config, issue.path);
  const missing = missingText(issue, given, schema);
  if (missing !== null) return `${name} is missing: ${missing}`;
  return where + (rangeText(issue, given) ?? issue.message);
}

function unknownOptions({ keys = [], path }: ConfigIssue, schema: Schema): string {
  const known = path.length === 0 ? Object.keys(schema.shape ?? {}) : [];
  const told = keys.map((key) => key + didYouMean(key, known)).join(', ');
  if (path.length > 0) return `there is no option ${told}`;
  return `there is no option ${told}; there ${known.length > 0 ? `are: ${known.join(', ')}` : 'are none'}`;
}
