import { QuipuError } from '../contract/error.js';
import type { Authorship } from '../control/generator-words.js';

/** The name belongs to something else already. */
export function taken(kind: 'packet' | 'generator', name: string, { by, at }: Authorship): QuipuError {
  return new QuipuError(
    'name-taken',
    `${kind} ${name} exists, made by ${by} at ${at}: write "${kind} ${name} replace …" to change it`,
  );
}

/** There may be no more of a kind. */
export function full(kind: string, most: number): QuipuError {
  return new QuipuError('limit', `there are ${most} ${kind}s, the most: remove some with "no ${kind} NAME"`);
}

/** Throws for a name that nothing has. */
export function unknown(kind: 'packet' | 'generator', name: string): never {
  throw new QuipuError('unknown-name', `no ${kind} named "${name}"; "show ${kind}s" lists them`);
}
