import { isDeepStrictEqual } from 'node:util';
import type { BlockClass } from '../contract/block.js';
import { QuipuError } from '../contract/error.js';
import { portName, portNumber } from '../contract/port.js';
import type { Engine } from '../engine/engine.js';
import type { Instance } from '../engine/instance.js';
import { parseConfig } from '../engine/lifecycle.js';
import type { Action } from './actions.js';
import { parseChainText } from './chain-text.js';
import { kindsOf } from './graph-check.js';
import {
  APPLICATION_TYPES,
  type DesiredGraph,
  type Edge,
  type GraphDocument,
  isDescribed,
  parseBinding,
  parseSubscription,
} from './graph-document.js';
import { edgesOf } from './views.js';

type Fate = 'new' | 'same' | 'changed' | 'again';

/**
 * The actions that lead from the running graph to the one desired. Blocks that stay as they are are not named at all,
 * so they keep their state; a block whose type or fixed options change is made anew. Sockets are left alone.
 */
export function actionsTowards(engine: Engine, wanted: DesiredGraph): Action[] {
  const desired =
    typeof wanted === 'string' ? parseChainText(wanted, 'graph', kindsOf(engine.builder.all())) : wanted;
  const running = new Map(
    engine.registry
      .all()
      .filter(isDescribed)
      .map((instance) => [instance.name, instance]),
  );
  checkDocument(desired);
  const fates = new Map(Object.keys(desired.blocks).map((name) => [name, fateOf(running, desired, name)]));
  const gone = [...running.keys()].filter((name) => !fates.has(name) || fates.get(name) === 'again');
  const kept = (name: string) => running.has(name) && !gone.includes(name);

  const before = new Map<string, Edge>();
  /** Ports of kept blocks that lead to what no document speaks of; `true`: to a block without a name. */
  const taken = new Map<string, boolean>();
  for (const instance of running.values()) {
    for (const { port, to, idp } of edgesOf(engine, instance)) {
      const key = `${instance.name}:${port}`;
      const target = engine.registry.byIdp(idp);
      if (isDescribed(target)) before.set(key, { from: instance.name, port, to });
      else if (kept(instance.name)) taken.set(key, target?.registered === false);
    }
  }
  const after = desiredEdges(engine, desired, before, taken);
  const subscriptionsBefore = explicitSubscriptions(running);
  const subscriptionsAfter = new Set(desired.subscriptions);

  const actions: Action[] = [];
  for (const [key, edge] of before) {
    const stays = kept(edge.from) && kept(edge.to) && after.get(key)?.to === edge.to;
    if (!stays) actions.push({ do: 'disconnect', from: edge.from, port: edge.port });
    else after.delete(key);
  }
  for (const [key, { from, port }] of after)
    if (taken.get(key)) actions.push({ do: 'disconnect', from, port });
  for (const text of subscriptionsBefore) {
    const { who, to } = parseSubscription(text);
    if (subscriptionsAfter.has(text) && kept(who) && kept(to)) subscriptionsAfter.delete(text);
    else actions.push({ do: 'unsubscribe', who, to });
  }
  for (const name of gone) actions.push({ do: 'rm', name, mode: 'force' });
  for (const [name, fate] of fates) {
    const { type, config } = desired.blocks[name];
    if (fate === 'new' || fate === 'again') actions.push({ do: 'add', name, type, config, untyped: false });
    if (fate === 'changed') {
      actions.push({ do: 'set', name, options: optionChanges(running.get(name)!, config), untyped: false });
    }
  }
  for (const edge of after.values()) actions.push({ do: 'connect', ...edge });
  for (const text of subscriptionsAfter) actions.push({ do: 'subscribe', ...parseSubscription(text) });
  return actions;
}

/** Every name in a binding or subscription must be a block of the document, and none of them an application's. */
function checkDocument(desired: GraphDocument): void {
  for (const [name, { type }] of Object.entries(desired.blocks)) {
    if (!APPLICATION_TYPES.has(type)) continue;
    throw new QuipuError(
      'bad-config',
      `${name}: blocks of type ${type} are made by applications that open sockets; leave it out`,
    );
  }
  const check = (name: string, where: string) => {
    if (!Object.hasOwn(desired.blocks, name)) {
      throw new QuipuError('unknown-name', `${where}: there is no block "${name}" under blocks`);
    }
  };
  for (const text of desired.bindings) {
    const binding = parseBinding(text);
    const names = 'upper' in binding ? [binding.upper, binding.lower] : [binding.from, binding.to];
    for (const name of names) check(name, `binding "${text}"`);
  }
  for (const text of desired.subscriptions) {
    const { who, to } = parseSubscription(text);
    for (const name of [who, to]) check(name, `subscription "${text}"`);
  }
}

