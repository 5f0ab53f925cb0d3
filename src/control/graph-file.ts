import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { QuipuError } from '../contract/error.js';
import { checkName } from '../engine/registry.js';
import {
  APPLICATION_TYPES,
  type DesiredGraph,
  desiredGraphSchema,
  parseBinding,
  parseSubscription,
} from './graph-document.js';
import { type ConfigSchemas, type JsonSchema, jsonSchemaOf, knownKeys } from './graph-schema.js';
import { YamlPlaces } from './yaml-place.js';

/** Faults told at once. */
const MOST_FAULTS = 10;

/**
 * Reads the file of `quipu apply`: YAML, of which JSON is a part. `schemas` are those of the block types; with them,
 * types and options are checked too. Throws QuipuError bad-config, one line `file:line:column: …` for each fault.
 */
export function parseGraphFile(text: string, fileName: string, schemas?: ConfigSchemas): DesiredGraph {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    const places = new YamlPlaces(document, lines, fileName);
    const broken = [...document.errors, ...document.warnings];
    if (broken.length > 0)
      fail(broken.map((error) => `${places.at(error.pos[0])}: ${sentence(error.message)}`));
    const value: unknown = document.contents === null ? {} : document.toJS({ maxAliasCount: 100 });
    return check(value, places, schemas);
  } catch (error) {
    if (error instanceof QuipuError) throw error;
    // The YAML parser's own limits: aliases that multiply, or more nesting than the stack holds.
    throw new QuipuError(
      'bad-config',
      `${fileName}:1:1: cannot be read: ${sentence((error as Error).message)}`,
    );
  }
}

function check(value: unknown, places: YamlPlaces, schemas: ConfigSchemas | undefined): DesiredGraph {
  const parsed = desiredGraphSchema.safeParse(value);
  if (!parsed.success) {
    const schema = jsonSchemaOf(desiredGraphSchema);
    fail(parsed.error.issues.flatMap((issue) => faults(issue, [], value, schema, places)));
  }
  const graph = parsed.data;
  const found: string[] = [];
  for (const [name, block] of Object.entries(graph.blocks)) {
    try {
      checkName(name);
    } catch (error) {
      if (!(error instanceof QuipuError)) throw error;
      found.push(`${places.ofKey(['blocks'], name)}: ${error.message}`);
    }
    if (schemas) found.push(...configFaults(name, block, places, schemas));
  }
  found.push(...nameFaults(graph, places));
  if (found.length > 0) fail(found);
  return graph;
}

function configFaults(
  name: string,
  { type, config }: DesiredGraph['blocks'][string],
  places: YamlPlaces,
  schemas: ConfigSchemas,
): string[] {
  const at = places.ofValue(['blocks', name, 'type']);
  if (APPLICATION_TYPES.has(type)) {
    return [`${at}: blocks of type ${type} are made by applications that open sockets; leave ${name} out`];
  }
  const schema = schemas.get(type);
  if (!schema)
    return [
      `${at}: blocks.${name}.type is ${show(type)}, no block type; there are ${[...schemas.keys()].join(', ')}`,
    ];
  const parsed = schema.safeParse(config);
  if (parsed.success) return [];
  const path = ['blocks', name, 'config'];
  return parsed.error.issues.flatMap((issue) => faults(issue, path, config, jsonSchemaOf(schema), places));
}

/** Bindings and subscriptions of blocks that the file does not have. */
function nameFaults(graph: DesiredGraph, places: YamlPlaces): string[] {
  const missing = (path: PropertyKey[], text: string, names: readonly string[]) =>
    names
      .filter((name) => !Object.hasOwn(graph.blocks, name))
      .map(
        (name) =>
          `${places.ofValue(path)}: "${text}": there is no block ${show(name)} under blocks; add it or mend the name`,
      );
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

/** Lines about one issue of zod; `within` is the path of `value`, to which the issue's own path is relative. */
function faults(
  issue: z.core.$ZodIssue,
  within: readonly PropertyKey[],
  value: unknown,
  schema: JsonSchema,
  places: YamlPlaces,
): string[] {
  const path = [...within, ...issue.path];
  const dotted = path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path);
    const remedy = known.length > 0 ? `the keys here are ${known.join(', ')}` : 'there are no keys here';
    return issue.keys.map(
      (key) => `${places.ofKey(path, key)}: unknown key ${[...path, key].map(String).join('.')}; ${remedy}`,
    );
  }
  const given = issue.path.reduce<unknown>(
    (at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step],
    value,
  );
  if (given === undefined)
    return [`${places.ofValue(path)}: ${dotted} is missing: ${sentence(issue.message)}`];
  return [
    `${places.ofValue(path)}: ${dotted === '' ? 'the file' : dotted} is ${show(given)}: ${sentence(issue.message)}`,
  ];
}

function fail(lines: readonly string[]): never {
  const more = lines.length - MOST_FAULTS;
  const shown = more > 0 ? [...lines.slice(0, MOST_FAULTS), `and ${more} more`] : lines;
  throw new QuipuError('bad-config', shown.join('\n'));
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** zod and yaml begin their messages as sentences of their own; what was found is told already. */
function sentence(message: string): string {
  const line = message
    .replace(/\s+/g, ' ')
    .replace(/^Invalid input: /, '')
    .replace(/, received \S+$/, '')
    .replace('expected record', 'expected a map');
  return line.charAt(0).toLowerCase() + line.slice(1);
}
