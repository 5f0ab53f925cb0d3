import { z } from 'zod';
import { graphDocumentSchema } from './graph-document.js';

/** Schema of each block type's configuration, by type. */
export type ConfigSchemas = ReadonlyMap<string, z.ZodType>;

export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly [keyword: string]: unknown;
}

/** The JSON Schema of the file of `quipu apply`, each block's `config` described by its type: for editors. */
export function graphSchema(schemas: ConfigSchemas): JsonSchema {
  const whole = jsonSchemaOf(graphDocumentSchema);
  const blocks = whole.properties?.blocks ?? {};
  const block = blocks.additionalProperties as JsonSchema;
  const types = [...schemas].map(([type, schema]) => {
    const { $schema: _, ...config } = jsonSchemaOf(schema);
    const needsConfig = Array.isArray(config.required) ? ['config'] : [];
    return {
      ...block,
      title: type,
      properties: { type: { ...block.properties?.type, const: type }, config },
      required: ['type', ...needsConfig],
    };
  });
  return {
    ...whole,
    title: 'A graph of functional blocks, for "quipu apply"',
    properties: {
      ...whole.properties,
      blocks: {
        ...blocks,
        additionalProperties: { anyOf: types },
      },
    },
  };
}

/** Schemas do not change, and a graph of many blocks asks for the same few. */
const made = new WeakMap<z.ZodType, JsonSchema>();

/** What a schema takes (defaults left out), as JSON Schema. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const known = made.get(schema) ?? (z.toJSONSchema(schema, { io: 'input' }) as JsonSchema);
  made.set(schema, known);
  return known;
}

/** Keys that an object at this place may have; empty when any will do. */
export function knownKeys(schema: JsonSchema, path: readonly PropertyKey[]): string[] {
  let at: JsonSchema | undefined = schema;
  for (const step of path) {
    const more: boolean | JsonSchema | undefined = at?.additionalProperties;
    const other: JsonSchema | undefined = typeof more === 'object' ? more : undefined;
    at = typeof step === 'number' ? at?.items : (at?.properties?.[String(step)] ?? other);
  }
  // Of several forms, those that are objects have them.
  const forms: (JsonSchema | undefined)[] = [at, ...(at?.anyOf ?? [])];
  return [...new Set(forms.flatMap((form) => Object.keys(form?.properties ?? {})))];
}
