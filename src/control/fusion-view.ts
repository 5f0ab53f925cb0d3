import type { Engine } from '../engine/engine.js';
import type { Entry } from '../engine/fused/entry.js';
import type { FusedSource } from '../engine/fused/fuse.js';
import type { Instance } from '../engine/instance.js';

/** How frames that enter at one place are run. */
export interface EntryView {
  readonly block: string;
  readonly direction: 'ingress' | 'egress';
  readonly runs: 'fused' | 'dispatch';
  /** Why it is dispatched; of a fused one, which blocks are called and not inlined. May be empty. */
  readonly why: string;
  /** Blocks in the function. */
  readonly blocks: readonly string[];
  /** Frames that have entered here since the graph last changed. */
  readonly frames: number;
  readonly source?: string;
}

export interface FusionView {
  readonly engines: readonly { readonly engine: number; readonly entries: readonly EntryView[] }[];
}

/** Every place where frames have entered since the graph last changed, and every link. */
export function fusionOf(engine: Engine, withSource: boolean): FusionView {
  return {
    engines: [
      {
        engine: engine.exchange.number,
        entries: entriesOf(engine).map((one) => entryView(engine, one, withSource)),
      },
    ],
  };
}

/** Of every block in a fused function, the places for which it was inlined, and those for which it is called. */
export type FusedParts = ReadonlyMap<Instance, { readonly inlined: string[]; readonly called: string[] }>;

export function fusedParts(engine: Engine): FusedParts {
  const found = new Map<Instance, { inlined: string[]; called: string[] }>();
  for (const entry of entriesOf(engine)) {
    const place = placeOf(entry);
    for (const source of sourcesOf(entry)) {
      for (const [instance, part] of source.parts) {
        const places = found.get(instance) ?? { inlined: [], called: [] };
        found.set(instance, places);
        if (!places[part].includes(place)) places[part].push(place);
      }
    }
  }
  return found;
}

/** Which engine runs a block, and why. */
export function runsOf(
  engine: Engine,
  instance: Instance,
  parts: FusedParts,
): { engine: 'fused' | 'dispatch'; engineWhy: string } {
  const why = watched(engine);
  if (why !== '') return { engine: 'dispatch', engineWhy: why };
  const { inlined = [], called = [] } = parts.get(instance) ?? {};
  if (inlined.length > 0)
    return { engine: 'fused', engineWhy: `inlined where frames enter ${list(inlined)}` };
  if (called.length > 0) {
    const reason = engine.dispatch.fusion.whyCalled(instance);
    return { engine: 'fused', engineWhy: `called from the function for ${list(called)}: ${reason}` };
  }
  return { engine: 'dispatch', engineWhy: coldWhy(engine, instance) };
}

function coldWhy(engine: Engine, instance: Instance): string {
  if (!engine.dispatch.fusion.enabled) return 'fusing is turned off';
  const refusal = instance.entries.map((entry) => entry.refusal).find((text) => text !== '');
  if (refusal) return refusal;
  return `cold: no place that leads here has had ${engine.dispatch.fusion.warmFrames} frames since the graph last changed`;
}

function entriesOf(engine: Engine): Entry[] {
  const { fusion } = engine.dispatch;
  const links = new Set(engine.joints().map((joint) => fusion.entry(joint.instance, joint.direction)));
  const all = engine.registry
    .all()
    .flatMap((instance) => [fusion.entry(instance, 0), fusion.entry(instance, 1)]);
  return all.filter((entry) => links.has(entry) || framesOf(entry) > 0);
}

function framesOf(entry: Entry): number {
  return entry.batchFrames + entry.singleFrames;
}

function sourcesOf(entry: Entry): FusedSource[] {
  return [entry.batchSource, entry.singleSource].filter((source) => source !== null);
}

function placeOf({ instance, direction }: Entry): string {
  return `${instance.name} (${direction === 0 ? 'ingress' : 'egress'})`;
}

function entryView(engine: Engine, entry: Entry, withSource: boolean): EntryView {
  const sources = sourcesOf(entry);
  const dispatched = whyDispatched(engine, entry);
  const blocks = new Set(sources.flatMap((source) => [...source.parts.keys()]));
  const text = sources.map((source) => source.text).join('\n\n');
  return {
    block: entry.instance.name,
    direction: entry.direction === 0 ? 'ingress' : 'egress',
    runs: dispatched === '' ? 'fused' : 'dispatch',
    why: dispatched === '' ? whyCalled(engine, sources) : dispatched,
    blocks: [...blocks].map((instance) => instance.name),
    frames: framesOf(entry),
    ...(withSource && text !== '' ? { source: text } : {}),
  };
}

function watched(engine: Engine): string {
  return engine.dispatch.observer === null ? '' : 'a tap or a trace looks at every frame';
}

function whyDispatched(engine: Engine, entry: Entry): string {
  const { fusion } = engine.dispatch;
  if (!fusion.enabled) return 'fusing is turned off';
  if (entry.refusal !== '') return entry.refusal;
  const why = watched(engine);
  if (why !== '') return why;
  if (entry.batch !== null || entry.single !== null) return '';
  return `cold: ${framesOf(entry)} of ${fusion.warmFrames} frames since the graph last changed`;
}

function whyCalled(engine: Engine, sources: readonly FusedSource[]): string {
  const called = new Map<string, string[]>();
  for (const { parts } of sources) {
    for (const [instance, part] of parts) {
      if (part !== 'called') continue;
      const reason = engine.dispatch.fusion.whyCalled(instance);
      called.set(reason, [...new Set([...(called.get(reason) ?? []), instance.name])]);
    }
  }
  return [...called].map(([reason, names]) => `calls ${list(names)}: ${reason}`).join('; ');
}

function list(names: readonly string[]): string {
  return names.join(', ');
}
