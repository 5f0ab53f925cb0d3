import { z } from 'zod';

/**
 * zod leaves out a key named `__proto__` without a word; with this around a schema it is refused at any depth, so
 * that nothing a user wrote is passed over. To its users it is the schema given.
 */
export function noProtoKey<T extends z.ZodType>(schema: T): T {
  const checked = z.preprocess((given, context) => {
    if (hasProtoKey(given)) {
      context.addIssue({ code: 'custom', message: '"__proto__" cannot be a key', input: given });
    }
    return given;
  }, schema);
  return checked as unknown as T;
}

function hasProtoKey(value: unknown): boolean {
  const waiting: unknown[] = [value];
  const seen = new Set<object>();
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    if (Object.hasOwn(next, '__proto__')) return true;
    seen.add(next);
    for (const inner of Object.values(next)) waiting.push(inner);
  }
  return false;
}
