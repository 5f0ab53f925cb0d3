import { z } from 'zod';
import type { Engine } from '../engine/engine.js';
import type { Instance } from '../engine/instance.js';
import { noProtoKey } from './open-keys.js';
import { edgesOf } from './views.js';

/** Types whose blocks belong to applications: a desired graph neither names nor touches them. */
export const APPLICATION_TYPES: ReadonlySet<string> = new Set(['socket']);

const BLOCK = '[A-Za-z0-9_][A-Za-z0-9_.-]*';
const ON = new RegExp(`^(${BLOCK}) on (${BLOCK})$`);
const EDGE = new RegExp(`^(${BLOCK}):([a-z][a-z0-9-]*) -> (${BLOCK})$`);
const SUBSCRIPTION = new RegExp(`^(${BLOCK}) to (${BLOCK})$`);

const documentSchema = z.strictObject({
  quipu: z.literal(1).optional().describe('version of this format'),
  blocks: z
    .record(
      z.string(),
      z.strictObject({
        type: z.string().describe('a block type, as in "fbctl add NAME TYPE"'),
        config: z.record(z.string(), z.unknown()).default({}).describe('options of that type'),
      }),
    )
    .default({})
    .describe('blocks by name'),
  bindings: z
    .array(
      z.union([z.string().regex(ON), z.string().regex(EDGE)], {
        error: 'write "UPPER on LOWER", or "BLOCK:PORT -> BLOCK" for a single edge',
      }),
    )
    .default([])
    .describe('"UPPER on LOWER" as in "fbctl bind", or "BLOCK:PORT -> BLOCK" for a single edge'),
  subscriptions: z
    .array(z.string().regex(SUBSCRIPTION, 'write "BLOCK to BLOCK"'))
    .default([])
    .describe('"WHO to WHOM" for events beyond those of bound blocks'),
});

/** Longest chain text that a request may bring, in characters. */
const MAX_TEXT = 1 << 20;
const textSchema = z.string().max(MAX_TEXT);

/** A graph as a document: what YAML and JSON files of `quipu apply` hold. */
export const graphDocumentSchema = noProtoKey(documentSchema);

export type GraphDocument = z.infer<typeof graphDocumentSchema>;

/** The graph that somebody wants: a document, or chain text (docs/graph-text.md), whose names the node's types explain. */
export type DesiredGraph = GraphDocument | string;

/** Of either form; faults are told as those of the form that was meant. */
export const desiredGraphSchema = z.unknown().transform((given, context) => {
  const parsed = (typeof given === 'string' ? textSchema : graphDocumentSchema).safeParse(given);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues)
    context.issues.push({ code: 'custom', path, message, input: given });
  return z.NEVER;
}) as unknown as z.ZodType<DesiredGraph, string | z.input<typeof graphDocumentSchema>>;

export interface Edge {
  readonly from: string;
  readonly port: string;
  readonly to: string;
}

/** A binding of the document, taken apart. */
export type Binding = { readonly upper: string; readonly lower: string } | Edge;

export function parseBinding(text: string): Binding {
  const edge = EDGE.exec(text);
  if (edge) return { from: edge[1], port: edge[2], to: edge[3] };
  const on = ON.exec(text);
  if (!on) throw new Error(`not a binding: ${text}`);
  return { upper: on[1], lower: on[2] };
}

export function parseSubscription(text: string): { who: string; to: string } {
  const match = SUBSCRIPTION.exec(text);
  if (!match) throw new Error(`not a subscription: ${text}`);
  return { who: match[1], to: match[2] };
}

/** The running graph as a document that, applied again, changes nothing. */
export function exportGraph(engine: Engine): GraphDocument {
  const mine = engine.registry.all().filter(isDescribed);
  const blocks: GraphDocument['blocks'] = {};
  const bindings: string[] = [];
  const subscriptions: string[] = [];
  for (const instance of mine) {
    blocks[instance.name] = { type: instance.type.kind, config: instance.config };
    for (const edge of edgesOf(engine, instance)) {
      if (isDescribed(engine.registry.byIdp(edge.idp)))
        bindings.push(`${instance.name}:${edge.port} -> ${edge.to}`);
    }
    for (const target of instance.targets()) {
      if (instance.subscriptions.get(target)?.explicit && isDescribed(target))
        subscriptions.push(`${instance.name} to ${target.name}`);
    }
  }
  return { quipu: 1, blocks, bindings, subscriptions };
}

/** Whether a document speaks of this block: not of an application's, nor of one that has lost its name. */
export function isDescribed(instance: Instance | undefined): boolean {
  return instance?.registered === true && !APPLICATION_TYPES.has(instance.type.kind);
}
