import { exportGraph } from '../control/graph-document.js';
import { showBlock } from '../control/views.js';
import type { Engine } from '../engine/engine.js';

/** Everything of a graph that a transaction which fails must leave as it was, as plain data. */
export function snapshot(engine: Engine): unknown {
  const { registry, lifecycle } = engine;
  return structuredClone({
    blocks: registry.all().map((instance) => ({
      ...showBlock(engine, instance),
      parsedConfig: instance.parsedConfig,
      incoming: instance.incoming,
      ports: [...instance.ports],
      subscriptionEntries: instance.targets().map((to) => [to.name, { ...instance.subscriptions.get(to) }]),
    })),
    graph: exportGraph(engine),
    idps: registry.table.flatMap((instance, idp) => (instance ? [[idp, instance.name]] : [])),
    active: [...lifecycle.active].map((instance) => instance.name).sort(),
    lingering: [...lifecycle.lingering].map((instance) => [instance.name, instance.references]).sort(),
    leaving: lifecycle.leaving.size,
    totals: engine.totals(),
    drops: engine.drops(),
    held: engine.held(),
    events: engine.notifier.waiting,
    free: engine.pool.free,
  });
}
