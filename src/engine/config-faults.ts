import { nearest } from './nearest.js';

/** What zod finds wrong, as far as it is told on. */
export interface ConfigIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** With `unrecognized_keys`. */
  readonly keys?: readonly string[];
  /** With `too_big` and `too_small`: the limit, and whether the limit itself is allowed. */
  readonly maximum?: number | bigint;
  readonly minimum?: number | bigint;
  readonly inclusive?: boolean | undefined;
}

/** Issues that zod has where an option is not given at all. */
const ABSENCE: ReadonlySet<string | undefined> = new Set(['invalid_type', 'invalid_union', 'invalid_value']);

/** Unknown options first: a misspelt one is why another is missing. */
export function unknownFirst<T extends ConfigIssue>(issues: readonly T[]): T[] {
  const isUnknown = ({ code }: ConfigIssue) => code === 'unrecognized_keys';
  return [...issues.filter(isUnknown), ...issues.filter((issue) => !isUnknown(issue))];
}

/** The value at a path, undefined where there is none. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, step) => (at as Record<PropertyKey, unknown> | null | undefined)?.[step],
    value,
  );
}

/** What a schema says of the option that an issue finds missing; null when it is another issue, or nothing is said. */
export function missingText(issue: ConfigIssue, given: unknown, schema: unknown): string | null {
  if (given !== undefined || issue.path.length === 0 || !ABSENCE.has(issue.code)) return null;
  let at: unknown = schema;
  for (const step of issue.path) {
    const { shape } = (at ?? {}) as { readonly shape?: Readonly<Record<PropertyKey, unknown>> };
    at = shape !== undefined && Object.hasOwn(shape, step) ? shape[step] : undefined;
  }
  return (at as { readonly description?: string } | undefined)?.description ?? null;
}

/** `2 is more than 1`, for a number out of its range; null for every other issue. */
export function rangeText({ code, maximum, minimum, inclusive }: ConfigIssue, given: unknown): string | null {
  if (typeof given !== 'number') return null;
  if (code === 'too_big') return `${given} is ${inclusive ? 'more than' : 'not less than'} ${maximum}`;
  if (code === 'too_small') return `${given} is ${inclusive ? 'less than' : 'not more than'} ${minimum}`;
  return null;
}

/** ` (did you mean rate?)` behind a word that is not known; empty when no known one is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === null ? '' : ` (did you mean ${near}?)`;
}
