import type { JsonSchema } from './graph-schema.js';

/** Numbers of YAML 1.2 (core schema), infinities left out. */
const NUMBER = /^[-+]?(\d+|0x[0-9a-fA-F]+|0o[0-7]+|(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)$/;

/** A value without quotes: of a type that is taken if it can be, else as YAML has it. */
export function scalar(text: string, takes: ReadonlySet<string>): unknown {
  const number = NUMBER.test(text) ? Number(text.replace(/^\+/, '')) : Number.NaN;
  if (Number.isFinite(number) && takes.has('number')) return number;
  if ((text === 'true' || text === 'false') && takes.has('boolean')) return text === 'true';
  if ((text === 'null' || text === '~') && takes.has('null')) return null;
  if (takes.has('string')) return text;
  if (Number.isFinite(number)) return number;
  if (text === 'true' || text === 'false') return text === 'true';
  return text === 'null' || text === '~' ? null : text;
}

const ALL = ['string', 'number', 'boolean', 'null', 'array', 'object'];

/** Types of JSON that a schema takes. */
export function typesTaken(schema: JsonSchema): ReadonlySet<string> {
  const branches = branchesOf(schema);
  if (branches.length > 0) return new Set(branches.flatMap((branch) => [...typesTaken(branch)]));
  const { type, enum: values } = schema;
  if (type !== undefined)
    return new Set([type].flat().map((one) => (one === 'integer' ? 'number' : String(one))));
  if ('const' in schema) return new Set([typeOf(schema.const)]);
  return new Set(Array.isArray(values) ? values.map(typeOf) : ALL);
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

function branchesOf(schema: JsonSchema): JsonSchema[] {
  const { anyOf, oneOf } = schema;
  return [anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? (list as JsonSchema[]) : []));
}

/** The schema of a part; one that takes anything where it is not described. */
export function below(schema: JsonSchema, step: string | number): JsonSchema {
  const found = [schema, ...branchesOf(schema)].flatMap((one) => {
    const { additionalProperties: more } = one;
    const part =
      typeof step === 'number'
        ? one.items
        : ((Object.hasOwn(one.properties ?? {}, step) ? one.properties?.[step] : undefined) ??
          (typeof more === 'object' ? more : undefined));
    return part === undefined ? [] : [part];
  });
  return found.length === 0 ? {} : found.length === 1 ? found[0] : { anyOf: found };
}
