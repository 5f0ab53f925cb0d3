import { portName } from '../contract/port.js';
import { type DropLine, dropLines, type Totals } from '../engine/accounts.js';
import type { Engine } from '../engine/engine.js';
import type { Instance } from '../engine/instance.js';
import { fusedParts, runsOf } from './fusion-view.js';

/** One row of `fbctl list`: the columns of the seed's /proc/net/lana/fblocks (004 C.3). */
export interface BlockRow {
  readonly name: string;
  readonly type: string;
  readonly idp: number;
  readonly references: number;
  /** IDPs of the blocks that it is bound or subscribed to, the latest first. */
  readonly bound: readonly number[];
}

export interface EdgeView {
  readonly port: string;
  readonly to: string;
  readonly idp: number;
}

export interface LinkView {
  readonly kind: string;
  readonly target: string;
  readonly state: string;
  /** Hardware address, absent when the link has none. */
  readonly address?: string;
  readonly framesIn: number;
  readonly bytesIn: number;
  readonly framesOut: number;
  readonly bytesOut: number;
  readonly waiting: number;
  readonly lastError?: string;
}

export interface BlockView extends BlockRow {
  readonly summary: string;
  readonly mode: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly counters: Readonly<Record<string, number>>;
  readonly counterTexts: Readonly<Record<string, string>>;
  readonly drops: readonly DropLine[];
  readonly edges: readonly EdgeView[];
  readonly subscribers: readonly string[];
  readonly subscriptions: readonly string[];
  readonly events: { readonly count: number; readonly recent: readonly unknown[] };
  readonly links: readonly LinkView[];
  readonly held: number;
  /** What the block tells of itself beyond its counters; absent when it tells nothing, and where several engines do. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What each engine has of it, where there are several. */
  readonly engines?: readonly BlockShare[];
  /** Which engine runs it. */
  readonly engine: 'fused' | 'dispatch';
  readonly engineWhy: string;
}

/** The part of a block that is in one engine. One that is shared is in the first; `details` tell what crossed over to it. */
export interface BlockShare {
  readonly engine: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly drops: readonly DropLine[];
  readonly links: readonly LinkView[];
  readonly held: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface EngineView {
  readonly engine: number;
  readonly frames: number;
  readonly bytes: number;
  readonly invocations: number;
  readonly backlog: number;
  /** Frames that came over from other engines, and went over to them; absent where there are none. */
  readonly crossedIn?: number;
  readonly crossedOut?: number;
}

export interface NodeStatus {
  readonly totals: Totals & { readonly held: number };
  readonly drops: readonly DropLine[];
  readonly engines: readonly EngineView[];
  readonly pool: { readonly size: number; readonly free: number; readonly slotBytes: number };
  readonly blocks: number;
  /** Seconds left to confirm the last change; absent when none waits. */
  readonly confirmWithin?: number;
}

export interface TypeView {
  readonly type: string;
  readonly summary: string;
  readonly mode: string;
  readonly ports: { readonly ingress: number; readonly egress: number; readonly group?: string };
  readonly counters: Readonly<Record<string, string>>;
  readonly drops: Readonly<Record<string, string>>;
}

export function rowOf(instance: Instance): BlockRow {
  const bound = instance
    .targets()
    .map((other) => other.idp)
    .reverse();
  return {
    name: instance.name,
    type: instance.type.kind,
    idp: instance.idp,
    references: instance.references,
    bound,
  };
}

export function listBlocks(engine: Engine): BlockRow[] {
  return engine.registry.all().map(rowOf);
}

export function edgesOf(engine: Engine, instance: Instance): EdgeView[] {
  const edges: EdgeView[] = [];
  instance.ports.forEach((idp, port) => {
    if (idp === 0) return;
    const to = engine.registry.byIdp(idp)?.name ?? '?';
    edges.push({ port: portName(instance.type.ports, port), to, idp });
  });
  return edges;
}

export function countersOf(instance: Instance): Record<string, number> {
  const block = instance.block as unknown as Record<string, number>;
  return Object.fromEntries(Object.keys(instance.type.counters).map((name) => [name, block[name]]));
}

/** `parts`: where blocks are fused; for many blocks it is worked out once. */
export function showBlock(engine: Engine, instance: Instance, parts = fusedParts(engine)): BlockView {
  for (const joint of instance.joints) joint.collectLosses();
  return {
    ...rowOf(instance),
    summary: instance.type.summary,
    mode: instance.type.mode,
    config: instance.config,
    counters: countersOf(instance),
    counterTexts: instance.type.counters,
    drops: dropLines(instance),
    edges: edgesOf(engine, instance),
    subscribers: instance.listeners().map((other) => other.name),
    subscriptions: instance.targets().map((other) => other.name),
    events: { count: instance.eventCount, recent: instance.recentEvents },
    links: instance.joints.map((joint) => ({
      kind: joint.link.kind,
      target: joint.link.target,
      state: joint.link.state(),
      ...(joint.link.address === null ? {} : { address: macText(joint.link.address) }),
      framesIn: joint.framesIn,
      bytesIn: joint.bytesIn,
      framesOut: joint.framesOut,
      bytesOut: joint.bytesOut,
      waiting: joint.waiting,
      ...(joint.link.lastError === '' ? {} : { lastError: joint.link.lastError }),
    })),
    held: instance.block.held?.() ?? 0,
    ...(instance.block.details ? { details: instance.block.details() } : {}),
    ...runsOf(engine, instance, parts),
  };
}

export function statusOf(engine: Engine): NodeStatus {
  const totals = engine.totals();
  const { frames, bytes, invocations } = totals;
  const { number, count, crossedIn, crossedOut } = engine.exchange;
  return {
    totals: { ...totals, held: engine.held() },
    drops: engine.drops(),
    engines: [
      {
        engine: number,
        frames,
        bytes,
        invocations,
        backlog: engine.dispatch.backlog.length,
        ...(count > 1 ? { crossedIn, crossedOut } : {}),
      },
    ],
    pool: {
      size: engine.pool.size,
      free: engine.pool.free,
      slotBytes: engine.pool.headroom + engine.pool.maxLength,
    },
    blocks: engine.registry.all().length,
  };
}

export function listTypes(engine: Engine): TypeView[] {
  return engine.builder.all().map((type) => ({
    type: type.kind,
    summary: type.summary,
    mode: type.mode,
    ports: {
      ingress: type.ports.ingress,
      egress: type.ports.egress,
      ...(type.ports.group ? { group: `${type.ports.group.name}0-${type.ports.group.count - 1}` } : {}),
    },
    counters: type.counters,
    drops: type.drops,
  }));
}

/** A hardware address as it is written. */
export function macText(address: Uint8Array): string {
  return Array.from(address, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
