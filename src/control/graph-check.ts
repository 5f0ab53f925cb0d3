import type { z } from 'zod';
import type { BlockClass } from '../contract/block.js';
import { QuipuError } from '../contract/error.js';
import { didYouMean, missingText, rangeText, unknownFirst, valueAt } from '../engine/config-faults.js';
import { checkName } from '../engine/registry.js';
import {
  APPLICATION_TYPES,
  type GraphDocument,
  graphDocumentSchema,
  parseBinding,
  parseSubscription,
} from './graph-document.js';
import { jsonSchemaOf, knownKeys } from './graph-schema.js';

/** What the readers of graphs have to know of a block type. */
export type GraphKind = Pick<BlockClass, 'config' | 'ports' | 'mainOption'> & {
  readonly mode?: BlockClass['mode'];
};

/** Block types by their names. */
export type GraphKinds = ReadonlyMap<string, GraphKind>;

export function kindsOf(types: readonly BlockClass[]): GraphKinds {
  return new Map(types.map((type) => [type.kind, type]));
}

/** Where the parts of a graph stand in the text that it was read from, as offsets into it. */
export interface Places {
  /** Where the value at this path of the document stands; where it is missing, the nearest part around it. */
  ofValue(path: readonly PropertyKey[]): number;
  /** Where the key stands in the map at this path. */
  ofKey(path: readonly PropertyKey[], key: string): number;
  /** What the text calls the part at this path. */
  label(path: readonly PropertyKey[]): string;
  /** One fault for people: `file:line:column: message`, and whatever helps to find it. */
  tell(offset: number, message: string): string;
}

/** Something wrong with a text, and the offset at which it stands. */
export interface Fault {
  readonly at: number;
  readonly message: string;
}

/** Faults told at once. */
export const MOST_FAULTS = 10;

/** Checks a document read from a text. Throws QuipuError bad-config that tells each fault with its place. */
export function checkGraph(value: unknown, places: Places, kinds: GraphKinds): GraphDocument {
  const parsed = graphDocumentSchema.safeParse(value);
  if (!parsed.success) {
    const schema = graphDocumentSchema;
    failWith(
      unknownFirst(parsed.error.issues).flatMap((issue) => faultsOf(issue, [], value, schema, places)),
      places,
    );
  }
  const graph = parsed.data;
  const found: Fault[] = [];
  for (const [name, block] of Object.entries(graph.blocks)) {
    try {
      checkName(name);
    } catch (error) {
      if (!(error instanceof QuipuError)) throw error;
      found.push({ at: places.ofKey(['blocks'], name), message: error.message });
    }
    found.push(...configFaults(name, block, places, kinds));
  }
  found.push(...nameFaults(graph, places));
  if (found.length > 0) failWith(found, places);
  return graph;
}

/** Throws the QuipuError that tells the faults, but not a flood of them. */
export function failWith(faults: readonly Fault[], places: Places): never {
  const told = faults.slice(0, MOST_FAULTS).map(({ at, message }) => places.tell(at, message));
  const more = faults.length - MOST_FAULTS;
  throw new QuipuError('bad-config', [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'));
}

function configFaults(
  name: string,
  { type, config }: GraphDocument['blocks'][string],
  places: Places,
  kinds: GraphKinds,
): Fault[] {
  const typePath = ['blocks', name, 'type'];
  const at = places.ofValue(typePath);
  if (APPLICATION_TYPES.has(type)) {
    const message = `blocks of type ${type} are made by applications that open sockets; leave ${name} out`;
    return [{ at, message }];
  }
  const kind = kinds.get(type);
  if (!kind) {
    const known = [...kinds.keys()].join(', ');
    return [{ at, message: `${places.label(typePath)} is ${show(type)}, no block type; there are ${known}` }];
  }
  const parsed = kind.config.safeParse(config);
  if (parsed.success) return [];
  const path = ['blocks', name, 'config'];
  return unknownFirst(parsed.error.issues).flatMap((issue) =>
    faultsOf(issue, path, config, kind.config, places),
  );
}

/** Bindings and subscriptions of blocks that the file does not have. */
function nameFaults(graph: GraphDocument, places: Places): Fault[] {
  const missing = (path: PropertyKey[], text: string, names: readonly string[]) =>
    names
      .filter((name) => !Object.hasOwn(graph.blocks, name))
      .map((name) => ({
        at: places.ofValue(path),
        message: `"${text}": there is no block ${show(name)} under blocks; add it or mend the name`,
      }));
  return [
    ...graph.bindings.flatMap((text, i) => {
      const binding = parseBinding(text);
      return missing(
        ['bindings', i],
        text,
        'upper' in binding ? [binding.upper, binding.lower] : [binding.from, binding.to],
      );
    }),
    ...graph.subscriptions.flatMap((text, i) => {
      const { who, to } = parseSubscription(text);
      return missing(['subscriptions', i], text, [who, to]);
    }),
  ];
}

/** What there is to tell of one issue of zod; `within` is the path of `value`, to which the issue's own path is relative. */
export function faultsOf(
  issue: z.core.$ZodIssue,
  within: readonly PropertyKey[],
  value: unknown,
  schema: z.ZodType,
  places: Places,
): Fault[] {
  const path = [...within, ...issue.path];
  const label = places.label(path);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(jsonSchemaOf(schema), issue.path);
    const remedy = known.length > 0 ? `the keys here are ${known.join(', ')}` : 'there are no keys here';
    return issue.keys.map((key) => ({
      at: places.ofKey(path, key),
      message: `unknown key ${places.label([...path, key])}${didYouMean(key, known)}; ${remedy}`,
    }));
  }
  const given = valueAt(value, issue.path);
  const at = places.ofValue(path);
  const range = rangeText(issue, given);
  if (range !== null) return [{ at, message: `${label}: ${range}` }];
  const what = given === undefined ? `${label} is missing` : `${label || 'the file'} is ${show(given)}`;
  return [{ at, message: `${what}: ${missingText(issue, given, schema) ?? sentence(issue.message)}` }];
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** zod and yaml begin their messages as sentences of their own; what was found is told already. */
export function sentence(message: string): string {
  const line = message
    .replace(/\s+/g, ' ')
    .replace(/^Invalid input: /, '')
    .replace(/, received \S+$/, '')
    .replace('expected record', 'expected a map');
  return line.charAt(0).toLowerCase() + line.slice(1);
}