function fateOf(running: ReadonlyMap<string, Instance>, desired: GraphDocument, name: string): Fate {
  const now = running.get(name);
  const { type, config } = desired.blocks[name];
  if (!now) return 'new';
  if (now.type.kind !== type) return 'again';
  const parsed = parseConfig(now.type.config, config, `${name} (${type})`);
  if (isDeepStrictEqual(parsed, now.parsedConfig)) return 'same';
  return now.block.configure ? 'changed' : 'again';
}

function optionChanges(now: Instance, config: Record<string, unknown>): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const key of Object.keys(now.config)) if (!Object.hasOwn(config, key)) options[key] = null;
  for (const [key, value] of Object.entries(config)) {
    if (!isDeepStrictEqual(value, now.config[key])) options[key] = value;
  }
  return options;
}

/** Gives every binding its ports: those that it has now if they are free to it, else the next free ones. */
function desiredEdges(
  engine: Engine,
  desired: GraphDocument,
  before: ReadonlyMap<string, Edge>,
  taken: ReadonlyMap<string, boolean>,
): Map<string, Edge> {
  const edges = new Map<string, Edge>();
  const typeOf = (name: string): BlockClass => engine.builder.find(desired.blocks[name].type);
  const claim = (from: string, port: string, to: string) => {
    const key = `${from}:${port}`;
    const other = edges.get(key);
    if (other && other.to !== to) {
      throw new QuipuError(
        'port-bound',
        `port ${port} of ${from} is bound twice: to ${other.to} and to ${to}`,
      );
    }
    edges.set(key, { from, port, to });
  };
  const stacked: { upper: string; lower: string }[] = [];
  for (const text of new Set(desired.bindings)) {
    const binding = parseBinding(text);
    if ('upper' in binding) {
      stacked.push(binding);
      continue;
    }
    const spec = typeOf(binding.from).ports;
    const number = portNumber(spec, binding.port);
    if (number < 0)
      throw new QuipuError(
        'unknown-port',
        `binding "${text}": ${binding.from} has no port "${binding.port}"`,
      );
    claim(binding.from, portName(spec, number), binding.to);
  }
  const waiting = stacked.filter(({ upper, lower }) => {
    const now = [...before.values()].find(
      (edge) =>
        edge.from === lower &&
        edge.to === upper &&
        edge.port.startsWith('ingress') &&
        !edges.has(`${lower}:${edge.port}`),
    );
    if (now) claim(lower, now.port, upper);
    return !now;
  });
  for (const { upper, lower } of waiting) {
    const isFree = (port: string) => !edges.has(`${lower}:${port}`) && !taken.has(`${lower}:${port}`);
    claim(lower, freeIngress(lower, typeOf(lower), isFree), upper);
  }
  for (const { upper, lower } of stacked) {
    if (typeOf(upper).ports.egress > 0 && !edges.has(`${upper}:egress`)) claim(upper, 'egress', lower);
  }
  return edges;
}

function freeIngress(lower: string, type: BlockClass, isFree: (port: string) => boolean): string {
  for (let i = 0; i < type.ports.ingress; i++) {
    const port = portName(type.ports, 2 * i);
    if (isFree(port)) return port;
  }
  throw new QuipuError(
    'no-free-port',
    `nothing more can sit on ${lower} (${type.kind}): it has ${type.ports.ingress} ingress ports`,
  );
}

function explicitSubscriptions(running: ReadonlyMap<string, Instance>): string[] {
  const texts: string[] = [];
  for (const instance of running.values()) {
    for (const target of instance.targets()) {
      if (instance.subscriptions.get(target)?.explicit && isDescribed(target))
        texts.push(`${instance.name} to ${target.name}`);
    }
  }
  return texts;
}
